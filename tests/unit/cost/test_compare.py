"""Where the cheaper of two phases changes along a demand variable."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.written import bill

from outgrow.analysis.costs.compare import BreakEven, changes_between, find_break_even
from outgrow.analysis.pricing.cost_line import Total

NAMES = ("small", "large")


def found(
    difference: Callable[[Decimal], Decimal], low: int | str = 0, high: int | str = 1000
) -> BreakEven | None:
    return find_break_even("users", Decimal(low), Decimal(high), NAMES, difference)


def test_a_crossing_is_found_to_the_unit() -> None:
    crossing = found(lambda users: Decimal(500) - users)
    assert crossing == BreakEven("users", Decimal(501), "small", "large")


def test_the_value_is_the_first_whole_unit_past_the_crossing() -> None:
    crossing = found(lambda users: Decimal("500.4") - users)
    assert crossing is not None
    assert crossing.value == 501


def test_a_crossing_the_other_way_names_the_sides_the_other_way() -> None:
    crossing = found(lambda users: users - Decimal("99.5"))
    assert crossing == BreakEven("users", Decimal(100), "large", "small")


def test_a_jump_counts_as_a_crossing() -> None:
    crossing = found(lambda users: Decimal(10 if users < 250 else -10))
    assert crossing is not None
    assert crossing.value == 250


def test_equal_costs_up_to_a_point_are_no_crossing_by_themselves() -> None:
    only = found(lambda users: max(users - 500, Decimal(0)))
    assert only == BreakEven("users", None, "small", "small")


def test_one_side_always_cheaper_has_no_crossing() -> None:
    assert found(lambda users: Decimal(-1)) == BreakEven("users", None, "large", "large")


def test_the_same_costs_everywhere_have_no_cheaper_side() -> None:
    assert found(lambda users: Decimal(0)) is None


def test_a_share_is_found_finer_than_a_whole_unit() -> None:
    crossing = found(lambda share: Decimal("0.31") - share, 0, 1)
    assert crossing is not None
    assert crossing.value is not None
    assert Decimal("0.31") <= crossing.value <= Decimal("0.312")


def test_a_range_of_one_point_has_no_crossing() -> None:
    assert found(lambda users: Decimal(3), 5, 5) == BreakEven("users", None, "small", "small")


def test_changes_list_the_components_of_either_side() -> None:
    text = """
    components: {api: {kind: service}, db: {kind: postgres}, cache: {kind: redis}}
    phases:
      one: {use: {api: {price: {per_month: 5}}, db: {offering: supabase/free}}}
      two: {use: {api: {price: {per_month: 5}}, cache: {offering: upstash/redis/free}}}
    """
    changes = changes_between(bill(text), bill(text, phase="two"))
    assert [(one.component, one.changed) for one in changes] == [
        ("api", False),
        ("db", True),
        ("cache", True),
    ]
    api, db, cache = changes
    assert (api.before, api.offering_before) == (Total(Decimal("5.00"), False), "own price")
    assert (db.after, db.offering_after) == (None, "")
    assert (cache.before, cache.offering_after) == (None, "upstash/redis/free")
