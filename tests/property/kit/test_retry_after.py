"""`Retry-After` is the truth: nothing passes before it, and something passes then."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from outgrow_kit.limits import LocalCounts
from outgrow_kit.limits.counts import Algorithm

_EPSILON = 1e-3


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@settings(deadline=None, max_examples=200)
@given(
    algorithm=st.sampled_from(["sliding_window", "moving_window", "fixed_window"]),
    limit=st.integers(1, 8),
    window=st.integers(1, 60),
    start=st.floats(1e6, 2e6),
    gaps=st.lists(st.floats(0, 30), min_size=1, max_size=40),
)
def test_a_refused_caller_passes_at_the_time_told_and_not_before(
    algorithm: Algorithm, limit: int, window: int, start: float, gaps: list[float]
) -> None:
    clock = Clock()
    clock.now = start
    counts = LocalCounts(algorithm, clock=clock)

    async def asked() -> None:
        for gap in gaps:
            clock.now += gap
            count = await counts.hit("k", limit, window)
            if count.is_allowed:
                continue
            refused_at = clock.now
            if count.retry_seconds > 10 * _EPSILON:
                clock.now = refused_at + count.retry_seconds - _EPSILON
                assert not (await counts.hit("k", limit, window)).is_allowed
            clock.now = refused_at + count.retry_seconds + _EPSILON
            assert (await counts.hit("k", limit, window)).is_allowed

    asyncio.run(asked())


@settings(deadline=None, max_examples=100)
@given(
    limit=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_no_moving_window_ever_holds_more_than_the_limit(limit: int, gaps: list[float]) -> None:
    clock = Clock()
    clock.now = 1e6
    counts = LocalCounts("moving_window", clock=clock)
    passed: list[float] = []

    async def asked() -> None:
        for gap in gaps:
            clock.now += gap
            if (await counts.hit("k", limit, 10)).is_allowed:
                passed.append(clock.now)

    asyncio.run(asked())
    for first in passed:
        assert sum(first <= one < first + 10 for one in passed) <= limit
