"""What a series did within a window: whether a state lasted, how fast it grew, its trend.

A window ends at the newest value, so that a record of last month is judged as of last
month. A value counts until the next one is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from outgrow.analysis.figures import length
from outgrow.analysis.forecast.slope import typical_slope
from outgrow.analysis.usage.usage import Point, Series

_SECONDS_PER_DAY = 86_400
_LONGEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a series that a condition looks at; `gap` says what it lacks, if anything."""

    points: tuple[Point, ...]
    start: datetime
    wanted: timedelta
    gap: str = ""


def window_length(days: Decimal | None, seconds: Decimal | None) -> timedelta | None:
    """Return the duration a condition writes, or None for the present alone."""
    if days is None and seconds is None:
        return None
    total = (days or Decimal(0)) * _SECONDS_PER_DAY + (seconds or Decimal(0))
    return min(timedelta(seconds=float(min(total, Decimal(10**10)))), _LONGEST)


def window_of(series: Series, wanted: timedelta) -> Window:
    """Return the newest `wanted` of `series`, with what the record lacks to judge it."""
    end = series.points[-1][0]
    start = end - wanted
    points = series.held_since(start)
    if points[0][0] > start:
        covered = length(end - points[0][0])
        return Window(points, start, wanted, f"the record covers {covered} of {length(wanted)}")
    instants = [moment for moment, _ in points]
    widest = max((b - a for a, b in pairwise(instants)), default=wanted)
    if widest > wanted:
        gap = f"{length(widest)} lie between two values, too far apart to judge {length(wanted)}"
        return Window(points, start, wanted, gap)
    return Window(points, start, wanted)


def last_interval(series: Series) -> timedelta:
    """Return the time between the last two values, zero for one value alone."""
    if len(series.points) < 2:
        return timedelta(0)
    return series.points[-1][0] - series.points[-2][0]


def lasted_since(points: tuple[Point, ...], passes: Callable[[Decimal], bool]) -> datetime | None:
    """Return since when every value passes, or None if the newest does not."""
    since = None
    for moment, value in reversed(points):
        if not passes(value):
            break
        since = moment
    return since


def rate_per_day(window: Window) -> Decimal | None:
    """Return the growth a day from the first value of the window to the last."""
    (first, before), (last, after) = window.points[0], window.points[-1]
    days = _days(last - first)
    return (after - before) / days if days else None


def rates(series: Series) -> Series:
    """Return the growth a day between each value and the next."""
    pairs = pairwise(series.points)
    points = tuple((b[0], (b[1] - a[1]) / _days(b[0] - a[0])) for a, b in pairs)
    return Series(f"the daily growth of {series.metric}", points, series.source)


@dataclass(frozen=True, slots=True)
class Change:
    """The fitted value at a window's start, its change until the end, and the noise around it."""

    start: Decimal
    amount: Decimal
    noise: Decimal


def change(window: Window) -> Change:
    """Return how the values of `window` changed.

    The slope is the median over pairs of values, so that one outlier does not make a trend;
    the noise is the median distance of a value from the fitted line.
    """
    end = window.points[-1][0]
    times = [(moment - window.start).total_seconds() for moment, _ in window.points]
    values = [float(value) for _, value in window.points]
    slope = typical_slope(times, values)
    levels = [v - slope * t for t, v in zip(times, values, strict=True)]
    start = median(levels)
    noise = median(abs(level - start) for level in levels)
    amount = slope * (end - window.start).total_seconds()
    return Change(Decimal(str(start)), Decimal(str(amount)), Decimal(str(noise)))


def _days(time: timedelta) -> Decimal:
    return Decimal(str(time.total_seconds())) / _SECONDS_PER_DAY
