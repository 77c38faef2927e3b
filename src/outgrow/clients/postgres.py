"""A PostgreSQL database through psycopg: short waits for locks, and errors without row values.

The address goes to libpq inside this process. It is in no list of processes, and no error
shows more of it than the host.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import errors
from pydantic import SecretStr

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.clients.postgres_address import libpq_address
from outgrow.errors import OutsideError
from outgrow.partitions.ports import Limits, LockNotGranted, NoPartition

_CONNECT_SECONDS = 10
_HOLD_SECONDS = 30

# What content is compared by must not depend on who asks. An empty search path makes the
# catalogue write every name in full. A server that notices that we are gone stops working.
_SETTINGS = (
    "set timezone = 'UTC'",
    "set datestyle = 'ISO, MDY'",
    "set intervalstyle = 'postgres'",
    "set extra_float_digits = 3",
    "set bytea_output = 'hex'",
    "set client_encoding = 'UTF8'",
    "set search_path = ''",
    "set row_security = off",
    "set client_connection_check_interval = '1s'",
    # Compiling a query takes 100 ms, which nobody may wait for while we hold a lock.
    "set jit = off",
)
_OLDEST_SERVER = 140000


class PostgresSession:
    """A transaction of a `PostgresDatabase`."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(
        self, query: str, values: Sequence[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows of `query`; `%s` in it stand for `values` when there are any."""
        return self._connection.execute(query, values or None).fetchall()

    def run(self, statement: str, values: Sequence[object] | Mapping[str, object] = ()) -> int:
        """Execute a statement and return how many rows it touched."""
        return self._connection.execute(statement, values or None).rowcount

    @contextmanager
    def copy_out(self, statement: str) -> Iterator[Iterator[bytes]]:
        """Give the blocks that a `copy ... to stdout` yields."""
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield (bytes(block) for block in copy)

    def copy_in(self, statement: str, blocks: Iterable[bytes]) -> None:
        """Feed `blocks` to a `copy ... from stdin`."""
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)


class PostgresDatabase:
    """A connection of its own to one database. Close it, or use it in a `with` block."""

    def __init__(self, url: SecretStr, purpose: str) -> None:
        self._connection = _connect(url, purpose)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    @property
    def shown(self) -> str:
        """Return which database this is, without the way in."""
        info = self._connection.info
        return f"{info.dbname} on {info.host}:{info.port}"

    @contextmanager
    def transaction(self, limits: Limits, *, snapshot: bool = False) -> Iterator[PostgresSession]:
        """Give a transaction, committed when the block ends well.

        With `snapshot` it only reads, and sees one moment throughout. Raises LockNotGranted,
        NoPartition, or OutsideError for whatever else the server refuses.
        """
        with _translated(), self._connection.transaction():
            if snapshot:
                level = "isolation level repeatable read read only"
                self._connection.execute(f"set transaction {level}")
            for statement in _limiting("set local", limits):
                self._connection.execute(statement)
            yield PostgresSession(self._connection)

    def alone(self, statement: str, limits: Limits) -> None:
        """Execute what PostgreSQL allows only outside of a transaction."""
        with _translated():
            for one in (*_limiting("set", limits), statement):
                self._connection.execute(one)

    def hold(self, key: str) -> None:
        """Keep every other session that asks for `key` out, until this connection ends.

        A server may still be at work for a process that was killed, so it is waited for.
        Raises OutsideError when it does not end in half a minute.
        """
        deadline = monotonic_seconds() + _HOLD_SECONDS
        query = "select pg_try_advisory_lock(hashtextextended(%s, 7406))"
        with _translated():
            while not self._connection.execute(query, [f"outgrow {key}"]).fetchall()[0][0]:
                if monotonic_seconds() > deadline:
                    raise OutsideError(
                        f"another session works on {key} in this database",
                        "Wait for it, or end it: look at pg_stat_activity.",
                    )
                wait_seconds(0.2)


def _connect(url: SecretStr, purpose: str) -> psycopg.Connection:
    address = libpq_address(url)
    try:
        connection = psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name=f"outgrow {purpose}",
        )
    except psycopg.OperationalError as error:
        raise OutsideError(
            f"the database does not answer: {_first_line(error)}",
            "Check the address, and that it may be reached from here.",
        ) from None
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: psycopg.Connection) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        raise OutsideError(
            "the server is older than PostgreSQL 14",
            "Detaching a partition beside running queries needs 14.",
        )
    with _translated():
        for statement in _SETTINGS:
            connection.execute(statement)


def _limiting(verb: str, limits: Limits) -> tuple[str, str]:
    return (
        f"{verb} lock_timeout = '{limits.lock_seconds * 1000:.0f}ms'",
        f"{verb} statement_timeout = '{limits.statement_seconds * 1000:.0f}ms'",
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure):
        raise LockNotGranted("a lock was not granted in time", "Run it again.") from None
    except errors.CheckViolation as error:
        if "no partition of relation" in _first_line(error):
            raise NoPartition("a row has a date without a partition") from None
        raise _refused(error) from None
    except psycopg.Error as error:
        raise _refused(error) from None


def _refused(error: psycopg.Error) -> OutsideError:
    # Only the first line: the detail may show values of a row.
    state = f" ({error.sqlstate})" if error.sqlstate else ""
    return OutsideError(
        f"PostgreSQL refuses: {_first_line(error)}{state}",
        "Mend that and run the command again: it goes on where it stopped.",
    )


def _first_line(error: psycopg.Error) -> str:
    told = error.diag.message_primary or str(error)
    return told.strip().splitlines()[0] if told.strip() else type(error).__name__
