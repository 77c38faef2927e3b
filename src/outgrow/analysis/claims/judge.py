"""Every claim of a strategy, judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from outgrow.analysis.claims.arithmetic_claims import (
    judge_repetition,
    judge_revenue_share,
    judge_sum,
)
from outgrow.analysis.claims.capacity_claims import (
    judge_capacity,
    judge_resources,
    judge_scaled,
)
from outgrow.analysis.claims.cost_claims import judge_cost
from outgrow.analysis.claims.discount_claims import judge_discount
from outgrow.analysis.claims.evidence import Evidence, evidence_for
from outgrow.analysis.claims.hours_claims import judge_hours
from outgrow.analysis.claims.judgement import Judgement, Verdict, judged
from outgrow.analysis.claims.limit_claims import judge_limit, judge_size
from outgrow.analysis.claims.plan_claims import judge_exists, judge_maintained
from outgrow.catalog.load import Catalog
from outgrow.strategy.claims import Claim
from outgrow.strategy.strategy import Strategy

_JUDGES: Mapping[str, Callable[[str, Claim, Evidence], Judgement]] = MappingProxyType(
    {
        "items": judge_cost,
        "phase": judge_cost,
        "repeats": judge_repetition,
        "limit": judge_limit,
        "size": judge_size,
        "resources": judge_resources,
        "capacity": judge_capacity,
        "scaled": judge_scaled,
        "discount": judge_discount,
        "hours": judge_hours,
        "revenue_share": judge_revenue_share,
        "exists": judge_exists,
        "maintained": judge_maintained,
    }
)


def judge_claims(strategy: Strategy, catalog: Catalog) -> tuple[Judgement, ...]:
    """Return the judgement of every claim, in the order of the file.

    `catalog` is the packaged one or the user's; the strategy's own offerings are added here,
    where they do not contradict it without a source.
    """
    evidence = evidence_for(strategy, catalog)
    judgements = {
        name: _judge(name, claim, evidence)
        for name, claim in strategy.claims.items()
        if not claim.sum_of
    }
    for name in _sums_in_order(strategy):
        claim = strategy.claims[name]
        judgements[name] = judge_sum(name, claim, evidence, judgements)
    return tuple(judgements[name] for name in strategy.claims)


def _judge(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    basis = next(basis for basis in _JUDGES if getattr(claim, basis))
    try:
        return _JUDGES[basis](name, claim, evidence)
    except KeyError as missing:
        why = f"the strategy has no {missing.args[0]!r}"
        return judged(name, claim, Verdict.UNKNOWN, why)


def _sums_in_order(strategy: Strategy) -> list[str]:
    """Return the sums, each after the sums it is made of; a cycle ends where it began."""
    order: list[str] = []
    started: set[str] = set()

    def visit(name: str) -> None:
        claim = strategy.claims.get(name)
        if claim is None or not claim.sum_of or name in started:
            return
        started.add(name)
        for part in claim.sum_of:
            visit(part)
        order.append(name)

    for name in strategy.claims:
        visit(name)
    return order
