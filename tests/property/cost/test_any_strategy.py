"""Any strategy that is accepted can be resolved and priced, in every phase and environment."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from tests.property.cost.drawn import slow, strategies, what_ifs
from tests.written import catalogue, packaged

from outgrow.analysis.costs.compare import changes_between
from outgrow.analysis.costs.economics import economics_of
from outgrow.analysis.costs.phase_costs import CostReport, PhaseCosts, phase_costs
from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.pricing.cost_line import LineKind, Total
from outgrow.catalog.load import Catalog
from outgrow.operations.cost import compare_phases
from outgrow.operations.opened import Opened
from outgrow.strategy.dump import dump_strategy
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Level
from outgrow.topology.what_if import WhatIf

_LESS = ("Usage the fee already pays for", "Above the most the plan can cost")


def all_costs(
    strategy: Strategy, catalog: Catalog, what_if: WhatIf | None = None
) -> Iterator[PhaseCosts]:
    for phase in strategy.phases:
        for environment in (None, *strategy.environments):
            yield phase_costs(strategy, catalog, phase, environment, what_if)


def assert_sound(total: Total) -> None:
    assert total.amount_usd_month.is_finite()
    assert total.amount_usd_month >= 0


def assert_report_is_sound(report: CostReport) -> None:
    assert_sound(report.total)
    for cost in report.resources:
        assert_sound(cost.total)
    for line in report.lines:
        charged = line.kind is LineKind.CHARGE and line.name not in _LESS
        assert line.amount_usd_month is None or line.amount_usd_month >= 0 or not charged
        known = line.quantity is not None and line.unit_price_usd is not None
        assert (line.amount_usd_month is None) <= (not known)


@slow
@given(strategies(), st.data())
def test_every_phase_and_environment_is_priced_at_every_level(
    strategy: Strategy, data: st.DataObject
) -> None:
    known = catalogue(strategy)
    for what_if in (None, data.draw(what_ifs(strategy))):
        for costs in all_costs(strategy, known, what_if):
            for level in Level:
                assert_report_is_sound(costs.at(level))
                economics_of(costs.at(level), strategy.finance)


@slow
@given(strategies(), st.data())
def test_gaps_are_found_and_never_negative(strategy: Strategy, data: st.DataObject) -> None:
    known = catalogue(strategy)
    what_if = data.draw(what_ifs(strategy))
    for costs in all_costs(strategy, known, what_if):
        for gap in find_gaps(strategy, costs.expected.topology, known):
            assert_sound(gap.total)
            assert gap.reason
            assert gap.remedy


@slow
@given(strategies(), st.data())
def test_phases_are_compared(strategy: Strategy, data: st.DataObject) -> None:
    loaded = parse_strategy(dump_strategy(strategy))
    opened = Opened("outgrow.yaml", loaded, catalogue(strategy), packaged())
    names = st.sampled_from(list(strategy.phases))
    before, after = data.draw(names), data.draw(names)
    found = compare_phases(opened, before, after, None)
    first, second = found.before.expected, found.after.expected
    assert {one.component for one in changes_between(first, second)} == {
        cost.resource.component for report in (first, second) for cost in report.resources
    }
    amounts = first.total.amount_usd_month + found.difference_usd_month
    assert amounts == second.total.amount_usd_month or amounts > 10**24
    assert before != after or (found.break_even is None and not found.difference_usd_month)
