"""How long the database and Redis take, seen from the application."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol

from outgrow_kit.observe.metrics import Metrics

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from sqlalchemy.engine import Connection, Engine, ExceptionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

_OPERATIONS = ("select", "insert", "update", "delete", "other")
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _HasPool(Protocol):
    """A client of redis-py, sync or async, before its first command."""

    connection_pool: Any


class StoreTimings:
    """Watches engines of SQLAlchemy and clients of redis-py; one for the whole process."""

    def __init__(self, metrics: Metrics) -> None:
        self._queries: Histogram = metrics.histogram(
            "database_query_duration_seconds",
            "The time of a statement, its answer's first rows included.",
            {"database": (), "operation": ()},
            buckets=_BUCKETS,
        )
        self._failed: Counter = metrics.counter(
            "database_errors_total", "Statements that failed.", {"database": ()}
        )
        self._commands: Histogram = metrics.histogram(
            "redis_command_duration_seconds",
            "The time of a command, or of a whole pipeline.",
            {"server": ()},
            buckets=_BUCKETS,
        )
        self._redis_failed: Counter = metrics.counter(
            "redis_errors_total", "Commands without an answer.", {"server": ()}
        )

    def watch_engine(self, engine: Engine | AsyncEngine, database: str = "primary") -> None:
        """Time every statement of an engine under the name `database`."""
        from sqlalchemy import event

        watched = getattr(engine, "sync_engine", engine)
        by_operation = {one: self._queries.labels(database, one) for one in _OPERATIONS}
        failed = self._failed.labels(database)

        def before(connection: Connection, *_: object) -> None:
            connection.info["outgrow_kit_began"] = time.perf_counter()

        def after(connection: Connection, _: object, statement: str, *__: object) -> None:
            began = connection.info.pop("outgrow_kit_began", None)
            if began is not None:
                word = statement.lstrip()[:6].lower()
                by_operation.get(word, by_operation["other"]).observe(time.perf_counter() - began)

        def error(_: ExceptionContext) -> None:
            failed.inc()

        event.listen(watched, "before_cursor_execute", before)
        event.listen(watched, "after_cursor_execute", after)
        event.listen(watched, "handle_error", error)

    def watch_redis(self, client: _HasPool, server: str = "redis") -> None:
        """Time every command of a client; call it before the first command."""
        pool = client.connection_pool
        seconds, failed = self._commands.labels(server), self._redis_failed.labels(server)
        kind = _timed_async if _is_async(pool.connection_class) else _timed
        pool.connection_class = kind(pool.connection_class, seconds, failed)


def _no_answer() -> tuple[type[Exception], ...]:
    """Return what redis-py raises when a server is gone or silent."""
    from redis.exceptions import ConnectionError, TimeoutError

    return (OSError, ConnectionError, TimeoutError)


def _is_async(connection: type[Any]) -> bool:
    return "asyncio" in connection.__module__


def _timed(base: type[Any], seconds: Histogram, failed: Counter) -> type[Any]:
    """Return a connection class that times from sending to the first answer."""
    lost = _no_answer()

    class Timed(base):  # type: ignore[misc]
        _began: float | None = None

        def send_packed_command(self, *arguments: Any, **options: Any) -> Any:
            self._began = time.perf_counter()
            return super().send_packed_command(*arguments, **options)

        def read_response(self, *arguments: Any, **options: Any) -> Any:
            try:
                answer = super().read_response(*arguments, **options)
            except lost:
                failed.inc()
                raise
            if self._began is not None:
                seconds.observe(time.perf_counter() - self._began)
                self._began = None
            return answer

    return Timed


def _timed_async(base: type[Any], seconds: Histogram, failed: Counter) -> type[Any]:
    """Return a connection class of redis.asyncio that does the same."""
    lost = _no_answer()

    class Timed(base):  # type: ignore[misc]
        _began: float | None = None

        async def send_packed_command(self, *arguments: Any, **options: Any) -> Any:
            self._began = time.perf_counter()
            return await super().send_packed_command(*arguments, **options)

        async def read_response(self, *arguments: Any, **options: Any) -> Any:
            try:
                answer = await super().read_response(*arguments, **options)
            except lost:
                failed.inc()
                raise
            except asyncio.CancelledError:
                # So ends a deadline of the caller; a subscription that ends asked for nothing.
                if self._began is not None:
                    self._began = None
                    failed.inc()
                raise
            if self._began is not None:
                seconds.observe(time.perf_counter() - self._began)
                self._began = None
            return answer

    return Timed
