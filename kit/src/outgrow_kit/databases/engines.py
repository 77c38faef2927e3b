"""Engines of SQLAlchemy on psycopg 3, one a server, that keep to the settings of a pool."""

from __future__ import annotations

import select
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection, QueuePool

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases.begin import ANSWER, OPTION, Begin, Timeouts
from outgrow_kit.databases.deadline import remaining, shorter, within
from outgrow_kit.databases.driver import connect, connect_async
from outgrow_kit.databases.gate import Gate
from outgrow_kit.secret import Secret
from outgrow_kit.settings.model import PoolSettings
from outgrow_kit.stores.address import libpq_address

# Beyond this a silent network is likely enough to ask first; below, the socket itself tells.
_IDLE_SECONDS = 30.0
_PREPARE_AFTER = 5
_PING_SECONDS = 1.0
# The server ends a statement in its own time; the client gives up only when it does not.
_GRACE_SECONDS = 2.0
# What a server says that was the primary and no longer is.
_READ_ONLY_SERVER = "25006"


class _Pool(QueuePool):
    """A pool where waiting for a connection ends with the deadline of the caller."""

    @property
    def _timeout(self) -> float:
        limit = shorter(self._stated_timeout, remaining())
        return self._stated_timeout if limit is None else limit

    @_timeout.setter
    def _timeout(self, seconds: float) -> None:
        self._stated_timeout = seconds


class _AsyncPool(AsyncAdaptedQueuePool):
    """The same for asyncio."""

    @property
    def _timeout(self) -> float:
        limit = shorter(self._stated_timeout, remaining())
        return self._stated_timeout if limit is None else limit

    @_timeout.setter
    def _timeout(self, seconds: float) -> None:
        self._stated_timeout = seconds


@dataclass(frozen=True, slots=True)
class Server:
    """One server as an engine sees it: its address, its pool, and the gate before it."""

    url: Secret
    pool: PoolSettings
    size: int
    gate: Gate | None = None
    application_name: str = "outgrow-kit"
    clock: Clock = field(default=monotonic)

    @property
    def is_pooled(self) -> bool:
        """Return whether a connection is shared with other clients behind a pooler."""
        return self.pool.pooler != "none"

    def conninfo(self) -> str:
        """Return what libpq takes, timeouts included where they reach the server.

        Raises InvalidSettings for an address that cannot be read.
        """
        given = conninfo_to_dict(libpq_address(self.url))
        options: dict[str, str | int | None] = {
            "connect_timeout": 2,  # the driver's least; the kit's own deadline comes first
            "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3,
            "application_name": self.application_name,
        }  # fmt: skip
        if not self.is_pooled:
            asked = Timeouts.of(self.pool).startup_options()
            options["options"] = f"{asked} {given.pop('options', '')}".strip()
        options.update(given)
        return make_conninfo("", **options)

    def longest_seconds(self) -> float | None:
        """Return when a client stops to wait for a statement that the server should have ended."""
        seconds = self.pool.statement_timeout_seconds
        return seconds + _GRACE_SECONDS if seconds else None

    def prepare_threshold(self) -> int | None:
        """Return after how many times a statement is prepared; None: never, behind a pooler.

        A prepared statement belongs to one connection of the server, and behind a pooler the
        next transaction has another one.
        """
        return None if self.is_pooled else _PREPARE_AFTER

    def default_begin(self) -> Begin:
        """Return how transactions begin that ask for nothing else."""
        # RDS Proxy would pin the client to one connection after a SET of any kind.
        per_transaction = self.pool.pooler in ("pgbouncer", "supavisor")
        return Begin(timeouts=Timeouts.of(self.pool) if per_transaction else Timeouts())


def make_engine(server: Server) -> Engine:
    """Return an engine for threads; it connects when it is first used."""
    engine = create_engine(_shown(server), poolclass=_Pool, **_options(server))

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, _arguments: object, given: Any) -> object:
        conninfo, pause = server.conninfo(), Event().wait
        for seconds in server.gate.pauses() if server.gate else ():
            pause(seconds)
        with _Reported(server.gate):
            return connect(
                conninfo, server.pool.connect_timeout_seconds, server.longest_seconds(),
                context=given.get("context"), autocommit=True,
                prepare_threshold=server.prepare_threshold(),
            )  # fmt: skip

    _listen(engine, server)
    return engine


