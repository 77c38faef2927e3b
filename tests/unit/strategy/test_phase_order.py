"""What begins with a phase is there in the phases beyond it."""

from __future__ import annotations

import pytest

from outgrow.strategy.load import parse_strategy
from outgrow.strategy.phase_order import is_reached
from outgrow.strategy.strategy import Strategy

USE = "use: {api: {price: {per_month: 1}}}"


def strategy(**ways: str) -> Strategy:
    """Return a strategy with these phases, each with its `next`."""
    phases = "".join(
        f"  {name}: {{{USE}{f', next: {way}' if way else ''}}}\n" for name, way in ways.items()
    )
    text = f"outgrow: 1\nname: x\ncomponents: {{api: {{kind: service}}}}\nphases:\n{phases}"
    return parse_strategy(text).strategy


@pytest.mark.parametrize(
    ("phase", "since", "expected"),
    [("a", None, True), ("b", "b", True), ("c", "b", True), ("a", "b", False)],
)
def test_phases_in_a_row(phase: str, since: str | None, expected: bool) -> None:
    assert is_reached(strategy(a="", b="", c=""), phase, since) is expected


def test_ways_count_before_the_order_in_which_phases_are_written() -> None:
    found = strategy(large="", small="{large: {}}")
    assert is_reached(found, "large", "small")
    assert not is_reached(found, "small", "large")


def test_a_way_down_does_not_carry_on_what_began_above() -> None:
    found = strategy(small="{large: {}}", large="{small: {direction: down}}")
    assert not is_reached(found, "small", "large")


def test_phases_that_no_way_joins_go_by_their_order() -> None:
    found = strategy(first="{second: {}}", second="", apart="")
    assert is_reached(found, "apart", "second")
    assert not is_reached(found, "first", "apart")
