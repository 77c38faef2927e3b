"""Judges a document against itself: sums, repetitions, and shares of revenue."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import VERDICTS, Fit, fit
from outgrow.analysis.claims.item_cost import cost_of_items, describe
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
    stated_text,
)
from outgrow.strategy.claims import Claim
from outgrow.strategy.fields import Range

_HUNDRED = Decimal(100)


def judge_sum(
    name: str, claim: Claim, evidence: Evidence, others: Mapping[str, Judgement]
) -> Judgement:
    """Return whether the stated parts add up to the stated total.

    `others` are the judgements so far; the sum of the real parts is shown beside, where
    every part has one.
    """
    assert claim.states is not None
    total = _stated_sum(claim, evidence)
    if total is None:
        why = f"one of {', '.join((*claim.sum_of, *claim.less))} states no figure"
        return judged(name, claim, Verdict.UNKNOWN, why)
    verdict = VERDICTS[fit(claim.states, total, claim.tolerance)]
    real = _real_sum(claim, others)
    readings = (Reading("the real parts", real, None),) if real is not None else ()
    beside = f"; at real prices they sum to {real.text(claim.unit)}" if real is not None else ""
    if claim.omits and real is not None:
        cost = cost_of_items(claim.omits, evidence)
        full, words = real + cost.figure, describe(claim.omits)
        complete = fit(claim.states, full, claim.tolerance)
        readings = (*readings, Reading(f"with {words}", full, complete.holds))
        beside += f", and to {full.text(claim.unit)} with {words}"
        if verdict is Verdict.HOLDS and not complete.holds:
            verdict, beside = Verdict.HOLDS_IF, f"{beside}, which it leaves out"
    told = f"its stated parts sum to {total.text(claim.unit)}{beside}"
    reason = f"stated {stated_text(claim)}; {told}"
    return judged(name, claim, verdict, reason, total, readings)


def _stated_sum(claim: Claim, evidence: Evidence) -> Figure | None:
    claims = evidence.strategy.claims
    low, high = Decimal(0), Decimal(0)
    for sign, names in ((1, claim.sum_of), (-1, claim.less)):
        for part in names:
            stated = claims[part].states if part in claims else None
            if stated is None:
                return None
            ends = stated.low, stated.low if stated.high is None else stated.high
            low += sign * ends[0 if sign > 0 else 1]
            high += sign * ends[1 if sign > 0 else 0]
    return Figure(low, high)


def _real_sum(claim: Claim, others: Mapping[str, Judgement]) -> Figure | None:
    total = Figure(Decimal(0), Decimal(0))
    for part in claim.sum_of:
        real = others[part].real if part in others else None
        if real is None:
            return None
        total += real
    return None if claim.less else total


def judge_repetition(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return whether two places of the document state the same figure."""
    assert claim.repeats is not None
    assert claim.states is not None
    other = evidence.strategy.claims.get(claim.repeats)
    if other is None or other.states is None:
        return judged(name, claim, Verdict.UNKNOWN, f"{claim.repeats} states no figure")
    real = Figure(other.states.low, other.states.high)
    found = Fit.WITHIN if _overlap(claim.states, other.states) else Fit.ABOVE
    if found is not Fit.WITHIN and real.high is not None:
        found = fit(claim.states, real, claim.tolerance)
        found = Fit.WITHIN if found is Fit.PARTLY else found
    reason = f"stated {stated_text(claim)} here and {other.states} in {claim.repeats}"
    return judged(name, claim, VERDICTS[found], reason, real)


def _overlap(one: Range, other: Range) -> bool:
    below = one.high is not None and one.high < other.low
    above = other.high is not None and other.high < one.low
    return not below and not above


def judge_revenue_share(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return whether a stated cost is the stated share of revenue, in percent."""
    basis = claim.revenue_share
    assert basis is not None
    assert claim.states is not None
    cost_claim = evidence.strategy.claims.get(basis.cost)
    cost = cost_claim.states if cost_claim is not None else None
    revenue = basis.revenue_usd_month
    if cost is None or not revenue.low:
        why = f"{basis.cost} states no cost, or the revenue may be nothing"
        return judged(name, claim, Verdict.UNKNOWN, why)
    most = cost.low if cost.high is None else cost.high
    low = Decimal(0) if revenue.high is None else cost.low / revenue.high * _HUNDRED
    real = Figure(low, most / revenue.low * _HUNDRED)
    found = fit(claim.states, real, claim.tolerance)
    reason = (
        f"stated {claim.states} %; {cost} USD of {revenue} USD revenue a month is "
        f"{real.text('%')} %"
    )
    return judged(name, claim, VERDICTS[found], reason, real)