def make_async_engine(server: Server) -> AsyncEngine:
    """Return an engine for asyncio; it connects when it is first used."""
    import asyncio

    engine = create_async_engine(_shown(server), poolclass=_AsyncPool, **_options(server))

    async def open_one(**given: Any) -> psycopg.AsyncConnection[Any]:
        for seconds in server.gate.pauses() if server.gate else ():
            await asyncio.sleep(seconds)
        with _Reported(server.gate):
            return await connect_async(
                server.conninfo(), server.pool.connect_timeout_seconds, server.longest_seconds(),
                context=given.get("context"), autocommit=True,
                prepare_threshold=server.prepare_threshold(),
            )  # fmt: skip

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: Any, given: Any) -> None:
        context = given.get("context")
        arguments.clear()
        given.clear()
        given.update(async_creator_fn=open_one, context=context)

    _listen(engine.sync_engine, server)
    return engine


class _Reported:
    """Tells the gate whether the block connected."""

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._gate is None:
            return
        if error is None:
            self._gate.succeeded()
        else:
            self._gate.failed(str(error))


def _shown(server: Server) -> URL:
    """Return the address without its password: engines are printed and logged."""
    given = conninfo_to_dict(libpq_address(server.url))
    host, port = given.get("host"), str(given.get("port") or "")
    return URL.create(
        "postgresql+psycopg",
        host=str(host) if host else None,
        port=int(port) if port.isdecimal() else None,
        database=str(given.get("dbname") or "") or None,
    )


def _options(server: Server) -> dict[str, Any]:
    return {
        "pool_size": server.size,
        "max_overflow": 0,
        "pool_timeout": server.pool.timeout_seconds,
        "pool_recycle": server.pool.recycle_seconds or -1,
        # The connection used last is the one most likely alive; the others may grow old.
        "pool_use_lifo": True,
        "use_native_hstore": False,  # it would ask the server for the type on first use
    }


def _listen(engine: Engine, server: Server) -> None:
    event.listen(engine, "begin", _begins_with(server.default_begin()))
    event.listen(engine, "checkout", _checks(server.clock))
    event.listen(engine, "checkin", _notes_use(server.clock))
    event.listen(engine, "handle_error", _notices_a_demoted_primary)


def _begins_with(default: Begin) -> Callable[[Connection], None]:
    known: dict[Begin, tuple[str, ...]] = {}

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") == "AUTOCOMMIT":
            return
        asked: Begin = options.get(OPTION, default)
        driver: Any = connection.connection.dbapi_connection
        if not driver.autocommit:  # the driver begins by itself, with the isolation it was given
            if rest := asked.rest():
                _send(connection, driver, rest)
            return
        messages = known.get(asked)
        if messages is None:
            messages = known.setdefault(asked, asked.messages())
        answer = _send(connection, driver, messages[0], answers=asked.asks_position)
        if asked.asks_position:
            connection.info[ANSWER] = answer
        for message in messages[1:]:
            _send(connection, driver, message)

    return begin


def _send(connection: Connection, driver: Any, message: str, *, answers: bool = False) -> object:
    """Send what is no statement of the application's, without SQLAlchemy's work for one.

    Returns the first value of the first answer, with `answers`. Raises OperationalError.
    """
    try:
        cursor = driver.cursor()
        cursor.execute(message)
        row = cursor.fetchone() if answers else None
        cursor.close()
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise OperationalError(
            message, None, error, connection_invalidated=driver.closed
        ) from error
    return row[0] if row else None


def _checks(clock: Clock) -> Callable[[Any, Any, PoolProxiedConnection], None]:
    def check(connection: Any, record: Any, _proxy: object) -> None:
        used_at = record.info.get("used_at")
        if used_at is not None and (
            _has_news(record.driver_connection) or clock() - used_at > _IDLE_SECONDS
        ):
            _ping(connection)
        if not connection.autocommit:  # the caller before asked for an isolation level
            connection.autocommit = True

    return check


def _notes_use(clock: Clock) -> Callable[[Any, Any], None]:
    def note(connection: Any, record: Any) -> None:
        if connection is not None:
            record.info["used_at"] = clock()

    return note


def _has_news(driver: psycopg.Connection[Any]) -> bool:
    """Return whether an idle connection has something to read: the server said goodbye."""
    try:
        poll = select.poll()
        poll.register(driver.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    except psycopg.OperationalError:
        return True


def _ping(connection: Any) -> None:
    try:
        with within(_PING_SECONDS):
            cursor = connection.cursor()
            cursor.execute(";")
            cursor.close()
    except psycopg.Error as error:
        # All that are as old go with it, so a restart is noticed once and not by each.
        raise InvalidatePoolError() from error


def _notices_a_demoted_primary(context: ExceptionContext) -> None:
    """Give up the connections to a server that stopped to be the primary."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error) or error.sqlstate != _READ_ONLY_SERVER:
        return
    connection = context.connection
    asked = connection.get_execution_options().get(OPTION) if connection is not None else None
    if not (isinstance(asked, Begin) and asked.read_only):
        context.is_disconnect = True
