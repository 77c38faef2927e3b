"""The state database: SQLite beside the strategy, or PostgreSQL for a team.

`open_store` creates it, or brings an older one to this version. Every write is one transaction
that is on the disk when the call returns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError

from outgrow.errors import InputError
from outgrow.store.errors import StateUnreadable
from outgrow.store.migrations import MIGRATIONS, REMEDY, Migration, migrate

Clock = Callable[[], datetime]

STATE_FOLDER = ".outgrow"
STATE_FILE = "state.db"
STATE_URL = "OUTGROW_STATE_URL"  # the variable that says where a team keeps its state
_BUSY_SECONDS = 10
_CONNECT_SECONDS = 10


class Store:
    """An open state database, with the clock that everything in it is dated by."""

    def __init__(self, engine: Engine, place: str, now: Clock) -> None:
        self._engine = engine
        self._writers = engine.execution_options(writes=True)
        self.place = place
        self.now = now

    def __repr__(self) -> str:
        return f"Store({self.place!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one moment of the state."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are kept when the block ends well, all of them.

        Raises StateUnreadable when the database refuses.
        """
        with self._translated(), self._writers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            # Not str(error): that holds the statement with its values.
            reason = _first_line(error.orig)
            raise StateUnreadable(
                f"{self.place}: the state cannot be used: {reason}", self._remedy(reason)
            ) from None

    def _remedy(self, reason: str) -> str:
        if "disk is full" in reason:
            return "Make room on its disk. Nothing was overwritten."
        told = "Check that it can be reached and written."
        return f"{told} {REMEDY}" if self._engine.dialect.name == "sqlite" else told


def state_place(strategy_folder: Path, url: str | None) -> Path | str:
    """Return where the state lies: at `url` when there is one, else beside the strategy."""
    return url or strategy_folder / STATE_FOLDER / STATE_FILE


def open_store(
    place: Path | str, now: Clock, migrations: Sequence[Migration] = MIGRATIONS
) -> Store:
    """Return the state at `place`: a file for SQLite, or the URL of a PostgreSQL database.

    Raises StateUnreadable when it is corrupt, newer than this outgrow, a database of
    something else or out of reach; InputError when the URL is none.
    """
    if isinstance(place, Path):
        engine, shown = _sqlite(place), str(place)
    else:
        engine, shown = _postgres(place)
    store = Store(engine, shown, now)
    try:
        with store.writing() as connection:
            _check_whole(connection, shown)
            migrate(connection, shown, migrations)
    except BaseException:
        store.close()
        raise
    return store


def _sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ignore = path.parent / ".gitignore"
        if path.parent.name == STATE_FOLDER and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise StateUnreadable(
            f"{path}: its folder cannot be made: {error.strerror}", "Check who may write there."
        ) from None
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # or the driver begins transactions where it likes
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = full")


def _check_whole(connection: Connection, place: str) -> None:
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql("pragma quick_check(1)").scalar()
    if found != "ok":
        raise StateUnreadable(f"{place}: the state is corrupt: {found}", REMEDY)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes then would fail instead of waiting its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def _postgres(given: str) -> tuple[Engine, str]:
    try:
        url = make_url(given)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() not in {"postgresql", "postgres"}:
        raise InputError(
            "the URL of the state is not one of a PostgreSQL database",
            "Write postgresql://user@host/database, or leave it out for a file.",
        )
    if "@" in (url.host or ""):  # a piece of the password, which an error would show
        raise InputError(
            "the URL of the state cannot be read", "Encode `@` of its password as %40."
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        # A pooler between us and the server may hand each transaction another connection.
        connect_args={"connect_timeout": _CONNECT_SECONDS, "prepare_threshold": None},
    )
    event.listen(engine, "begin", _begin_postgres)
    return engine, url.render_as_string(hide_password=True)


def _begin_postgres(connection: Connection) -> None:
    connection.exec_driver_sql("set local lock_timeout = '10s'")
    connection.exec_driver_sql("set local statement_timeout = '30s'")


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
