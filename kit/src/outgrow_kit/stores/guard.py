"""Ask a store only while it answers, and never wait longer than its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from outgrow_kit.breaker import Breaker
from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.errors import StoreUnavailable

Result = TypeVar("Result")


class Guard:
    """The deadline and the breaker of one store; `name` is what an error calls it.

    `clock` is the breaker's own, too.
    """

    __slots__ = ("_abandoned", "_answered_at", "_breaker", "_clock", "deadline_seconds", "name")

    def __init__(
        self, name: str, deadline_seconds: float, breaker: Breaker, clock: Clock = monotonic
    ) -> None:
        self.name = name
        self.deadline_seconds = deadline_seconds
        self._breaker = breaker
        self._clock = clock
        self._answered_at = float("-inf")
        self._abandoned: set[asyncio.Task[Any]] = set()

    async def cancelled_late(
        self, call: Callable[[], Awaitable[Result]], failures: tuple[type[Exception], ...]
    ) -> Result:
        """Return what `call` returns; it is cancelled at the deadline.

        For drivers that let go at once when they are cancelled. Raises StoreUnavailable when
        it is late, when it raises one of `failures`, or while the breaker is open.
        """
        began = self._entered()
        try:
            async with asyncio.timeout(self.deadline_seconds):
                result = await call()
        except TimeoutError as error:
            self._late(began)
            raise self._unavailable() from error
        except failures as error:
            self._breaker.failed(began)
            raise self._unavailable() from error
        except Exception:
            self._answered()  # though not as the caller liked
            raise
        self._answered()
        return result

    async def abandoned_late(
        self, call: Coroutine[Any, Any, Result], failures: tuple[type[Exception], ...]
    ) -> Result:
        """Return what `call` returns; at the deadline it is cancelled and not waited for.

        For drivers that, when cancelled, first talk to a server that may not listen.
        """
        try:
            began = self._entered()
        except StoreUnavailable:
            call.close()
            raise
        task = asyncio.ensure_future(call)
        try:
            done, _ = await asyncio.wait({task}, timeout=self.deadline_seconds)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            self._late(began)
            raise self._unavailable()
        return self._outcome(task, began, failures)

    def _outcome(
        self, task: asyncio.Task[Result], began: float, failures: tuple[type[Exception], ...]
    ) -> Result:
        try:
            result = task.result()
        except failures as error:
            self._breaker.failed(began)
            raise self._unavailable() from error
        except Exception:
            self._answered()  # though not as the caller liked
            raise
        self._answered()
        return result

    async def close(self) -> None:
        """End what was abandoned and still hangs."""
        for task in self._abandoned:
            task.cancel()
        if self._abandoned:
            await asyncio.wait(self._abandoned, timeout=1)

    def _entered(self) -> float:
        """Return when the call begins, if it may."""
        if not self._breaker.allows():
            raise StoreUnavailable(
                f"{self.name} did not answer a moment ago and is left alone until it is tried "
                "again; look whether it runs"
            )
        return self._clock()

    def _answered(self) -> None:
        self._answered_at = self._clock()
        self._breaker.succeeded()

    def _late(self, began: float) -> None:
        """Count a missed deadline, unless it was this process that had no time.

        Then others were answered meanwhile, or the deadline itself came late.
        """
        is_own_fault = self._clock() - began > 1.5 * self.deadline_seconds
        if self._answered_at < began and not is_own_fault:
            self._breaker.failed(began)

    def _unavailable(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self.name} did not answer within {self.deadline_seconds * 1000:g} ms; "
            "look whether it runs and can be reached"
        )

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        self._abandoned.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()
