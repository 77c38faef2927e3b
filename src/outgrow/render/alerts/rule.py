"""What an alert is, and what it says about a series: the meaning every backend must keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    def is_breached_by(self, value: float | None) -> bool:
        """Return whether one window's statistic is past the threshold; None is no data."""
        if value is None or math.isnan(value):
            return self.missing_is_breach
        limit = float(self.threshold)
        return value > limit if self.comparison == "above" else value < limit

    def verdicts(self, samples: Sequence[Sample], seconds: int) -> tuple[bool, ...]:
        """Return whether the alert fires at the end of each whole window up to `seconds`."""
        count = seconds // self.window_seconds
        buckets: list[list[float]] = [[] for _ in range(count)]
        for moment, value in samples:
            if 0 <= moment < count * self.window_seconds:
                buckets[int(moment // self.window_seconds)].append(value)
        breaches = [self.is_breached_by(_statistic(self.statistic, b)) for b in buckets]
        last = self.windows
        return tuple(i + 1 >= last and all(breaches[i + 1 - last : i + 1]) for i in range(count))


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
