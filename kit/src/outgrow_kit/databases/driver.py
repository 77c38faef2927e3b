"""Connections of psycopg that never wait longer than they may, even on a dead network.

`statement_timeout` is kept by the server, which cannot say so when packets no longer arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from threading import Lock, Thread
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn

from outgrow_kit.clock import monotonic
from outgrow_kit.databases.deadline import remaining, shorter

_T = TypeVar("_T")
_INTERVAL_SECONDS = 0.1


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time, so the connection was closed."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that closes itself when an answer takes longer than it may."""

    longest_seconds: float | None = None

    def wait(
        self,
        gen: PQGen[_T],
        interval: float = _INTERVAL_SECONDS,
        timeout: float | None = None,
    ) -> _T:
        """Return what the driver's generator returns. Raises NoAnswer."""
        if timeout is not None:  # the driver's own limit, when it ends an interrupted query
            return super().wait(gen, interval, timeout)
        limit = shorter(self.longest_seconds, remaining())
        if limit is None:
            return super().wait(gen, interval)
        bounded = _bounded(gen, limit, self.pgconn)
        return super().wait(bounded, min(interval, max(limit, 0.001)))


class BoundedAsyncConnection(psycopg.AsyncConnection[Any]):
    """The same for asyncio."""

    longest_seconds: float | None = None

    async def wait(
        self,
        gen: PQGen[_T],
        interval: float = _INTERVAL_SECONDS,
        timeout: float | None = None,
    ) -> _T:
        """Return what the driver's generator returns. Raises NoAnswer."""
        if timeout is not None:  # the driver's own limit, when it ends an interrupted query
            return await super().wait(gen, interval, timeout)
        limit = shorter(self.longest_seconds, remaining())
        if limit is None:
            return await super().wait(gen, interval)
        bounded = _bounded(gen, limit, self.pgconn)
        return await super().wait(bounded, min(interval, max(limit, 0.001)))


def _bounded(gen: PQGen[_T], seconds: float, server: PGconn) -> PQGen[_T]:
    """Yield as `gen` does; the driver resumes it at every interval, with or without news."""
    ends_at = monotonic() + seconds
    inner: Generator[Any, Any, _T] = gen
    try:
        wanted = next(inner)
        while True:
            ready = yield wanted
            if monotonic() >= ends_at and not ready:
                inner.close()
                server.finish()  # nobody can tell what would still arrive on it
                raise NoAnswer(f"no answer from the server within {seconds:.3g} s")
            wanted = inner.send(ready)
    except StopIteration as end:
        answer: _T = end.value
        return answer


def connect(address: str, seconds: float, longest: float | None, **more: Any) -> BoundedConnection:
    """Return a new connection. Raises psycopg.OperationalError after `seconds` at the latest."""
    limit = shorter(seconds, remaining())
    attempt = _Attempt(address, more)
    # The driver itself waits for 2 s at the least, and for name resolution as long as it takes.
    attempt.start()
    attempt.join(limit)
    connection = attempt.taken()
    connection.longest_seconds = longest
    return connection


async def connect_async(
    address: str, seconds: float, longest: float | None, **more: Any
) -> BoundedAsyncConnection:
    """Return a new connection. Raises psycopg.OperationalError after `seconds` at the latest."""
    limit = shorter(seconds, remaining())
    try:
        async with asyncio.timeout(limit):
            connection = await BoundedAsyncConnection.connect(address, **more)
    except TimeoutError:
        raise NoAnswer(f"the server took no connection within {limit:.3g} s") from None
    connection.longest_seconds = longest
    return connection


class _Attempt(Thread):
    """One try to connect; what comes of it after its caller has gone is closed."""

    def __init__(self, address: str, options: dict[str, Any]) -> None:
        super().__init__(daemon=True, name="outgrow-kit-connect")
        self._address = address
        self._options = options
        self._lock = Lock()
        self._connection: BoundedConnection | None = None
        self._error: BaseException | None = None
        self._abandoned = False

    def run(self) -> None:
        try:
            connection = BoundedConnection.connect(self._address, **self._options)
        except BaseException as error:
            self._error = error
            return
        with self._lock:
            self._connection = connection
            if self._abandoned:
                connection.close()

    def taken(self) -> BoundedConnection:
        """Return the connection, or raise what prevented it."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._connection is None:
                self._abandoned = True
                raise NoAnswer("the server took no connection in time")
            return self._connection
