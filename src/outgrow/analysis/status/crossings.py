"""What is reached first, and when: limits, ends of the range served, plans that expire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from outgrow.analysis.figures import figure
from outgrow.analysis.forecast.forecast import Crossing, Forecast, forecast
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.findings import FindingKind
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.usage.readings import Readings
from outgrow.strategy.phases import Phase
from outgrow.topology.model import Topology


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value that matters once it is reached."""

    kind: FindingKind
    name: str
    metric: str
    value: Decimal

    def in_words(self) -> str:
        """Return what is reached: `users at 10,000, the end of the range served`."""
        what = "the end of the range served"
        if self.kind is FindingKind.LIMIT:
            what = f"the limit {self.name}"
        return f"{self.metric} at {figure(self.value)}, {what}"


@dataclass(frozen=True, slots=True)
class Reached:
    """When something is reached. `crossing` is None where nothing can be said, as `reason` says."""

    kind: FindingKind
    name: str
    metric: str
    crossing: Crossing | None
    reason: str


def crossings_of(
    topology: Topology, phase: Phase, headroom: tuple[Headroom, ...], readings: Readings
) -> tuple[Reached, ...]:
    """Return what is still ahead, the first to come first, then what has no date."""
    forecasts: dict[str, Forecast | str] = {}
    found = [
        _reached(threshold, readings, forecasts)
        for threshold in (*_limits(headroom), *_ends(phase, readings))
    ]
    found += _expiries(topology, readings.now)
    return tuple(sorted(found, key=_order))


def first_crossing(crossings: tuple[Reached, ...]) -> Reached | None:
    """Return the first with a likely date, or None."""
    return next((one for one in crossings if one.crossing and one.crossing.likely), None)


def _limits(headroom: tuple[Headroom, ...]) -> Iterator[Threshold]:
    for one in headroom:
        if one.limit is not None and one.measured and one.state is not State.HOLDS:
            yield Threshold(FindingKind.LIMIT, one.name, one.metric, one.limit.low)


def _ends(phase: Phase, readings: Readings) -> Iterator[Threshold]:
    for variable, span in phase.serves.items():
        series = readings.series(variable)
        if series is None or span.high is None or span.high == span.low:
            continue
        if span.holds(series.points[-1][1]):
            yield Threshold(FindingKind.RANGE, variable, variable, span.high)


def _reached(
    threshold: Threshold, readings: Readings, forecasts: dict[str, Forecast | str]
) -> Reached:
    series = readings.series(threshold.metric)
    assert series is not None  # only measured metrics have thresholds here
    made = forecasts.get(threshold.metric)
    if made is None:
        made = forecasts[threshold.metric] = forecast(series)
    if isinstance(made, str):
        return _without_date(threshold, f"unknown because {made}")
    crossing = made.crossing(threshold.value)
    reason = f"{threshold.in_words()}: {crossing.in_words()}"
    return Reached(threshold.kind, threshold.name, threshold.metric, crossing, reason)


def _without_date(threshold: Threshold, reason: str) -> Reached:
    reason = f"{threshold.in_words()}: {reason}"
    return Reached(threshold.kind, threshold.name, threshold.metric, None, reason)


def _expiries(topology: Topology, now: datetime) -> Iterator[Reached]:
    for resource in topology.resources:
        if resource.expires is not None and resource.expires > now.date():
            moment = datetime.combine(resource.expires, time.min, UTC)
            name = f"{resource.component} on {resource.offering_id or 'its offering'}"
            because = "the strategy, " + "/".join(map(str, (*resource.path, "expires")))
            crossing = Crossing(Decimal(0), moment, moment, moment, timedelta(0), because)
            reason = f"{name} ends on {resource.expires.isoformat()}"
            yield Reached(FindingKind.EXPIRY, name, "", crossing, reason)


def _order(one: Reached) -> tuple[int, datetime, str]:
    far = datetime.max.replace(tzinfo=UTC)
    if one.crossing is None:
        return 3, far, one.name
    if one.crossing.likely is not None:
        return 0, one.crossing.likely, one.name
    return (1, one.crossing.earliest, one.name) if one.crossing.earliest else (2, far, one.name)
