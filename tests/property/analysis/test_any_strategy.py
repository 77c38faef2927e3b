"""Whatever a strategy says and whatever was measured, status, decide and matrix answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import strategies

from outgrow.analysis.decision.decide import decide_on
from outgrow.analysis.decision.decision_tree import Tree, decision_tree
from outgrow.analysis.decision.matrix import matrix
from outgrow.analysis.status.assess import assess
from outgrow.analysis.status.assessment import Verdict
from outgrow.analysis.usage.usage import Series, Usage
from outgrow.catalog.load import load_catalog
from outgrow.strategy.strategy import Strategy
from outgrow.topology.prices import catalogue_for

NOW = datetime(2026, 3, 31, tzinfo=UTC)
CATALOG = load_catalog()
numbers = st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False)


@st.composite
def strategies_and_usage(draw: st.DrawFn) -> tuple[Strategy, Usage]:
    given_strategy = draw(strategies())
    named = [*given_strategy.demand, *(f"{name}.cpu" for name in given_strategy.components)]
    metrics = draw(st.lists(st.sampled_from(named), max_size=4, unique=True))
    usage = {}
    for metric in metrics:
        values = draw(st.lists(numbers, min_size=1, max_size=12))
        points = ((NOW - timedelta(weeks=i), value) for i, value in enumerate(values))
        usage[metric] = Series(metric, tuple(sorted(points)), "usage.csv")
    return given_strategy, Usage(usage)


@settings(max_examples=40)
@given(strategies_and_usage())
def test_status_answers_with_a_reason(drawn: tuple[Strategy, Usage]) -> None:
    strategy, usage = drawn
    found = assess(strategy, catalogue_for(strategy, CATALOG), usage, NOW)
    assert found.because
    assert (found.verdict is Verdict.MOVE) == (found.exit_code == 1)
    assert all(one.reason for one in (*found.findings, *found.headroom, *found.alerts))
    assert all(one.share is None or one.share >= Decimal(0) for one in found.headroom)


@settings(max_examples=40)
@given(strategies_and_usage())
def test_decide_and_matrix_answer(drawn: tuple[Strategy, Usage]) -> None:
    strategy, usage = drawn
    catalog = catalogue_for(strategy, CATALOG)
    path = decide_on(strategy, catalog, usage, NOW)
    assert path.stops[0].phase == strategy.first_phase
    assert all(branch.reason for stop in path.stops for branch in stop.branches)
    assert [one.phase for one in matrix(strategy, catalog).options] == list(strategy.phases)


@settings(max_examples=40)
@given(strategies())
def test_the_tree_draws_every_phase_exactly_once(strategy: Strategy) -> None:
    drawn = [name for tree in decision_tree(strategy) for name in phases_of(tree)]
    assert sorted(drawn) == sorted(strategy.phases)


def phases_of(tree: Tree) -> list[str]:
    return [tree.phase, *(name for fork in tree.forks if fork.to for name in phases_of(fork.to))]
