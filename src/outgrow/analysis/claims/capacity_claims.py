"""Judges how much a pool, a machine or an environment is said to hold."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import VERDICTS, Fit, fit
from outgrow.analysis.claims.item_cost import describe
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
    stated_text,
)
from outgrow.analysis.costs.environment_size import environment_size
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Provenance
from outgrow.strategy.claims import Claim, ClaimItem
from outgrow.topology.prices import catalogue_for
from outgrow.units import format_number

_POOLS = {
    "vcpu": ("total_vcpu", "vcpu_total"),
    "memory_gib": ("memory_gib_total", "total_memory_gib", "memory_gb_total"),
    "storage_gib": ("storage_gib_total", "total_storage_gib", "storage_gb_total"),
}


def judge_capacity(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict on how many units fit at once: the least of pool / size.

    More room than stated is no fault. A pool nobody knows bounds nothing, so what the known
    ones allow then holds only as far as they go.
    """
    basis = claim.capacity
    assert basis is not None
    assert claim.states is not None
    offering = evidence.offering(basis.offering)
    if offering is None:
        why = f"the catalogue has no offering {basis.offering!r}"
        return judged(name, claim, Verdict.UNKNOWN, why)
    sizes = {field: getattr(basis, field) for field in _POOLS if getattr(basis, field) is not None}
    readings, sources = [], []
    for field, size in sizes.items():
        pool, source = _pool(offering, field)
        sources.append(source)
        held = None if pool is None else Figure(pool // size, pool // size)
        readings.append(Reading(field, held, None if held is None else held.low >= _least(claim)))
    known = [one.real.low for one in readings if one.real is not None]
    real = Figure(min(known), min(known)) if known else None
    verdict = _capacity_verdict(claim, readings)
    reason = f"stated {stated_text(claim)}; {offering.id} holds {_told(offering, sizes, readings)}"
    return judged(name, claim, verdict, reason, real, tuple(readings), sources=sources)


def _least(claim: Claim) -> Decimal:
    assert claim.states is not None
    return claim.states.low * (1 - claim.tolerance)


def _capacity_verdict(claim: Claim, readings: list[Reading]) -> Verdict:
    assert claim.states is not None
    known = [one.real.low for one in readings if one.real is not None]
    if not known:
        return Verdict.UNKNOWN
    held = min(known)
    most = claim.states.high if claim.states.high is not None else claim.states.low
    if held < _least(claim):
        return VERDICTS[fit(claim.states, Figure(held, held), claim.tolerance)]
    whole = held >= most * (1 - claim.tolerance)
    return Verdict.HOLDS if whole and len(known) == len(readings) else Verdict.HOLDS_IF


def _told(offering: Offering, sizes: dict[str, Decimal], readings: list[Reading]) -> str:
    parts = []
    for one in readings:
        pool, _ = _pool(offering, one.label)
        size = format_number(sizes[one.label])
        if one.real is None or pool is None:
            parts.append(f"an unknown number by {one.label}{_pool_text(offering, one.label)}")
        else:
            held = format_number(one.real.low)
            parts.append(f"{held} by {one.label} ({format_number(pool)} / {size})")
    return ", ".join(parts)


def _pool(offering: Offering, field: str) -> tuple[Decimal | None, Provenance | None]:
    for limit_name in _POOLS[field]:
        limit = offering.limit(limit_name)
        if limit is not None:
            return limit.value, limit.provenance
    return getattr(offering, field), offering.provenance


def _pool_text(offering: Offering, field: str) -> str:
    limits = (offering.limit(limit_name) for limit_name in _POOLS[field])
    text = next((limit.text for limit in limits if limit is not None and limit.text), "")
    return f" (the source says {text})" if text else ""


def judge_scaled(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return whether a capacity agrees with the one stated for other machines."""
    basis = claim.scaled
    assert basis is not None
    assert claim.states is not None
    here, there = (_amount(items, basis.resource, evidence) for items in (basis.here, basis.of))
    if here is None or not there:
        why = f"the {basis.resource} of {describe([*basis.here, *basis.of])} is not known"
        return judged(name, claim, Verdict.UNKNOWN, why)
    high = None if basis.stated.high is None else basis.stated.high * here / there
    real = Figure(basis.stated.low * here / there, high)
    found = fit(claim.states, real, claim.tolerance)
    verdict = Verdict.HOLDS_IF if found is Fit.PARTLY else VERDICTS[found]
    reason = (
        f"stated {stated_text(claim)} on {describe(basis.here)} with {format_number(here)} "
        f"{basis.resource}; {basis.stated} stated on {describe(basis.of)} with "
        f"{format_number(there)} makes {real.text('')}"
    )
    return judged(name, claim, verdict, reason, real)


def _amount(items: Iterable[ClaimItem], resource: str, evidence: Evidence) -> Decimal | None:
    total = Decimal(0)
    for item in items:
        offering = evidence.offering(item.offering or "")
        value: Decimal | None = getattr(offering, resource) if offering else None
        if value is None:
            return None
        total += value * item.count.low
    return total


def judge_resources(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return whether the parts of an environment add up to what is stated."""
    basis = claim.resources
    assert basis is not None
    assert claim.states is not None
    catalog = catalogue_for(evidence.strategy, evidence.catalog)
    size = environment_size(evidence.strategy, catalog, basis.environment, basis.resource)
    real = Figure(size.amount, None if size.unknown else size.amount)
    found = fit(claim.states, real, claim.tolerance)
    unknown = f", without {', '.join(size.unknown)}, which says nothing" if size.unknown else ""
    reason = (
        f"stated {stated_text(claim)}; {basis.resource} of {basis.environment} sums to "
        f"{format_number(size.amount)} ({size.told}){unknown}"
    )
    return judged(name, claim, VERDICTS[found], reason, real)
