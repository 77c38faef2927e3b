"""Judges a stated cost against the real cost of the things it names, or of a phase."""

from __future__ import annotations

from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import VERDICTS, Fit, fit
from outgrow.analysis.claims.item_cost import (
    Cost,
    cost_of_items,
    describe,
    figure_of,
)
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
    stated_text,
)
from outgrow.analysis.costs.phase_costs import cost_of
from outgrow.analysis.pricing.cost_line import total_of
from outgrow.strategy.claims import Claim, PhaseCost
from outgrow.strategy.fields import Range
from outgrow.topology.model import Level
from outgrow.topology.prices import catalogue_for, usd_rate
from outgrow.topology.resolve import resolve
from outgrow.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

_LEVELS = {"minimum": Level.LOW, "expected": Level.EXPECTED, "maximum": Level.HIGH}
_PER_MONTH = {
    "month": Decimal(1),
    "year": MONTHS_PER_YEAR,
    "hour": 1 / HOURS_PER_MONTH,
}


def judge_cost(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict on a claim with `items` or `phase`.

    The basis decides. What the statement `omits`, and its `alternatives`, can turn "holds"
    into "holds only if"; an alternative that costs what is stated does not make a false
    statement true.
    """
    assert claim.states is not None
    factor = _factor(claim, evidence)
    bare = _cost(claim, evidence)
    figure = bare.figure.scaled(factor)
    alone = fit(claim.states, figure, claim.tolerance)
    added = _with_each_omitted(claim, bare, evidence, factor)
    verdict, why = _alone(claim, figure, alone)
    if added:
        verdict, why = _with_omitted(claim, figure, alone, added)
    others = _alternatives(claim, evidence, factor)
    verdict, why = _with_alternatives(claim, verdict, why, others)
    reason = f"stated {stated_text(claim)}; {figure.text(claim.unit)} for {_basis(claim)}{why}"
    lines = (bare + cost_of_items(claim.omits, evidence)).lines
    return judged(name, claim, verdict, reason, figure, (*added, *others), lines)


def _with_each_omitted(
    claim: Claim, bare: Cost, evidence: Evidence, factor: Decimal
) -> tuple[Reading, ...]:
    """Return the figure with the first thing left out, with the first two, and so on."""
    assert claim.states is not None
    readings = []
    full = bare
    for count, item in enumerate(claim.omits, start=1):
        full += cost_of_items([item], evidence)
        figure = full.figure.scaled(factor)
        label = f"with {describe(claim.omits[:count])}"
        readings.append(Reading(label, figure, fit(claim.states, figure, claim.tolerance).holds))
    return tuple(readings)


def _alone(claim: Claim, figure: Figure, found: Fit) -> tuple[Verdict, str]:
    """Return the verdict on a basis that leaves nothing out, and what to add to the sentence."""
    return VERDICTS[found], _difference(claim.states, figure, found)


def _difference(stated: Range | None, real: Figure, found: Fit) -> str:
    if stated is None:
        return ""
    if found is Fit.PARTLY:
        return ", so it is true only for a part of that"
    if found is Fit.UNKNOWN:
        return ", and a part of it has no known price"
    if found in (Fit.ABOVE, Fit.NEAR) and stated.high and real.low > stated.high:
        return f", {_percent(real.low, stated.high)} more than stated"
    if found in (Fit.BELOW, Fit.NEAR) and stated.low and real.high is not None:
        return f", {_percent(real.high, stated.low)} less than stated"
    return ""


def _percent(real: Decimal, stated: Decimal) -> str:
    share = abs(real - stated) / stated * 100
    return f"{share.quantize(Decimal('0.1')) if share < 10 else share.quantize(Decimal(1))} %"


def _with_omitted(
    claim: Claim, bare: Figure, alone: Fit, added: tuple[Reading, ...]
) -> tuple[Verdict, str]:
    assert claim.states is not None
    last = added[-1]
    assert last.real is not None
    complete = fit(claim.states, last.real, claim.tolerance)
    amount = f"{last.real.text(claim.unit)} {last.label}"
    if alone.holds:
        if complete is Fit.WITHIN and alone is Fit.WITHIN:
            return Verdict.HOLDS, f", and {amount}"
        return Verdict.HOLDS_IF, f" alone, but {_told(claim, added)}"
    spread = fit(claim.states, Figure(bare.low, last.real.high), claim.tolerance)
    above = alone is Fit.ABOVE or (alone is Fit.NEAR and bare.low > claim.states.low)
    if not above and spread.holds:
        return Verdict.HOLDS_IF, f"; true only with what it leaves out: {_told(claim, added)}"
    verdict, difference = _alone(claim, bare, alone)
    if above:  # what is left out only takes it further away
        verdict = verdict if complete in (Fit.NEAR, Fit.UNKNOWN) else Verdict.DOES_NOT_HOLD
        return verdict, f"{difference}; {amount}"
    if complete is Fit.UNKNOWN:
        return Verdict.UNKNOWN, f"; {amount}, a part of which has no known price"
    verdict = Verdict.NEAR if complete is Fit.NEAR else verdict
    return verdict, f", and {amount}{_difference(claim.states, last.real, complete)}"


def _told(claim: Claim, added: tuple[Reading, ...]) -> str:
    """Return the first figure that decides, and the last one."""
    decisive = next((one for one in added if one.fits is not added[0].fits), added[0])
    shown = dict.fromkeys((added[0], decisive, added[-1]))
    return "; ".join(f"{one.real.text(claim.unit)} {one.label}" for one in shown if one.real)


def _alternatives(claim: Claim, evidence: Evidence, factor: Decimal) -> tuple[Reading, ...]:
    assert claim.states is not None
    readings = []
    for label, items in claim.alternatives.items():
        figure = cost_of_items(items, evidence).figure.scaled(factor)
        found = fit(claim.states, figure, claim.tolerance)
        readings.append(Reading(label, figure, found.holds))
    return tuple(readings)


def _with_alternatives(
    claim: Claim, verdict: Verdict, why: str, others: tuple[Reading, ...]
) -> tuple[Verdict, str]:
    if not others:
        return verdict, why
    told = "; ".join(
        f"{one.label}: {one.real.text(claim.unit)}" for one in others if one.real is not None
    )
    if verdict is Verdict.HOLDS and any(one.fits is False for one in others):
        return Verdict.HOLDS_IF, f"{why}, but read another way it is not: {told}"
    return verdict, f"{why}; {told}"


def _factor(claim: Claim, evidence: Evidence) -> Decimal:
    """Return what turns USD a month into the claim's unit and share."""
    currency, _, per = claim.unit.partition("/")
    rate = usd_rate(currency, evidence.strategy.finance) or Decimal(1)
    return _PER_MONTH.get(per, Decimal(1)) / rate / (claim.per_count or 1)


def _cost(claim: Claim, evidence: Evidence) -> Cost:
    return (
        _phase_cost(claim.phase, evidence) if claim.phase else cost_of_items(claim.items, evidence)
    )


def _phase_cost(basis: PhaseCost, evidence: Evidence) -> Cost:
    strategy = evidence.strategy
    catalog = catalogue_for(strategy, evidence.catalog)
    topology = resolve(strategy, catalog, basis.phase, basis.environment)
    report = cost_of(topology, catalog, strategy.finance, _LEVELS[basis.instances])
    if not basis.components:
        return Cost(figure_of(report.total), report.lines)
    lines = tuple(
        line
        for one in report.resources
        if one.resource.component in basis.components
        for line in one.lines
    )
    return Cost(figure_of(total_of(lines)), lines)


def _basis(claim: Claim) -> str:
    if claim.phase is None:
        return describe(claim.items) + (f" / {claim.per_count}" if claim.per_count else "")
    where = f" in {claim.phase.environment}" if claim.phase.environment else ""
    of = f" ({', '.join(claim.phase.components)})" if claim.phase.components else ""
    return f"phase {claim.phase.phase}{where}{of} at its {claim.phase.instances} size"
