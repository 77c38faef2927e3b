"""Solves for the running hours at which a part-time machine costs what is stated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import VERDICTS, fit
from outgrow.analysis.claims.item_cost import (
    cost_of_items,
    describe,
    exact_usd,
    item_lines,
)
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
    stated_text,
)
from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.strategy.claims import Claim, ClaimItem, SolveHours
from outgrow.units import HOURS_PER_MONTH, format_number

_HOUR = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Rate:
    """What the machine costs for each hour it runs, and all month whether it runs or not."""

    hour_usd: Decimal
    fixed_usd: Decimal
    lines: tuple[CostLine, ...]


def judge_hours(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict: true all month, true for a number of hours, or for none at all."""
    basis, stated = claim.hours, claim.states
    assert basis is not None
    assert stated is not None
    rate = _rate(basis, evidence)
    if rate is None or not rate.hour_usd:
        why = f"nobody knows what an hour of {basis.offering} costs"
        return judged(name, claim, Verdict.UNKNOWN, why)
    always_on = cost_of_items(basis.also_always_on, evidence).figure
    most = HOURS_PER_MONTH * basis.count
    whole = Figure(rate.fixed_usd + rate.hour_usd * most, rate.fixed_usd + rate.hour_usd * most)
    whole = whole + always_on
    all_month = fit(stated, whole, claim.tolerance)
    readings = _readings(claim, basis, rate, evidence)
    solved = [one for one in readings if one.fits]
    month = f"all month it is {whole.text(claim.unit)}"
    opening = f"stated {stated_text(claim)} for {_count(basis)}{basis.offering}"
    if all_month.holds:
        reason = f"{opening}; {month}"
        return judged(name, claim, VERDICTS[all_month], reason, whole, readings, rate.lines)
    if not solved:
        reason = f"{opening}; no number of hours gives that, {month}"
        return judged(name, claim, Verdict.DOES_NOT_HOLD, reason, whole, readings, rate.lines)
    told = "; ".join(_told(one) for one in readings)
    reason = f"{opening}: true only at {told}; {month}"
    real = solved[0].real
    return judged(name, claim, Verdict.HOLDS_IF, reason, real, readings, rate.lines)


def _rate(basis: SolveHours, evidence: Evidence) -> _Rate | None:
    """Return what one hour costs; of a plan that meters use, what its parameters use in one.

    Unrounded, because a cent's rounding of a month is hours of a cheap machine.
    """
    item = ClaimItem(offering=basis.offering, parameters=basis.parameters)
    running = item_lines(item, evidence, _HOUR, {"hours_month": HOURS_PER_MONTH})
    stopped = item_lines(item, evidence, _HOUR, {"hours_month": Decimal(0)})
    most, least = exact_usd(running), exact_usd(stopped)
    if most is None or least is None:
        return None
    if most == least and basis.parameters:
        return _Rate(most, Decimal(0), running)
    fixed = least * basis.count
    return _Rate((most - least) / HOURS_PER_MONTH, fixed, running)


def _readings(
    claim: Claim, basis: SolveHours, rate: _Rate, evidence: Evidence
) -> tuple[Reading, ...]:
    """Return the hours for the machine, beside what always runs, and beside each alternative."""
    first = describe(basis.also_always_on)
    cases: list[tuple[str, Iterable[ClaimItem]]] = [("alone" if first else "", ())]
    if first:
        cases.append((f"with {first}", basis.also_always_on))
    cases += list(claim.alternatives.items())
    return tuple(_reading(label, items, claim, basis, rate, evidence) for label, items in cases)


def _reading(
    label: str,
    items: Iterable[ClaimItem],
    claim: Claim,
    basis: SolveHours,
    rate: _Rate,
    evidence: Evidence,
) -> Reading:
    assert claim.states is not None
    beside = cost_of_items(items, evidence).figure
    most = HOURS_PER_MONTH * basis.count
    ends = [end for end in (claim.states.low, claim.states.high) if end is not None]
    if beside.high is None:
        return Reading(label, None, None)
    hours = [(end - rate.fixed_usd - beside.high) / rate.hour_usd for end in ends]
    possible = [min(one, most) for one in hours if one > 0]
    if not possible or min(hours) > most:
        return Reading(label, None, False)
    return Reading(label, Figure(_whole(min(possible)), _whole(max(possible))), True)


def _whole(hours: Decimal) -> Decimal:
    return hours.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def _told(reading: Reading) -> str:
    label = f" {reading.label}" if reading.label else ""
    if reading.real is None:
        return f"no hours at all{label}" if reading.fits is False else f"unknown hours{label}"
    return f"{reading.real.text('h')} h a month{label}"


def _count(basis: SolveHours) -> str:
    return "" if basis.count == 1 else f"{format_number(Decimal(basis.count))} x "
