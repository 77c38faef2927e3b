"""Prices and limits that the strategy states and the catalogue contradicts; budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from outgrow.analysis.costs.phase_costs import CostReport, cost_of, price_resource
from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.catalog.offering import Limit, Offering
from outgrow.catalog.rates import Grade
from outgrow.diagnostics import Path, Severity
from outgrow.strategy.offerings import CustomLimit
from outgrow.topology.model import Level, Resource, Topology
from outgrow.units import format_number, format_usd

_TOLERANCE = Decimal("0.05")
_WEAK_SHARE = Decimal("0.1")


def stated_limits_that_differ(inspection: Inspection) -> Iterator[Finding]:
    """Find limits that the catalogue knows by another value."""
    for path, offering, name, stated in _stated_limits(inspection):
        known = offering.limit(name)
        if known is not None and known.value is not None and known.value != stated.value:
            reason = (
                f"{name} of {offering.id} is {format_number(known.value)}, not "
                f"{format_number(stated.value)}"
            )
            remedy = "Remove it, or say why it differs with a waiver."
            yield Finding(path, reason, remedy, cited(known.provenance))


def limits_of_other_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find limits that the catalogue does not know of the offering, by value another of its."""
    for path, offering, name, stated in _stated_limits(inspection):
        if offering.limit(name) is not None:
            continue
        bearer = _with_value(offering, stated.value)
        # Without a unit in both names an equal value is chance: 10 connections, 10 branches.
        if bearer is not None and _unit(name) and _unit(bearer.name) == _unit(name):
            reason = (
                f"{offering.id} has no limit {name}; {format_number(stated.value)} is its "
                f"{bearer.name}"
            )
            yield Finding(path, reason, f"Write {bearer.name}.", cited(bearer.provenance))


def _stated_limits(
    inspection: Inspection,
) -> Iterator[tuple[Path, Offering, str, CustomLimit]]:
    strategy = inspection.strategy
    for name, phase in strategy.phases.items():
        for component, assignment in phase.use.items():
            offering = inspection.packaged.offering(assignment.offering or "")
            path: Path = ("phases", name, "use", component, "limits")
            for limit, value in assignment.limits.items() if offering is not None else ():
                assert offering is not None
                yield (*path, limit), offering, limit, value
    for offering_id, custom in strategy.offerings.items():
        offering = inspection.packaged.offering(custom.like or offering_id)
        if offering is None or offering.id != offering_id or custom.source:
            continue
        for limit, value in custom.limits.items():
            yield ("offerings", offering_id, "limits", limit), offering, limit, value


def _with_value(offering: Offering, value: Decimal) -> Limit | None:
    return next((one for one in offering.limits if one.value == value), None)


def _unit(name: str) -> str:
    units = ("gb", "gib", "mb", "seconds", "hours", "vcpu")
    return next((token for token in name.split("_") if token in units), "")


def stated_prices_that_differ(inspection: Inspection) -> Iterator[Finding]:
    """Find prices more than 5 % off the catalogue's for the same use."""
    for topology, resource in inspection.resources():
        known = inspection.packaged.offering(resource.offering_id, resource.region)
        custom = inspection.strategy.offerings.get(resource.offering_id)
        if resource.price is None or known is None or (custom is not None and custom.source):
            continue
        if _is_shared(topology, resource, inspection):
            continue
        stated = _monthly(resource, inspection)
        real = _monthly(replace(resource, price=None, offering=known), inspection)
        if stated is None or real is None or abs(stated - real) <= real * _TOLERANCE:
            continue
        reason = f"stated {format_usd(stated)} a month; {known.id} costs {format_usd(real)}"
        path: Path = (*resource.path, "price")
        remedy = "Remove the price, or waive this with the reason (a contract, a discount)."
        yield Finding(path, reason, remedy, cited(known.provenance))


def _is_shared(topology: Topology, resource: Resource, inspection: Inspection) -> bool:
    """Return whether an environment uses the plan that the production of its phase pays for."""
    assert resource.price is not None
    free = resource.price.per_month is not None and resource.price.per_month.high == 0
    return free and any(
        other.offering_id == resource.offering_id and other.component == resource.component
        for phase, other in inspection.of_phases
        if phase is not topology and other is not resource and other.price is None
    )


def _monthly(resource: Resource, inspection: Inspection) -> Decimal | None:
    catalog = inspection.packaged if resource.price is None else inspection.catalog
    cost = price_resource(resource, catalog, inspection.strategy.finance, Level.EXPECTED)
    return None if cost.total.at_least else cost.total.amount_usd_month


def budgets_exceeded(inspection: Inspection) -> Iterator[Finding]:
    """Find phases that cost more than their budget even with the fewest instances."""
    for expected in inspection.expected:
        limit = _budget(inspection, expected)
        if limit is None:
            continue
        low = cost_of(expected.topology, inspection.catalog, inspection.strategy.finance, Level.LOW)
        if low.total.amount_usd_month > limit:
            yield _over_budget(low, limit, "even at its least")


def budgets_in_danger(inspection: Inspection) -> Iterator[Finding]:
    """Find phases whose expected cost exceeds the budget that the least would keep to."""
    certain = {finding.path for finding in budgets_exceeded(inspection)}
    for expected in inspection.expected:
        limit = _budget(inspection, expected)
        if limit is not None and expected.total.amount_usd_month > limit:
            finding = _over_budget(expected, limit, "as expected")
            if finding.path not in certain:
                yield finding


def _budget(inspection: Inspection, report: CostReport) -> Decimal | None:
    span = inspection.strategy.phases[report.topology.phase].budget_usd_month
    return span.high if span is not None else None


def _over_budget(report: CostReport, limit: Decimal, level: str) -> Finding:
    total, phase = report.total, report.topology.phase
    more = "at least " if total.at_least else ""
    reason = (
        f"{phase} costs {more}{format_usd(total.amount_usd_month)} a month {level}; "
        f"its budget is {format_usd(limit)}"
    )
    remedy = f"`outgrow cost --phase {phase} --explain` shows the lines."
    return Finding(("phases", phase, "budget_usd_month"), reason, remedy)


def weak_prices(inspection: Inspection) -> Iterator[Finding]:
    """Find phases of whose cost more than a tenth rests on single secondary sources."""
    for report in inspection.expected:
        total = report.total.amount_usd_month
        weak = [
            line
            for line in report.lines
            if line.provenance is not None
            and line.provenance.grade is Grade.C
            and line.amount_usd_month
        ]
        amount = sum((line.amount_usd_month or Decimal(0) for line in weak), Decimal(0))
        if weak and amount > total * _WEAK_SHARE:
            share = (amount / total * 100).quantize(Decimal(1))
            reason = (
                f"{format_usd(amount)} of {format_usd(total)} a month ({share} %) rest on prices "
                f"of grade C, from one secondary source each"
            )
            remedy = "Check these prices with the provider before you rely on the total."
            sources = "; ".join(dict.fromkeys(cited(line.provenance) for line in weak))
            yield Finding(("phases", report.topology.phase), reason, remedy, sources)


RULES = (
    Rule("stated-limit-differs", Severity.WARNING, stated_limits_that_differ),
    Rule("limit-mislabelled", Severity.WARNING, limits_of_other_offerings),
    Rule("stated-price-differs", Severity.WARNING, stated_prices_that_differ),
    Rule("over-budget", Severity.ERROR, budgets_exceeded),
    Rule("may-exceed-budget", Severity.WARNING, budgets_in_danger),
    Rule("weak-price", Severity.NOTE, weak_prices),
)
