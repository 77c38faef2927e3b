"""Judges the share that a commitment is said to save."""

from __future__ import annotations

from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import VERDICTS, Fit, fit
from outgrow.analysis.claims.item_cost import exact_usd, item_lines
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
)
from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.strategy.claims import Claim, ClaimItem

_HUNDRED = Decimal(100)
_ONE = Decimal(1)


def judge_discount(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict over all offerings: what each saves, in percent of on demand.

    Holds when every known one fits, and "holds only for" when some do.
    """
    assert claim.discount is not None
    assert claim.states is not None
    readings: list[Reading] = []
    lines: list[CostLine] = []
    fits: list[Fit] = []
    for offering in claim.discount.offerings:
        saved, priced = _saved_percent(offering, claim.discount.years, evidence)
        lines += priced
        if saved is None:
            readings.append(Reading(offering, None, None))
            continue
        found = fit(claim.states, Figure(saved, saved), claim.tolerance)
        fits.append(found)
        readings.append(Reading(offering, Figure(saved, saved), found.holds))
    known = [one.real.low for one in readings if one.real is not None]
    real = Figure(min(known), max(known)) if known else None
    told = ", ".join(_told(one) for one in readings)
    verdict = _verdict(fits)
    suffix = " in part" if verdict is Verdict.HOLDS_IF else ""
    reason = f"stated {claim.states} %{suffix}; saved with no upfront: {told}"
    return judged(name, claim, verdict, reason, real, tuple(readings), lines)


def _verdict(fits: list[Fit]) -> Verdict:
    if not fits:
        return Verdict.UNKNOWN
    holding = [found for found in fits if found.holds]
    if len(holding) == len(fits):
        return Verdict.HOLDS
    if holding:
        return Verdict.HOLDS_IF
    return Verdict.NEAR if Fit.NEAR in fits else VERDICTS[fits[0]]


def _told(reading: Reading) -> str:
    if reading.real is None:
        return f"{reading.label} unknown"
    return f"{reading.label} {reading.real.low.quantize(Decimal('0.1'))} %"


def _saved_percent(
    offering: str, years: int, evidence: Evidence
) -> tuple[Decimal | None, tuple[CostLine, ...]]:
    item = ClaimItem(offering=offering)
    full = exact_usd(item_lines(item, evidence, _ONE))
    lines = item_lines(item, evidence, _ONE, {"reserved": f"{years}y"})
    reserved = exact_usd(lines)
    if full is None or reserved is None or not full:
        return None, lines
    return (_ONE - reserved / full) * _HUNDRED, lines
