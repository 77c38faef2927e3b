"""What an `env.py` of Alembic calls: `run_migrations(target_metadata)`.

A statement that waits for a lock makes everybody behind it wait as well, so it gives up after
`lock_timeout_seconds`, lets the others pass and tries again. Only one process migrates; the
others wait for it and find nothing left to do.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from outgrow_kit.clock import Clock, Wait, monotonic
from outgrow_kit.clock import wait as wait_seconds
from outgrow_kit.errors import InvalidSettings, KitError
from outgrow_kit.settings.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, MetaData

_LOG = logging.getLogger(__name__)
# The number on which processes that migrate wait for each other: "outgrow" in ASCII.
_LOCK = 0x6F757467726F77
_ASK_AGAIN_SECONDS = 0.1
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


_BESIDE = re.compile(
    r"\s*(?:CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r"(?!ON\b)(?P<name>[\w.\"]+)|(?:DROP\s+INDEX|REINDEX\s+\w+)\s+CONCURRENTLY\b)",
    re.IGNORECASE,
)
_IS_INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


class MigrationsBlocked(KitError):
    """A migration did not get its lock in time; nothing of it was done."""


def run_migrations(
    target_metadata: MetaData | None,
    *,
    settings: Settings | None = None,
    lock_timeout_seconds: float = 2.0,
    patience_seconds: float = 60.0,
    clock: Clock = monotonic,
    wait: Wait = wait_seconds,
    **configuration: Any,
) -> None:
    """Run what `alembic` was asked for, from its `env.py`; offline it writes SQL.

    Each migration is a transaction of its own. One that waits longer than
    `lock_timeout_seconds` for a lock is rolled back and tried again, for `patience_seconds`
    in all; then MigrationsBlocked is raised. `configuration` goes to Alembic's
    `context.configure`. Raises InvalidSettings without a database.
    """
    from alembic import context

    given: dict[str, Any] = {
        "target_metadata": target_metadata, "transaction_per_migration": True, **configuration,
    }  # fmt: skip
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", literal_binds=True, **given)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = _engine(settings or Settings.from_environment())
    ends_at = clock() + patience_seconds
    pause = 0.1
    try:
        while True:
            try:
                _run_once(engine, lock_timeout_seconds, ends_at, clock, wait, given)
                return
            except Exception as error:
                if not _waited_too_long(error):
                    raise
                if clock() + pause >= ends_at:
                    raise MigrationsBlocked(
                        f"A migration waited for a lock, again and again for "
                        f"{patience_seconds:.0f} seconds, and was rolled back. Look for a long "
                        "transaction: SELECT pid, query, xact_start FROM pg_stat_activity "
                        "ORDER BY xact_start."
                    ) from error
                _LOG.warning("A migration waited too long for a lock; trying again.")
                wait(pause)
                pause = min(pause * 2, 5.0)
    finally:
        engine.dispose()


def _engine(settings: Settings) -> Engine:
    """Return an engine without a pool: a migration needs one connection, once."""
    import sqlalchemy as sa

    from outgrow_kit.stores.address import libpq_address

    if settings.database is None:
        raise InvalidSettings(
            ["migrations: there is no database; set DATABASE_URL or start with `outgrow env exec`"]
        )
    url = sa.make_url(libpq_address(settings.database.url)).set(drivername="postgresql+psycopg")
    # Behind PgBouncer in transaction mode nothing may outlive a transaction.
    arguments = {"prepare_threshold": None, "connect_timeout": 10}
    return sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=arguments)


def _run_once(
    engine: Engine,
    lock_timeout_seconds: float,
    ends_at: float,
    clock: Clock,
    wait: Wait,
    given: dict[str, Any],
) -> None:
    from alembic import context

    with engine.connect() as holder, engine.connect() as connection:
        _become_the_one(holder, ends_at, clock, wait)
        limit = f"'{round(lock_timeout_seconds * 1000)}ms'"
        if _has_its_own_server(connection):
            _prepare_indexes(connection, f"SET lock_timeout = {limit}", "SET lock_timeout = 0")
        else:
            _limit_transactions(connection, f"SET LOCAL lock_timeout = {limit}")
            _prepare_indexes(connection)
        context.configure(connection=connection, **given)
        with context.begin_transaction():
            context.run_migrations()


def _become_the_one(holder: Connection, ends_at: float, clock: Clock, wait: Wait) -> None:
    """Wait for the others that migrate; the lock ends with the transaction of `holder`.

    Asking again and again, and not waiting inside PostgreSQL, holds no snapshot: an index that
    the one builds beside would wait for that, and both for ever.
    """
    import sqlalchemy as sa

    while True:
        if holder.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))).scalar():
            # The last question keeps its snapshot until another statement takes its place.
            holder.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            return
        holder.rollback()
        if clock() >= ends_at:
            raise MigrationsBlocked(
                "Another process has been migrating all this time; look what it waits for, and "
                "run this again when it has ended."
            )
        wait(_ASK_AGAIN_SECONDS)


def _has_its_own_server(connection: Connection) -> bool:
    """Return whether no pooler stands between, which would give others what is set here.

    A pooler tells its clients a process id of its own making.
    """
    driver: Any = connection.connection.driver_connection
    with connection.begin():
        served_by = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    return bool(driver.info.backend_pid == served_by)


def _limit_transactions(connection: Connection, limit: str) -> None:
    """Let each transaction begin with a limit that ends with it.

    What runs outside of transactions has then the server's own, which is usually none.
    """
    from sqlalchemy import event

    def begun(begins: Connection) -> None:
        driver: Any = begins.connection.driver_connection
        if not driver.autocommit:
            begins.exec_driver_sql(limit)

    event.listen(connection, "begin", begun)


def _prepare_indexes(connection: Connection, limit: str = "", no_limit: str = "") -> None:
    """Let an index be built beside for as long as it takes, whatever an earlier try left.

    CONCURRENTLY waits for transactions that are older, and nobody waits behind it. When it is
    ended, killed included, an index stays that is not valid and has the name. `limit` is set
    for all other statements.
    """
    from sqlalchemy import event

    if limit:
        with connection.begin():
            connection.exec_driver_sql(limit)

    def before(_: Connection, cursor: Any, statement: str, *__: object) -> None:
        found = _BESIDE.match(statement)
        if found is None:
            return
        if no_limit:
            cursor.execute(no_limit)
        if found["name"]:
            cursor.execute(_IS_INVALID, (found["name"],))
            if cursor.fetchone():
                _LOG.warning("Dropping %s, which an earlier try left unfinished.", found["name"])
                cursor.execute(f"DROP INDEX CONCURRENTLY {found['name']}")

    def after(_: Connection, cursor: Any, statement: str, *__: object) -> None:
        if limit and _BESIDE.match(statement):
            cursor.execute(limit)

    event.listen(connection, "before_cursor_execute", before)
    event.listen(connection, "after_cursor_execute", after)


def _waited_too_long(error: BaseException) -> bool:
    """Return whether the reason is a lock: what a second try may mend."""
    cause = getattr(error, "orig", error)
    return getattr(cause, "sqlstate", None) in (_LOCK_NOT_AVAILABLE, _DEADLOCK)
