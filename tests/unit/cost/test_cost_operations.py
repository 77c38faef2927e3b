"""`outgrow cost` and `outgrow compare` below the command line: bills, flags, break-even."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pytest
from tests.written import packaged

from outgrow.errors import InputError
from outgrow.operations.cost import bill_phase, bill_phases, compare_phases
from outgrow.operations.demand_flags import demand_values, read_values, read_what_if
from outgrow.operations.opened import Opened
from outgrow.strategy.load import parse_strategy
from outgrow.topology.what_if import WhatIf, hours_of

TEXT = """
outgrow: 1
name: small
demand: {users: {}, calls: {per: {users: 10}}, latency: {}}
components: {api: {kind: service}, db: {kind: postgres}}
phases:
  metered:
    serves: {users: 0-1k}
    use: {api: {price: {per_use: {calls: {unit_price: 0.01}}}, usage: {calls: calls}}}
  flat:
    serves: {users: 1k+}
    use: {api: {price: {per_month: 60}}}
  vague:
    serves: {users: 1k+}
    use: {api: {price: {per_month: 60}}, db: {price: {unknown: true}}}
  aside:
    use: {api: {price: {per_month: 70}}}
  apart:
    serves: {latency: 0-10}
    use: {api: {price: {per_month: 70}}}
current: flat
environments:
  production: {}
  test: {phase: metered, use: {api: {usage: {calls: 5}}}}
"""


def opened(text: str = TEXT) -> Opened:
    return Opened("outgrow.yaml", parse_strategy(dedent(text)), packaged(), packaged())


def test_the_break_even_lies_where_the_dearer_becomes_cheaper() -> None:
    found = compare_phases(opened(), "metered", "flat", None).break_even
    assert found is not None
    assert (found.demand, found.value) == ("users", 601)  # 600 users x 10 calls x $0.01 = $60
    assert (found.cheaper_below, found.cheaper_above) == ("metered", "flat")
    assert not found.of_what_is_known


def test_a_break_even_of_a_bill_with_unknown_parts_says_so() -> None:
    found = compare_phases(opened(), "metered", "vague", None).break_even
    assert found is not None
    assert found.of_what_is_known


def test_a_phase_that_serves_no_range_is_compared_along_that_of_the_other() -> None:
    found = compare_phases(opened(), "metered", "aside", None).break_even
    assert found is not None
    assert (found.demand, found.value) == ("users", 701)


def test_the_break_even_can_be_asked_along_any_variable_of_the_file() -> None:
    found = compare_phases(opened(), "metered", "apart", None, demand="users").break_even
    assert found is not None
    assert found.value == 701


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(InputError, match="no such demand variable"):
        compare_phases(opened(), "metered", "flat", None, demand="customers")


def test_the_difference_is_second_minus_first() -> None:
    terms = WhatIf(demand={"users": Decimal(100)})
    comparison = compare_phases(opened(), "metered", "flat", None, what_if=terms)
    assert comparison.difference_usd_month == 50


def test_a_what_if_stands_beside_the_bill_of_the_file() -> None:
    terms = WhatIf(demand={"users": Decimal(100)})
    bill = bill_phase(opened(), "metered", None, terms)
    assert bill.costs.expected.total.amount_usd_month == 10
    assert bill.without is not None
    assert bill.without.expected.total.amount_usd_month == 50


def test_no_question_leaves_nothing_to_stand_beside() -> None:
    assert bill_phase(opened(), "metered", None, WhatIf()).without is None


def test_phases_are_billed_in_the_order_asked_for() -> None:
    bills = bill_phases(opened(), ["flat", "metered"], None)
    assert [one.phase for one in bills] == ["flat", "metered"]
    assert bills[1].serves == "0-1000 users"


def test_an_environment_with_its_own_phase_is_billed_as_that() -> None:
    bill = bill_phase(opened(), "flat", "test")
    assert (bill.phase, bill.environment) == ("metered", "test")
    assert bill.costs.expected.total.amount_usd_month == Decimal("0.05")


def test_a_phase_left_out_is_the_current_one_and_a_misspelt_one_is_suggested() -> None:
    assert opened().phase(None) == "flat"
    with pytest.raises(InputError) as wrong:
        opened().phase("flatt")
    assert "flat" in wrong.value.remedy


def test_an_unknown_environment_is_refused() -> None:
    assert opened().environment("test") == "test"
    assert opened().environment(None) is None
    with pytest.raises(InputError, match="environment 'tests'"):
        opened().environment("tests")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("users=4000", 4000),
        ("users=4k", 4000),
        ("users=1.5M", 1_500_000),
        ("users=4_000", 4000),
        ("users= 4,000 ", 4000),
        ("users=0", 0),
    ],
)
def test_values_are_read(written: str, value: int) -> None:
    assert read_values([written]) == {"users": value}


@pytest.mark.parametrize(
    "written",
    [
        "users",
        "users=",
        "=4",
        "users=many",
        "users=-1",
        "users=nan",
        "users=inf",
        "users=1e16",
        "users=9e999999k",
    ],
)
def test_values_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(InputError, match="expected name=number"):
        read_values(["calls=1", written])


def test_a_misspelt_demand_variable_is_suggested() -> None:
    strategy = opened().strategy
    assert demand_values(["users=1"], strategy) == {"users": 1}
    with pytest.raises(InputError) as wrong:
        demand_values(["user=1"], strategy)
    assert "'users'" in wrong.value.remedy


def test_flags_become_a_what_if() -> None:
    found = read_what_if({"users": Decimal(1)}, "12x5", "3y", Decimal("0.7"))
    assert found == WhatIf(
        {"users": Decimal(1)}, hours_of(Decimal(12), Decimal(5)), 3, Decimal("0.7")
    )


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (("25x5", None, None), "--autostop"),
        (("12x8", None, None), "--autostop"),
        (("twelve", None, None), "--autostop"),
        ((None, "2y", None), "--reserve"),
        ((None, None, Decimal("1.1")), "--spot"),
        ((None, None, Decimal("-0.1")), "--spot"),
        ((None, None, Decimal("nan")), "--spot"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    flags: tuple[str | None, str | None, Decimal | None], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        read_what_if({}, *flags)
