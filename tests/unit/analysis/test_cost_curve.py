"""The curve answers at each point what a what-if would."""

from __future__ import annotations

from decimal import Decimal

from outgrow.analysis.costs.cost_curve import cost_curve
from outgrow.analysis.costs.phase_costs import phase_costs
from outgrow.catalog.load import load_catalog
from outgrow.strategy.load import parse_strategy
from outgrow.topology.what_if import WhatIf

STRATEGY = parse_strategy(
    """
outgrow: 1
name: curve
demand:
  users: {unit: users}
  files_gb: {per: {users: {low: 1, likely: 2, high: 4}}}
components:
  files: {kind: object_store}
phases:
  small: {serves: {users: 0-100}, use: {files: {offering: aws/s3, usage: {storage_gb: files_gb}}}}
  wide: {serves: {users: 100-10k}, use: {files: {offering: aws/s3, usage: {storage_gb: files_gb}}}}
  open:
    serves: {users: 10k+}
    expects: {users: 30000}
    use: {files: {offering: aws/s3, usage: {storage_gb: files_gb}}}
  aside: {expects: {users: 500}, use: {files: {price: {unknown: true}}}}
  silent: {use: {files: {offering: aws/s3}}}
"""
).strategy
CURVES = {one.phase: one for one in cost_curve(STRATEGY, load_catalog())}


def test_each_point_is_the_answer_to_its_what_if() -> None:
    for point in CURVES["wide"].points:
        asked = WhatIf(demand={"users": point.value})
        costs = phase_costs(STRATEGY, load_catalog(), "wide", what_if=asked)
        assert (point.low, point.expected, point.high) == (
            costs.low.total,
            costs.expected.total,
            costs.high.total,
        )


def test_a_phase_is_priced_from_one_end_of_its_range_to_the_other() -> None:
    values = [point.value for point in CURVES["wide"].points]
    assert values[0] == 100
    assert values[-1] == 10_000
    assert values == sorted(values)
    assert len(values) == 13
    assert not CURVES["wide"].open_end


def test_a_range_from_zero_begins_at_a_twentieth_of_its_end() -> None:
    assert CURVES["small"].points[0].value == 5


def test_an_open_range_ends_at_twice_what_is_expected() -> None:
    assert CURVES["open"].points[-1].value == Decimal(60_000)
    assert CURVES["open"].open_end


def test_a_phase_without_a_range_is_one_point_and_an_unknown_price_is_at_least() -> None:
    assert [point.value for point in CURVES["aside"].points] == [Decimal(500)]
    assert CURVES["aside"].at_least
    assert not CURVES["wide"].at_least


def test_a_phase_that_says_nothing_of_the_variable_has_no_curve() -> None:
    assert list(CURVES) == ["small", "wide", "open", "aside"]
