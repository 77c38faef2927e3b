"""Targets that are missed, and alerts that would be raised, on the measured values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from outgrow.analysis.figures import figure, length, percent
from outgrow.analysis.signals.conditions import Evidence
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.signals.over_time import window_length
from outgrow.analysis.status.limits import FoundLimit, find_limit
from outgrow.analysis.usage.readings import Missing, Reading, why_missing
from outgrow.analysis.usage.usage import Series
from outgrow.strategy.strategy import Strategy
from outgrow.strategy.targets import Alert, Target
from outgrow.topology.model import Topology


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target: `no` is met, `warn` missed, `holds` missed so far that it alerts."""

    name: str
    metric: str
    state: State
    reason: str
    because: str
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class AlertResult:
    """An alert: `holds` means it would be raised now."""

    name: str
    state: State
    severity: Literal["info", "warn", "page"]
    to: tuple[str, ...]
    reason: str
    because: str
    missing: Missing | None = None


def judge_targets(strategy: Strategy, evidence: Evidence) -> tuple[TargetResult, ...]:
    """Return how each target stands; those of components the phase does not run are left out."""
    topology = evidence.topology
    return tuple(
        _target(name, target, evidence)
        for name, target in strategy.targets.items()
        if not (target.component and topology and not topology.of(target.component))
    )


def _target(name: str, target: Target, evidence: Evidence) -> TargetResult:
    reading = evidence.readings.first_of(_metrics(target.metric, target.component))
    if isinstance(reading, Missing):
        reason = why_missing(reading)
        return TargetResult(name, reading.metric, State.UNKNOWN, reason, "", reading)
    value = reading.value.likely
    side = "below" if target.below is not None else "above"
    aim = target.below if target.below is not None else target.above
    assert aim is not None  # the model demands one side
    met = value < aim if side == "below" else value > aim
    alerting = _beyond(value, target.alert_above, target.alert_below)
    state = State.HOLDS if alerting else State.NO if met else State.WARN
    reason = f"{reading.metric} is {figure(value)}, {'' if met else 'not '}{side} {figure(aim)}"
    level = target.alert_above if target.alert_above is not None else target.alert_below
    if alerting and level is not None:
        reason += f", and past the alert level {figure(level)}"
    return TargetResult(name, reading.metric, state, reason, reading.because)


def _beyond(value: Decimal, above: Decimal | None, below: Decimal | None) -> bool:
    return (above is not None and value > above) or (below is not None and value < below)


def _metrics(metric: str, component: str | None) -> tuple[str, ...]:
    if component is None or metric.startswith(f"{component}."):
        return (metric,)
    return (f"{component}.{metric}", metric)


def judge_alerts(strategy: Strategy, phase: str, evidence: Evidence) -> tuple[AlertResult, ...]:
    """Return whether each alert of `phase` would be raised."""
    return tuple(
        _alert(name, alert, evidence)
        for name, alert in strategy.alerts.items()
        if not alert.phases or phase in alert.phases
    )


def _alert(name: str, alert: Alert, evidence: Evidence) -> AlertResult:
    if alert.event is not None:
        reason = f"unknown because {alert.event} is an event, which no usage file records"
        return _result(name, alert, State.UNKNOWN, reason)
    found: FoundLimit | None = None
    if alert.limit is not None:
        found = _limit(alert.limit, alert.component, evidence.topology)
        if found is None:
            reason = f"{alert.limit} is no limit of this phase"
            return _result(name, alert, State.NO, reason)
    metrics = found.resolved.metrics if found else _metrics(alert.metric or "", alert.component)
    reading = evidence.readings.first_of(metrics)
    if isinstance(reading, Missing):
        return _result(name, alert, State.UNKNOWN, why_missing(reading), "", reading)
    threshold = _threshold(alert, found)
    if threshold is None:
        reason = f"unknown because nobody gives a value for the limit {alert.limit or 'it watches'}"
        return _result(name, alert, State.UNKNOWN, reason, reading.because)
    series = evidence.readings.series(reading.metric)
    return _judged(name, alert, reading, series, threshold)


def _limit(name: str, component: str | None, topology: Topology | None) -> FoundLimit | None:
    if topology is None:
        return None
    own = find_limit(topology, f"{component}.{name}") if component else None
    return own or find_limit(topology, name)


def _threshold(alert: Alert, found: FoundLimit | None) -> Decimal | None:
    written = alert.above if alert.above is not None else alert.below
    if alert.above_share is None:
        return written
    limit = found.resolved.limit.value if found else Decimal(1)  # a metric that is a share
    return None if limit is None else alert.above_share * limit


def _judged(
    name: str, alert: Alert, reading: Reading, series: Series | None, threshold: Decimal
) -> AlertResult:
    if series is None:
        reason = f"unknown because {reading.metric} is only estimated"
        return _result(name, alert, State.UNKNOWN, reason, reading.because)
    values = _statistics(alert, series)
    below = alert.below is not None
    raised = bool(values) and all(
        (value < threshold if below else value > threshold) for value in values
    )
    short = len(values) < alert.windows
    if short and (raised or not values):
        wanted = length(window_length(None, alert.window_seconds) or timedelta(0))
        reason = (
            f"unknown because the record has {len(values)} of {alert.windows} windows of {wanted}"
        )
        return _result(name, alert, State.UNKNOWN, reason, reading.because)
    side = "below" if below else "above"
    shown = figure(threshold)
    if alert.above_share is not None:
        shown = f"{percent(alert.above_share)} of the limit ({shown})"
    spoken = f"{alert.statistic} of {reading.metric} is {figure(values[0])}"
    state = State.HOLDS if raised else State.NO
    reason = f"{spoken}, {'' if raised else 'not '}{side} {shown}"
    return _result(name, alert, state, reason, reading.because)


def _statistics(alert: Alert, series: Series) -> list[Decimal]:
    """Return the statistic of the newest windows, newest first, as far as the record goes."""
    width = window_length(None, alert.window_seconds)
    assert width is not None
    end = series.points[-1][0]
    values = []
    for _ in range(max(1, min(alert.windows, 1000))):
        start = end - width
        value = _statistic(alert, series, start, end)
        if value is None:
            break
        values.append(value)
        end = start
    return values


def _statistic(alert: Alert, series: Series, start: datetime, end: datetime) -> Decimal | None:
    """Return the statistic over values in (start, end]; without any, the last one before holds.

    A sum or a count of nothing is not known to be zero, so a window without values ends it.
    """
    inside = [value for _, value in series.between(start, end)]
    if inside:
        return _reduce(alert.statistic, inside)
    return None if alert.statistic in ("sum", "count") else series.held_at(start)


def _reduce(
    statistic: Literal["average", "sum", "maximum", "minimum", "count"], values: Sequence[Decimal]
) -> Decimal:
    if statistic == "average":
        return sum(values, Decimal(0)) / len(values)
    if statistic == "sum":
        return sum(values, Decimal(0))
    if statistic == "count":
        return Decimal(len(values))
    return max(values) if statistic == "maximum" else min(values)


def _result(
    name: str,
    alert: Alert,
    state: State,
    reason: str,
    because: str = "",
    missing: Missing | None = None,
) -> AlertResult:
    return AlertResult(name, state, alert.severity, tuple(alert.to), reason, because, missing)
