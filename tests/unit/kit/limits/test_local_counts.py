"""Counting in one process: as the library counts, and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    SlidingWindowCounterRateLimiter,
)

from outgrow_kit.limits import LocalCounts, LocalStorage
from outgrow_kit.limits.counts import Algorithm, sliding_count

ALGORITHMS: list[Algorithm] = ["sliding_window", "moving_window", "fixed_window"]


class Clock:
    def __init__(self, now: float = 1_000_020.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def hits(counts: LocalCounts, times: int, limit: int = 3, window: int = 10) -> list[bool]:
    async def asked() -> list[bool]:
        return [(await counts.hit("k", limit, window)).is_allowed for _ in range(times)]

    return asyncio.run(asked())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_limit_holds_and_is_over_after_its_window(algorithm: Algorithm) -> None:
    clock = Clock()
    counts = LocalCounts(algorithm, clock=clock)
    assert hits(counts, 5) == [True, True, True, False, False]
    clock.now += 20
    assert hits(counts, 5) == [True, True, True, False, False]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_remains_goes_down_to_zero(algorithm: Algorithm) -> None:
    counts = LocalCounts(algorithm, clock=Clock())

    async def remaining() -> list[int]:
        return [(await counts.hit("k", 3, 10)).remaining for _ in range(4)]

    assert asyncio.run(remaining()) == [2, 1, 0, 0]


@pytest.mark.parametrize("algorithm", ["sliding_window", "moving_window"])
def test_the_edge_of_a_window_does_not_let_double_pass(algorithm: Algorithm) -> None:
    clock = Clock(1_000_029.0)  # one second before a window of 10 s ends
    counts = LocalCounts(algorithm, clock=clock)
    assert hits(counts, 3) == [True, True, True]
    clock.now += 2
    assert hits(counts, 3).count(True) <= 1


@pytest.mark.parametrize(
    ("algorithm", "strategy"),
    [
        ("sliding_window", SlidingWindowCounterRateLimiter),
        ("moving_window", MovingWindowRateLimiter),
        ("fixed_window", FixedWindowRateLimiter),
    ],
)
def test_the_librarys_strategies_count_the_same_on_this_storage_as_on_their_own(
    algorithm: Algorithm, strategy: Callable[[Any], Any]
) -> None:
    item = RateLimitItemPerSecond(3, 3600)

    async def asked(storage: Any) -> list[tuple[bool, int]]:
        limiter = strategy(storage)
        found = []
        for _ in range(5):
            allowed = await limiter.hit(item, "caller")
            found.append((allowed, (await limiter.get_window_stats(item, "caller")).remaining))
        return found

    assert asyncio.run(asked(LocalStorage())) == asyncio.run(asked(MemoryStorage()))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_number_of_callers_takes_a_bounded_place(algorithm: Algorithm) -> None:
    counts = LocalCounts(algorithm, most_keys=100, clock=Clock())

    async def flood() -> None:
        for number in range(5000):
            await counts.hit(f"caller {number}", 3, 10)
            await counts.hit("a regular one", 3, 10)

    asyncio.run(flood())
    assert len(counts.storage) == 100
    assert hits(counts, 1) == [True]
    regular = asyncio.run(counts.hit("a regular one", 3, 10))
    assert not regular.is_allowed, "who keeps asking is not forgotten"


def test_a_moving_window_keeps_no_more_than_its_limit() -> None:
    counts = LocalCounts("moving_window", clock=Clock())
    hits(counts, 1000)
    oldest, entries = asyncio.run(counts.storage.get_moving_window("k", 3, 10))
    assert (oldest, entries) == (1_000_020.0, 3)


def test_a_lowered_limit_waits_until_the_old_count_has_faded() -> None:
    count = sliding_count(False, 2, 10, 0, 0.0, 8, 15.0)
    assert count.retry_seconds == pytest.approx(5 + 7.5)
