"""How much of each limit is in use, and how much room is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.figures import figure, percent, spread
from outgrow.analysis.signals.comparison import Comparison
from outgrow.analysis.signals.outcome import State, rank
from outgrow.analysis.status.limits import REQUEST_TIMEOUTS, FoundLimit, limits_of
from outgrow.analysis.usage.readings import Missing, Reading, Readings, why_missing
from outgrow.strategy.fields import Range, Spread, certain
from outgrow.strategy.phases import Phase
from outgrow.topology.model import Topology

NEAR_LIMIT = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Headroom:
    """One limit and its use. `state`: `holds` is full, `warn` from 80 %, `no` is room left.

    `limit` has a spread where a capacity is a range (15-25 at once): it warns before the
    lower end and is full at the upper one. `share` is the likely use of the lower end.
    """

    name: str
    component: str
    hard: bool
    limit: Spread | None
    metric: str
    used: Spread | None
    measured: bool
    share: Decimal | None
    state: State
    reason: str
    because: str
    missing: Missing | None = None


def headroom_of(topology: Topology, phase: Phase, readings: Readings) -> tuple[Headroom, ...]:
    """Return the headroom to every limit of the phase's resources, and to what it `holds`."""
    limits = [
        _of_limit(found, readings)
        for found in limits_of(topology)
        if not _is_unmeasured_timeout(found, readings)
    ]
    return (*limits, *_of_capacities(topology, phase, readings))


def _is_unmeasured_timeout(found: FoundLimit, readings: Readings) -> bool:
    """Return whether it caps the length of a request, which nobody is asked to record."""
    if found.resolved.limit.name not in REQUEST_TIMEOUTS:
        return False
    return isinstance(readings.first_of(found.resolved.metrics), Missing)


def _of_limit(found: FoundLimit, readings: Readings) -> Headroom:
    limit = found.resolved.limit
    value = None if limit.value is None else certain(limit.value)
    why = f"unknown because nobody gives a value for the limit {found.name}"
    why += f" (the source says {limit.text!r})" if limit.text else ""
    return _headroom(
        _Cap(
            found.name,
            found.resource.component,
            limit.hard,
            value,
            found.because,
            why,
            f"the limit {found.name},",
        ),
        readings.first_of(found.resolved.metrics),
    )


def _of_capacities(topology: Topology, phase: Phase, readings: Readings) -> Iterator[Headroom]:
    for metric, span in phase.holds.items():
        where = f"phases/{topology.phase}/holds/{metric}"
        yield _headroom(_capacity(topology.phase, metric, "", span, where), readings.read(metric))
    for component, assignment in phase.use.items():
        if not topology.of(component):
            continue
        for metric, span in assignment.holds.items():
            name = metric if metric.startswith(f"{component}.") else f"{component}.{metric}"
            where = f"phases/{topology.phase}/use/{component}/holds/{metric}"
            reading = readings.first_of((name, metric))
            yield _headroom(_capacity(topology.phase, name, component, span, where), reading)


# From here on a percentage says nothing that the two figures do not.
_MANY_TIMES = Decimal(10)


@dataclass(frozen=True, slots=True)
class _Cap:
    name: str
    component: str
    hard: bool
    value: Spread | None
    because: str
    why_unknown: str
    label: str


def _capacity(phase: str, name: str, component: str, span: Range, where: str) -> _Cap:
    because = f"it holds {span} (the strategy, {where})"
    value = None
    if span.high is not None:
        value = Spread(low=span.low, likely=(span.low + span.high) / 2, high=span.high)
    why = f"unknown because {where} has no upper end"
    holder = component or phase
    return _Cap(name, component, True, value, because, why, f"what {holder} holds,")


def _headroom(cap: _Cap, reading: Reading | Missing) -> Headroom:
    if cap.value is None:
        used = reading.value if isinstance(reading, Reading) else None
        measured = isinstance(reading, Reading) and reading.measured
        return _unknown(cap, reading.metric, used, measured, cap.why_unknown, None)
    if isinstance(reading, Missing):
        return _unknown(cap, reading.metric, None, False, why_missing(reading), reading)
    low, high = (_state(cap.value, end) for end in (reading.value.low, reading.value.high))
    state = min(low, high, key=rank) if rank(low) > 0 or low is high else State.UNKNOWN
    share = reading.value.likely / cap.value.low if cap.value.low else None
    reason = _reason(cap, cap.value, reading, share)
    if state is State.UNKNOWN:
        reason = f"unknown because {reason}, and only a measurement can tell"
    return Headroom(
        name=cap.name,
        component=cap.component,
        hard=cap.hard,
        limit=cap.value,
        metric=reading.metric,
        used=reading.value,
        measured=reading.measured,
        share=share,
        state=state,
        reason=reason,
        because=f"{reading.because}; {cap.because}",
    )


def _state(limit: Spread, used: Decimal) -> State:
    return Comparison("at_least", limit.high, limit.low * NEAR_LIMIT).state_of(used)


def _reason(cap: _Cap, limit: Spread, reading: Reading, share: Decimal | None) -> str:
    estimated = "" if reading.measured else "estimated "
    used = f"{reading.metric} is {estimated}{spread(reading.value)}"
    of = figure(limit.low) if limit.low == limit.high else _dashed(limit)
    if share is not None and share >= _MANY_TIMES:
        return f"{used}, far above {cap.label} {of}"
    shown = "" if share is None else f"{percent(share)} of "
    return f"{used}, {shown}{cap.label} {of}"


def _dashed(limit: Spread) -> str:
    return f"{figure(limit.low)}-{figure(limit.high)}"


def _unknown(
    cap: _Cap,
    metric: str,
    used: Spread | None,
    measured: bool,
    reason: str,
    missing: Missing | None,
) -> Headroom:
    return Headroom(
        name=cap.name,
        component=cap.component,
        hard=cap.hard,
        limit=cap.value,
        metric=metric,
        used=used,
        measured=measured,
        share=None,
        state=State.UNKNOWN,
        reason=reason,
        because=cap.because,
        missing=missing,
    )
