"""Whether a quantile of the new version's latencies lies above a limit that the old one's sets.

The old version's true quantile x is not known, so a claim about it has to hold for some x: the
evidence against it is the least over all x of the evidence against both "x is the old quantile"
and "the new one lies on the claimed side of limit(x)". At the true x that is an e-process (see
`evidence`), so the least of all is never more than one, and one may look as often as one likes.
Only shares of requests are counted: no distribution is assumed, and one answer of a minute
weighs as much as one just above x.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf, isfinite, log, nextafter

from outgrow.deploy.gates.evidence import Prior, Trials, against_at_least, against_at_most
from outgrow.deploy.values import Counted

QUANTILE = 0.95
_BEYOND = 1 - QUANTILE
_NEAR = Prior(0.5, 9.5)  # around one in twenty, as many as lie beyond the quantile
_BEHIND = Prior(0.5, 3)
_AHEAD = Prior(0.5, 30)
# So many single latencies are compared one by one; more of them in steps of one percent.
_MOST_SINGLE = 2000
_STEP = 1.01
# What the new quantile may be where the old one is so many seconds; it never falls.
Limit = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Latencies of which each is known to lie between two bounds; both ascend, in seconds.

    `beyond[i]` are the requests from `i` on.
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    beyond: tuple[int, ...]

    @property
    def count(self) -> int:
        """Return how many requests there are."""
        return self.beyond[0] if self.beyond else 0

    def from_index(self, index: int) -> Trials:
        """Return the requests from a bound on as hits."""
        return Trials(self.count, self.beyond[index] if index < len(self.beyond) else 0)

    def certainly_above(self, seconds: float) -> Trials:
        """Return those that took longer for certain."""
        return self.from_index(bisect_right(self.lower, seconds))

    def perhaps_from(self, seconds: float) -> Trials:
        """Return those that may have taken as long, or longer."""
        return self.from_index(bisect_left(self.upper, seconds))


def latencies_of(counted: Counted) -> Latencies | None:
    """Return the latencies of a side, None where only quantiles or nothing is known."""
    seconds = [one for one in counted.seconds if isfinite(one) and one >= 0]
    if len(seconds) > _MOST_SINGLE:
        return _in_steps(seconds)
    if seconds:
        return _latencies((one, one, 1) for one in sorted(seconds))
    timed = counted.slower_than.get(0.0, counted.requests)
    return _of_histogram(counted.slower_than, timed) if counted.slower_than and timed > 0 else None


def against_not_slower(new: Latencies, old: Latencies, limit: Limit) -> float:
    """Return the evidence against "the new quantile is at most `limit` of the old one".

    As logarithm; 0 or less when there is none.
    """
    candidates = [(index, bound) for index, bound in enumerate(old.upper)]
    return min(
        against_at_least(old.from_index(index), _BEYOND, _NEAR)
        + against_at_most(new.certainly_above(limit(bound)), _BEYOND, _BEHIND)
        for index, bound in (*candidates, (len(old.upper), inf))
    )


def against_slower(new: Latencies, old: Latencies, limit: Limit) -> float:
    """Return the evidence against "the new quantile is at least `limit` of the old one"."""
    candidates = [(index + 1, bound) for index, bound in enumerate(old.lower)]
    return min(
        against_at_most(old.from_index(index), _BEYOND, _NEAR)
        + against_at_least(new.perhaps_from(limit(bound)), _BEYOND, _AHEAD)
        for index, bound in ((0, 0.0), *candidates)
    )


def quantile_of(latencies: Latencies) -> float | None:
    """Return the quantile that was seen, at most; None when it lies above the last bound."""
    allowed = latencies.count * _BEYOND
    for index, bound in enumerate(latencies.upper):
        if latencies.from_index(index + 1).hits <= allowed:
            return bound if isfinite(bound) else None
    return None


def _latencies(parts: Iterable[tuple[float, float, int]]) -> Latencies:
    """Return latencies made of `(lower, upper, requests)`, ascending; equal ones are joined."""
    joined: dict[tuple[float, float], int] = {}
    for lower, upper, count in parts:
        joined[lower, upper] = joined.get((lower, upper), 0) + count
    beyond = tuple(accumulate(reversed(joined.values())))[::-1]
    return Latencies(tuple(low for low, _ in joined), tuple(up for _, up in joined), beyond)


def _of_histogram(slower_than: Mapping[float, int], requests: int) -> Latencies:
    return _latencies(_buckets(sorted(slower_than.items()), requests))


def _buckets(
    slower_than: Sequence[tuple[float, int]], requests: int
) -> Iterator[tuple[float, float, int]]:
    """Yield each bucket that is not empty; counts that were read one after the other may grow."""
    last, left = 0.0, requests
    for bound, slower in ((b, s) for b, s in slower_than if b > 0):
        now = min(max(slower, 0), left)
        if left > now:
            yield nextafter(last, inf), bound, left - now
        last, left = bound, now
    if left:
        yield nextafter(last, inf), inf, left


def _in_steps(seconds: Sequence[float]) -> Latencies:
    """Return many latencies between fixed bounds; their number no longer costs time."""
    steps: dict[int, int] = {}
    for one in seconds:
        step = round(log(max(one, 1e-6)) / log(_STEP))
        steps[step] = steps.get(step, 0) + 1
    half = _STEP**0.5
    return _latencies((_STEP**k / half, _STEP**k * half, steps[k]) for k in sorted(steps))
