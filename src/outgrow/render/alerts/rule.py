"""What an alert is, and what it says about a series: the meaning every backend must keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from outgrow.diagnostics import Path

Statistic = Literal["average", "sum", "maximum", "minimum", "count"]
Severity = Literal["info", "warn", "page"]
Sample = tuple[float, float]
"""Seconds since the start, and the value measured then."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A level that a metric of one part must not pass.

    `metric` is a canonical name with its unit (`latency_p95_ms`), without the component.
    The statistic of the metric over `window_seconds` is compared with `threshold`; the alert
    fires once the last `windows` of them in a row are all past it. A window without data is
    not past it, unless `missing_is_breach`: for what says by its silence that it is down.
    With `short_window_seconds` the statistic over the last of these shorter windows must be
    past the threshold as well: what is over no longer fires, however long the window is.
    `stated` is False for what outgrow adds because the phase runs such a part. `source` is
    the strategy's line.
    """

    name: str
    metric: str
    part: str
    comparison: Literal["above", "below"]
    threshold: Decimal
    statistic: Statistic
    window_seconds: int
    windows: int
    severity: Severity
    description: str
    source: str
    path: Path
    channels: tuple[str, ...] = ()
    stated: bool = True
    missing_is_breach: bool = False
    percentile: Decimal | None = None
    short_window_seconds: int | None = None

    def of_one_window(self) -> tuple[AlertRule, ...]:
        """Return the rules of one window each that must all be past it: long, then short."""
        short = self.short_window_seconds
        if short is None:
            return (self,)
        both = (("long", self.window_seconds), ("short", short))
        return tuple(
            replace(
                self, name=f"{self.name}-{kind}", window_seconds=window, short_window_seconds=None
            )
            for kind, window in both
        )

    def is_breached_by(self, value: float | None) -> bool:
        """Return whether one window's statistic is past the threshold; None is no data."""
        if value is None or math.isnan(value):
            return self.missing_is_breach
        limit = float(self.threshold)
        return value > limit if self.comparison == "above" else value < limit

    def verdicts(self, samples: Sequence[Sample], seconds: int) -> tuple[bool, ...]:
        """Return whether the alert fires at the end of each whole window up to `seconds`.

        With a short window, it is at the end of each of those: the long one slides along.
        """
        if self.short_window_seconds is not None:
            step = self.short_window_seconds
            ends = range(step, seconds + 1, step)
            return tuple(self._is_past_at(samples, end) for end in ends)
        count = seconds // self.window_seconds
        ends = range(self.window_seconds, count * self.window_seconds + 1, self.window_seconds)
        breaches = [self._is_past_at(samples, end) for end in ends]
        last = self.windows
        return tuple(i + 1 >= last and all(breaches[i + 1 - last : i + 1]) for i in range(count))

    def _is_past_at(self, samples: Sequence[Sample], end: int) -> bool:
        """Return whether each window that ends at `end` is past the threshold."""
        return all(
            rule.is_breached_by(_statistic(rule.statistic, _within(samples, end, rule)))
            for rule in self.of_one_window()
        )


@dataclass(frozen=True, slots=True)
class EventAlert:
    """An alert on something that happens, rather than on a level: a new kind of error."""

    name: str
    event: str
    part: str
    severity: Severity
    description: str
    source: str
    path: Path
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alerts:
    """Every alert of a system: the rules on metrics, and those on events."""

    rules: tuple[AlertRule, ...]
    events: tuple[EventAlert, ...] = ()


def _within(samples: Sequence[Sample], end: int, rule: AlertRule) -> list[float]:
    return [value for at, value in samples if end - rule.window_seconds <= at < end]


def _statistic(statistic: Statistic, values: Sequence[float]) -> float | None:
    if not values:
        return None
    known: Mapping[Statistic, float] = {
        "average": math.fsum(values) / len(values),
        "sum": math.fsum(values),
        "maximum": max(values),
        "minimum": min(values),
        "count": float(len(values)),
    }
    return known[statistic]
