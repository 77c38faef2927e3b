"""PostgreSQL as the shared store, for phases in which nobody pays for a Redis yet.

Statements run in two threads, each with a connection of its own. Whoever asks waits for the
deadline and no longer; a thread whose server hangs waits for it alone. So a slow connection
costs a request the deadline once, and the pool of the application nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as OutOfTime

import psycopg

from outgrow_kit.cache import postgres_sql as sql
from outgrow_kit.cache.postgres_commands import PostgresCommands, Row
from outgrow_kit.cache.postgres_subscription import PostgresSubscription
from outgrow_kit.cache.steps import Begin, Fill, Lease, Release, Step
from outgrow_kit.cache.store import StoreLate, StoreRefused
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.settings.model import DatabaseSettings
from outgrow_kit.stores.address import libpq_address

CONNECTIONS = 2
_CONNECT_SECONDS = 2
_UNACKNOWLEDGED_MILLISECONDS = 2000


class PostgresStore:
    """Steps on the main database; takes two connections, and one more to listen.

    Raises InvalidSettings for an address that cannot be read.
    """

    def __init__(
        self,
        database: DatabaseSettings,
        *,
        namespace: str,
        deadline_seconds: float,
        token: Callable[[], str],
    ) -> None:
        self._database = database
        self._address = libpq_address(database.url)
        self._deadline = deadline_seconds
        self._commands = PostgresCommands(namespace, token)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget every connection: for a process that was just forked."""
        self._lock = threading.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._open: list[psycopg.Connection[Row]] = []

    # --- steps ------------------------------------------------------------------------------

    def perform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        future = self._begun(step)
        try:
            return future.result(self._deadline)
        except OutOfTime as error:
            raise self._late(future) from error

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        future = self._begun(step)
        waiting = asyncio.wrap_future(future)
        done, _ = await asyncio.wait((waiting,), timeout=self._deadline)
        if done or future.done():
            return await waiting
        waiting.cancel()
        raise self._late(future)

    def _begun(self, step: Step[object]) -> Future[object]:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(CONNECTIONS, "outgrow-cache-postgres")
            return self._threads.submit(self._carried_out, step)

    def _late(self, future: Future[object]) -> StoreUnavailable:
        future.cancel()  # when no thread has taken it up yet
        return StoreLate("PostgreSQL did not answer the cache in time")

    # --- in the threads ---------------------------------------------------------------------

    def _carried_out(self, step: Step[object]) -> object:
        rows = self._rows(*self._commands.statement(step))
        if isinstance(step, Begin) and rows[0][1] is None:
            # Another process began the store's life after this statement had begun.
            rows = self._rows(*self._commands.statement(step))
        answer = self._commands.answer(step, rows)
        if isinstance(step, Fill) and answer is False:
            self._rows(*self._commands.statement(Release((Lease(step.key, step.token),))))
        return answer

    def _rows(self, statement: str, values: Mapping[str, object] | None = None) -> Sequence[Row]:
        try:
            # A new cursor for each statement, and its description, cost a third of a hit.
            cursor = self._cursor()
            cursor.execute(statement.encode(), values)
            result = cursor.pgresult
            return cursor.fetchall() if result is not None and result.nfields else ()
        except psycopg.OperationalError as error:
            self._forget()
            raise _unavailable(error) from error
        except psycopg.Error as error:
            raise StoreRefused(f"PostgreSQL refused a statement of the cache: {error}") from error

    def _cursor(self) -> psycopg.Cursor[Row]:
        found: psycopg.Cursor[Row] | None = getattr(self._own, "cursor", None)
        if found is None or found.connection.closed:
            connection = self._connected()
            found = self._own.cursor = connection.cursor(binary=True)
            with self._lock:
                self._open.append(connection)
        return found

    def _forget(self) -> None:
        found: psycopg.Cursor[Row] | None = getattr(self._own, "cursor", None)
        self._own.cursor = None
        if found is not None:
            found.connection.close()
            with self._lock, contextlib.suppress(ValueError):
                self._open.remove(found.connection)

    def _connected(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] = psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            tcp_user_timeout=_UNACKNOWLEDGED_MILLISECONDS,
            application_name="outgrow-cache",
            # A transaction pooler gives each statement another server connection.
            prepare_threshold=None if self._is_pooled else 2,
        )
        try:
            row = connection.execute(sql.IS_MADE).fetchone()
            if row is None or not row[0]:
                with connection.transaction():
                    connection.execute(sql.LOCK)
                    connection.execute(sql.SCHEMA)
            if not self._is_pooled:
                connection.execute(sql.PLAN_ONCE)
        except BaseException:
            connection.close()
            raise
        return connection

    @property
    def _is_pooled(self) -> bool:
        return self._database.pool.pooler != "none"

    # --- the rest ---------------------------------------------------------------------------

    def subscribe(self) -> PostgresSubscription | None:
        """Return a subscription; None behind a pooler, which gives no connection of one's own."""
        if self._is_pooled:
            return None
        try:
            return PostgresSubscription(self._connected(), self._commands.channel)
        except psycopg.Error as error:
            raise _unavailable(error) from error

    def sweep(self) -> None:
        """Remove what is over."""
        with self._lock:
            threads = self._threads
        if threads is not None:
            for statement in sql.SWEEP:
                threads.submit(self._rows, statement)

    def close(self) -> None:
        """End the threads and their connections, at once even when the server hangs."""
        with self._lock:
            threads, self._threads = self._threads, None
            connections, self._open = self._open, []
        if threads is not None:
            threads.shutdown(wait=False, cancel_futures=True)
            for connection in connections:
                _hang_up(connection)
            threads.shutdown(wait=True)
        for connection in connections:
            connection.close()
        self._own = threading.local()

    async def aclose(self) -> None:
        """Do nothing: no connection belongs to an event loop."""


def _hang_up(connection: psycopg.Connection[Row]) -> None:
    """End whatever another thread waits for on this connection."""
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as twin,
    ):
        twin.shutdown(socket.SHUT_RDWR)


def _unavailable(error: psycopg.Error) -> StoreUnavailable:
    # Never its text: it may hold the address.
    return StoreUnavailable(f"PostgreSQL did not answer the cache: {type(error).__name__}")
