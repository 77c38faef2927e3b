"""A store is asked while it answers, and nobody waits for it longer than its deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from outgrow_kit.breaker import Breaker
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.stores.guard import Guard

DEADLINE = 0.05
Ask = Callable[[Guard, Coroutine[Any, Any, int]], Awaitable[int]]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def cancelled(guard: Guard, call: Coroutine[Any, Any, int]) -> Awaitable[int]:
    asked = []

    async def once() -> int:
        asked.append(call)
        return await call

    async def ran() -> int:
        try:
            return await guard.cancelled_late(once, (OSError,))
        finally:
            if not asked:
                call.close()

    return ran()


def abandoned(guard: Guard, call: Coroutine[Any, Any, int]) -> Awaitable[int]:
    return guard.abandoned_late(call, (OSError,))


both = pytest.mark.parametrize("ask", [cancelled, abandoned])


async def answer() -> int:
    return 7


async def hang() -> int:
    await asyncio.Event().wait()
    return 0


async def refuse() -> int:
    raise ConnectionRefusedError


async def misuse() -> int:
    raise ValueError("a wrong statement")


def guard(clock: Clock, breaker: Breaker | None = None) -> Guard:
    return Guard("The store", DEADLINE, breaker or Breaker(clock=clock), clock)


@both
@pytest.mark.parametrize("failure", [hang, refuse])
def test_a_failure_is_told_and_the_store_left_alone(
    ask: Ask, failure: Callable[[], Coroutine[Any, Any, int]]
) -> None:
    async def steps() -> None:
        clock = Clock()
        store = guard(clock)
        with pytest.raises(StoreUnavailable, match="50 ms"):
            await ask(store, failure())
        with pytest.raises(StoreUnavailable, match="left alone"):
            await ask(store, answer())
        clock.now += 1
        assert await ask(store, answer()) == 7
        assert await ask(store, answer()) == 7
        await store.close()

    asyncio.run(steps())


@both
def test_a_mistake_of_the_caller_is_its_own_and_no_outage(ask: Ask) -> None:
    async def steps() -> None:
        store = guard(Clock())
        with pytest.raises(ValueError, match="a wrong statement"):
            await ask(store, misuse())
        assert await ask(store, answer()) == 7

    asyncio.run(steps())


@both
def test_calls_that_fail_together_are_one_failure(ask: Ask) -> None:
    async def steps() -> None:
        clock = Clock()
        breaker = Breaker(open_seconds=1, clock=clock)
        store = guard(clock, breaker)
        outcomes = await asyncio.gather(
            *(ask(store, hang()) for _ in range(20)), return_exceptions=True
        )
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        clock.now += 1
        assert breaker.allows(), "the wait was not made longer by each of them"
        await store.close()

    asyncio.run(steps())


@both
def test_a_late_answer_beside_others_in_time_is_no_outage(ask: Ask) -> None:
    async def steps() -> None:
        clock = Clock()
        store = guard(clock)

        async def answered_meanwhile() -> None:
            clock.now += 0.01
            assert await ask(store, answer()) == 7

        late, _ = await asyncio.gather(
            ask(store, hang()), answered_meanwhile(), return_exceptions=True
        )
        assert isinstance(late, StoreUnavailable)
        assert await ask(store, answer()) == 7
        await store.close()

    asyncio.run(steps())


@both
def test_a_deadline_that_came_late_says_nothing_of_the_store(ask: Ask) -> None:
    """A handler that computes for long keeps every answer waiting."""

    async def steps() -> None:
        clock = Clock()
        store = guard(clock)

        async def computes() -> None:
            clock.now += 1

        late, _ = await asyncio.gather(ask(store, hang()), computes(), return_exceptions=True)
        assert isinstance(late, StoreUnavailable)
        assert await ask(store, answer()) == 7
        await store.close()

    asyncio.run(steps())


def test_a_driver_that_does_not_let_go_is_not_waited_for() -> None:
    async def steps() -> None:
        store, released = guard(Clock()), asyncio.Event()

        async def holds_on() -> int:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await released.wait()  # as a driver that first asks the server to cancel
            return 0

        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.abandoned_late(holds_on(), (OSError,))
        assert time.monotonic() - began < 5
        released.set()
        await store.close()

    asyncio.run(steps())


def test_a_caller_that_goes_away_takes_its_call_along() -> None:
    async def steps() -> None:
        store, ended = guard(Clock()), asyncio.Event()

        async def watched() -> int:
            try:
                return await hang()
            finally:
                ended.set()

        caller = asyncio.ensure_future(store.abandoned_late(watched(), (OSError,)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(steps())
