"""Measured values of metrics over time: what every assessment starts from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

Point = tuple[datetime, Decimal]


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one metric, oldest first, at most one an instant (aware UTC).

    `source` names the file or flag they were read from.
    """

    metric: str
    points: tuple[Point, ...]
    source: str = ""

    @property
    def last(self) -> Point | None:
        """Return the newest point, or None for an empty series."""
        return self.points[-1] if self.points else None

    @property
    def span(self) -> timedelta:
        """Return the time from the first point to the last."""
        return self.points[-1][0] - self.points[0][0] if self.points else timedelta(0)

    def until(self, moment: datetime) -> Series:
        """Return the points up to and including `moment`."""
        count = bisect_right(self.points, moment, key=_instant)
        if count == len(self.points):
            return self
        return Series(self.metric, self.points[:count], self.source)

    def between(self, start: datetime, end: datetime) -> tuple[Point, ...]:
        """Return the points after `start`, up to and including `end`."""
        first = bisect_right(self.points, start, key=_instant)
        return self.points[first : bisect_right(self.points, end, key=_instant)]

    def held_at(self, moment: datetime) -> Decimal | None:
        """Return the value that counted at `moment`, None before the first."""
        count = bisect_right(self.points, moment, key=_instant)
        return self.points[count - 1][1] if count else None

    def held_since(self, start: datetime) -> tuple[Point, ...]:
        """Return the points from `start` on, with the one that still counted at `start`.

        A value counts until the next one is measured.
        """
        first = bisect_left(self.points, start, key=_instant)
        if first > 0 and (first == len(self.points) or self.points[first][0] > start):
            first -= 1
        return self.points[first:]


class Usage(Mapping[str, Series]):
    """The series of every metric that was measured, by name."""

    def __init__(self, series: Mapping[str, Series] | None = None) -> None:
        self._series = {name: one for name, one in (series or {}).items() if one.points}

    @classmethod
    def from_values(cls, values: Mapping[str, Decimal], now: datetime, source: str = "") -> Usage:
        """Return a usage of one value a metric, measured at `now`."""
        return cls(
            {name: Series(name, ((now, Decimal(value)),), source) for name, value in values.items()}
        )

    def with_values(self, values: Mapping[str, Decimal], now: datetime, source: str = "") -> Usage:
        """Return this usage with `values` as measured at `now`, in place of any of that instant.

        What was measured later than `now` stays, and is left out where `now` is what counts.
        """
        return merge_usage(self, Usage.from_values(values, now, source))

    def latest_values(self) -> dict[str, Decimal]:
        """Return the newest value of every metric."""
        return {name: one.points[-1][1] for name, one in self._series.items()}

    def until(self, moment: datetime) -> Usage:
        """Return what was known at `moment`: later points are left out."""
        return Usage({name: one.until(moment) for name, one in self._series.items()})

    def __getitem__(self, metric: str) -> Series:
        return self._series[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)


def merge_usage(first: Usage, second: Usage) -> Usage:
    """Return the points of both; at the same instant of a metric those of `second`."""
    merged = dict(first)
    for name, series in second.items():
        if name in merged:
            points = {**dict(merged[name].points), **dict(series.points)}
            sources = dict.fromkeys(one for one in (merged[name].source, series.source) if one)
            series = Series(name, tuple(sorted(points.items())), ", ".join(sources))
        merged[name] = series
    return Usage(merged)


def _instant(point: Point) -> datetime:
    return point[0]
