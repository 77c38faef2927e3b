"""The two ways to carry out the core's steps: blocking a thread, or awaiting in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from typing import TypeVar, cast

from outgrow_kit.cache.steps import Behind, Compute, Flow, Join, Pause, Step
from outgrow_kit.cache.store import Guard
from outgrow_kit.filling import filling

T = TypeVar("T")
_THREADS = 2


class Blocking:
    """Carries out flows for callers that block; renews behind them in two threads."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard
        self.reset()

    def reset(self) -> None:
        """Forget the threads: for a process that was just forked."""
        self._lock = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None

    def run(self, flow: Flow[T], compute: Callable[[], object] | None = None) -> T:
        """Return what the flow returns."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._perform(step, compute)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return cast(T, done.value)

    def _perform(self, step: Step[object], compute: Callable[[], object] | None) -> object:
        if isinstance(step, Compute):
            assert compute is not None
            with nullcontext() if step.replicas else filling():
                return compute()
        if isinstance(step, Join):
            return step.outcome.result()
        if isinstance(step, Pause):
            threading.Event().wait(step.seconds)
            return None
        if isinstance(step, Behind):
            self._behind(step.flow, compute)
            return None
        assert self._guard is not None
        return self._guard.perform(step)

    def _behind(self, flow: Flow[object], compute: Callable[[], object] | None) -> None:
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(_THREADS, "outgrow-cache-renew")
            self._executor.submit(copy_context().run, self.run, flow, compute)

    def close(self) -> None:
        """End the threads; what they are renewing is waited for, what waits is dropped."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)


class Awaiting:
    """Carries out flows for coroutines, in whatever event loop they run."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard
        self.reset()

    def reset(self) -> None:
        """Forget the tasks: for a process that was just forked."""
        self._tasks: set[asyncio.Task[object]] = set()

    async def run(self, flow: Flow[T], compute: Callable[[], Awaitable[object]] | None = None) -> T:
        """Return what the flow returns."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._perform(step, compute)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return cast(T, done.value)

    async def _perform(
        self, step: Step[object], compute: Callable[[], Awaitable[object]] | None
    ) -> object:
        if isinstance(step, Compute):
            assert compute is not None
            with nullcontext() if step.replicas else filling():
                return await compute()
        if isinstance(step, Join):
            return await asyncio.wrap_future(step.outcome)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Behind):
            task = asyncio.ensure_future(self.run(step.flow, compute))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return None
        assert self._guard is not None
        return await self._guard.aperform(step)

    async def aclose(self) -> None:
        """Cancel what this event loop is renewing, and wait until it has ended."""
        loop = asyncio.get_running_loop()
        mine = [task for task in list(self._tasks) if task.get_loop() is loop]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
