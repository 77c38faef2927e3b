"""Phases, machines and environments that are too small for what they are meant to carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.connections import Room, connection_budgets
from outgrow.analysis.costs.environment_size import environment_size
from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.diagnostics import Path, Severity
from outgrow.strategy.fields import Range, Spread, certain
from outgrow.strategy.phases import Phase
from outgrow.topology.model import ResolvedLimit, Resource, Topology
from outgrow.units import format_number, round_to

_RESOURCES = ("vcpu", "memory_gib", "storage_gib")
_OWN_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "vcpu": ("vcpu",),
    "memory_gib": ("memory_gib", "memory_gb"),
    "storage_gib": ("storage_gib", "disk_gib", "storage_gb", "disk_gb"),
}


def phases_that_cannot_hold(inspection: Inspection) -> Iterator[Finding]:
    """Find phases meant for more than they, or one of their parts, are said to hold."""
    for topology in inspection.phases:
        phase = inspection.strategy.phases[topology.phase]
        place: Path = ("phases", topology.phase)
        yield from _overfull(phase, topology, phase.holds, place, topology.phase)
        for component, assignment in phase.use.items():
            path = (*place, "use", component)
            yield from _overfull(phase, topology, assignment.holds, path, component)


def _overfull(
    phase: Phase, topology: Topology, holds: Mapping[str, Range], place: Path, who: str
) -> Iterator[Finding]:
    for variable, held in holds.items():
        needed = _needed(variable, phase, topology)
        if needed is not None and held.high is not None and needed > held.high:
            reason = (
                f"{who} holds {variable} up to {format_number(held.high)}, but the phase is "
                f"meant for {format_number(needed)}"
            )
            remedy = "Enlarge it, or let the phase serve less."
            yield Finding((*place, "holds", variable), reason, remedy)


def _needed(variable: str, phase: Phase, topology: Topology) -> Decimal | None:
    if variable in phase.serves:
        return phase.serves[variable].high
    spread = topology.demand.get(variable)
    return spread.high if spread is not None else None


@dataclass(frozen=True, slots=True)
class _Excess:
    """A limit that what the phase asks for exceeds, at least at its high end."""

    resource: Resource
    one: ResolvedLimit
    metric: str
    wanted: Spread

    def finding(self, reached: Decimal, remedy: str, how: str = "") -> Finding:
        """Return the finding that the metric reaches `reached`."""
        limit = self.one.limit
        assert limit.value is not None
        reason = (
            f"{self.metric} reaches {format_number(_short(reached))}{how}, "
            f"{format_number(_short(reached - limit.value))} more than {limit.name} of "
            f"{self.resource.offering_id}, {format_number(limit.value)}"
        )
        return Finding(self.resource.path, reason, remedy, cited(limit.provenance))

    @property
    def likely(self) -> bool:
        """Return whether even the likely figure exceeds the limit."""
        assert self.one.limit.value is not None
        return self.wanted.likely > self.one.limit.value


def limits_exceeded(inspection: Inspection) -> Iterator[Finding]:
    """Find hard limits below what the phase is meant for."""
    for excess in _exceeded(inspection):
        if excess.one.limit.hard and excess.likely:
            remedy = "Choose a larger offering, or let the phase end earlier."
            yield excess.finding(excess.wanted.likely, remedy)


def limits_at_risk(inspection: Inspection) -> Iterator[Finding]:
    """Find hard limits that only the high end of an estimate exceeds."""
    for excess in _exceeded(inspection):
        if excess.one.limit.hard and not excess.likely:
            remedy = "Measure it, and choose a larger offering if the high end comes true."
            yield excess.finding(excess.wanted.high, remedy, " at the high end of its estimate")


def limits_overrun(inspection: Inspection) -> Iterator[Finding]:
    """Find included quantities that the phase will exceed, which then cost extra."""
    for excess in _exceeded(inspection):
        if not excess.one.limit.hard:
            remedy = "What exceeds it is billed; meter it under `usage` to see the price."
            if _is_metered(excess):
                remedy = "What exceeds it is billed, and in the price; compare a larger plan."
            yield excess.finding(excess.wanted.high, remedy)


def _is_metered(excess: _Excess) -> bool:
    """Return whether the use is billed already, under a meter of the same thing.

    The limit `requests_month` and the meter `requests_million` count the same requests.
    """
    limit = excess.one.limit.name.partition("_")[0]
    return any(meter.partition("_")[0] == limit for meter in excess.resource.usage)


def _exceeded(inspection: Inspection) -> Iterator[_Excess]:
    for topology, resource in inspection.of_phases:
        phase = inspection.strategy.phases[topology.phase]
        for one in resource.limits:
            found = ((name, _wanted(name, resource, phase, topology)) for name in one.metrics)
            metric, wanted = next(((n, w) for n, w in found if w is not None), ("", None))
            value = one.limit.value
            if wanted is not None and value is not None and wanted.high > value:
                yield _Excess(resource, one, metric, wanted)


def _wanted(metric: str, resource: Resource, phase: Phase, topology: Topology) -> Spread | None:
    """Return what the phase asks of a metric; the end of a range it serves is certain."""
    if metric in phase.serves:
        high = phase.serves[metric].high
        return None if high is None else certain(high)
    return resource.usage.get(metric) or topology.demand.get(metric)


def machines_too_small(inspection: Inspection) -> Iterator[Finding]:
    """Find components that need more than one instance of their offering has."""
    for _, resource in inspection.resources():
        for name in _RESOURCES:
            needed: Decimal | None = getattr(resource.spec.needs, name)
            has = None if resource.runs_on else _size(resource, name)
            if needed is not None and has is not None and needed > has:
                reason = (
                    f"{resource.component} needs {name} {format_number(needed)}; "
                    f"{resource.offering_id} has {format_number(has)}"
                )
                yield Finding(resource.path, reason, "Choose a larger size.")


def machines_overfull(inspection: Inspection) -> Iterator[Finding]:
    """Find machines with less memory or disk than everything that runs on them asks for."""
    for name in ("memory_gib", "storage_gib"):
        yield from _overloaded(inspection, name, "Choose a larger machine, or one more.")


def machines_oversubscribed(inspection: Inspection) -> Iterator[Finding]:
    """Find machines and environments with fewer vCPU than asked for: slower, not impossible."""
    remedy = "Choose a larger machine, or accept that they wait for each other."
    yield from _overloaded(inspection, "vcpu", remedy)
    yield from _too_small(inspection, "vcpu", remedy)


def environments_too_small(inspection: Inspection) -> Iterator[Finding]:
    """Find environments whose parts have more memory or disk than they are meant to fit into."""
    for name in ("memory_gib", "storage_gib"):
        remedy = "Give it a larger machine, or its parts less."
        yield from _too_small(inspection, name, remedy)


def _overloaded(inspection: Inspection, name: str, remedy: str) -> Iterator[Finding]:
    for topology in (*inspection.phases, *inspection.environments):
        for host in topology.resources:
            has = _size(host, name)
            guests = [one for one in topology.resources if one.runs_on == host.component]
            asked = [(one, _asked(one, name)) for one in guests]
            parts = [(one, n * one.instances.expected) for one, n in asked if n is not None]
            total = sum((amount for _, amount in parts), Decimal(0))
            machines = host.instances.expected
            if has is None or total <= has * machines:
                continue
            told = ", ".join(f"{one.component} {format_number(n)}" for one, n in parts)
            each = f"{machines} x " if machines != 1 else ""
            reason = (
                f"{name} {format_number(total)} is asked for ({told}); {host.component} on "
                f"{host.offering_id} has {each}{format_number(has)}"
            )
            yield Finding(host.path, reason, remedy)


def _too_small(inspection: Inspection, name: str, remedy: str) -> Iterator[Finding]:
    for topology in inspection.environments:
        setting = inspection.strategy.environments[topology.environment]
        room: Decimal | None = getattr(setting.fits_into, name) if setting.fits_into else None
        if room is None:
            continue
        size = environment_size(inspection.strategy, inspection.catalog, topology.environment, name)
        if size.amount > room:
            reason = (
                f"{name} {format_number(size.amount)} is asked for ({size.told}); "
                f"{topology.environment} fits into {format_number(room)}"
            )
            path = ("environments", topology.environment, "fits_into", name)
            yield Finding(path, reason, remedy)


def too_many_connections(inspection: Inspection) -> Iterator[Finding]:
    """Find databases that accept fewer connections than all pools together may open."""
    for topology in inspection.phases:
        for budget in connection_budgets(inspection.strategy, topology):
            # A number that the strategy itself wants is no limit of the offering.
            is_limit = budget.provenance is not None
            if budget.room is not Room.TOO_MANY or budget.idle or budget.copy or not is_limit:
                continue
            reason = (
                f"{budget.server} on {budget.offering_id} accepts "
                f"{format_number(Decimal(budget.accepts or 0))} connections; pools may open "
                f"{budget.total} ({budget.told})"
            )
            remedy = "Put a pooler before it, or make the pools smaller."
            yield Finding(budget.path, reason, remedy, cited(budget.provenance))


def _size(resource: Resource, name: str) -> Decimal | None:
    """Return what one instance has: its own setting, or else what the offering comes with."""
    for setting in _OWN_SETTINGS[name]:
        value = resource.settings.get(setting)
        if isinstance(value, Decimal):
            return value
    value = getattr(resource.offering, name) if resource.offering else None
    return value if isinstance(value, Decimal) and value else None


def _asked(resource: Resource, name: str) -> Decimal | None:
    for setting in _OWN_SETTINGS[name]:
        value = resource.settings.get(setting)
        if isinstance(value, Decimal):
            return value
    needed: Decimal | None = getattr(resource.spec.needs, name)
    return needed


def _short(value: Decimal) -> Decimal:
    """Return `value` with at most three digits after the point."""
    return value if value == value.to_integral_value() else round_to(value, 3)


RULES = (
    Rule("phase-cannot-hold", Severity.ERROR, phases_that_cannot_hold),
    Rule("limit-exceeded", Severity.ERROR, limits_exceeded),
    Rule("limit-at-risk", Severity.WARNING, limits_at_risk),
    Rule("limit-overrun", Severity.NOTE, limits_overrun),
    Rule("machine-too-small", Severity.ERROR, machines_too_small),
    Rule("machine-overfull", Severity.ERROR, machines_overfull),
    Rule("machine-oversubscribed", Severity.WARNING, machines_oversubscribed),
    Rule("environment-too-small", Severity.ERROR, environments_too_small),
    Rule("too-many-connections", Severity.ERROR, too_many_connections),
)
