"""The value of each demand variable in a phase, and where it comes from."""

from __future__ import annotations

from decimal import Decimal

from tests.written import strategy

from outgrow.strategy.demand import Demand
from outgrow.strategy.fields import Spread, certain
from outgrow.topology.demand import demand_of

TEXT = """
demand:
  users: {}
  guests: {}
  requests: {base: 100, per: {users: {low: 1, likely: 2, high: 4}}}
  transfer_gb: {per: {requests: 0.5}}
  mystery: {per: {users: 1, guests: 1}}
  fixed: {base: 7}
components: {api: {kind: service}}
phases:
  one: {serves: {users: 0-100}, use: {api: {offering: vercel/pro}}}
  two: {serves: {users: 100+}, expects: {users: 250}, use: {api: {offering: vercel/pro}}}
  three: {serves: {users: 100+}, expects: {requests: 9}, use: {api: {offering: vercel/pro}}}
"""


def demand(phase: str = "one", **given: int) -> dict[str, Spread | None]:
    written = strategy(TEXT)
    values = {name: Decimal(value) for name, value in given.items()}
    return demand_of(written, written.phases[phase], values)


def spread(low: int, likely: int, high: int) -> Spread:
    return Spread(low=Decimal(low), likely=Decimal(likely), high=Decimal(high))


def test_without_more_the_middle_of_the_range_is_likely() -> None:
    assert demand()["users"] == spread(0, 50, 100)


def test_an_open_range_counts_as_its_beginning() -> None:
    assert demand("three")["users"] == spread(100, 100, 100)


def test_what_a_phase_expects_wins_over_the_range_it_serves() -> None:
    assert demand("two")["users"] == spread(250, 250, 250)


def test_what_is_given_wins_over_what_is_expected() -> None:
    assert demand("two", users=4)["users"] == spread(4, 4, 4)


def test_a_derived_variable_follows_its_drivers_end_by_end() -> None:
    assert demand()["requests"] == spread(100, 200, 500)
    assert demand()["transfer_gb"] == spread(50, 100, 250)


def test_a_stated_value_of_a_derived_variable_wins_and_is_followed() -> None:
    assert demand("three")["requests"] == spread(9, 9, 9)
    assert demand("three")["transfer_gb"] == Spread(
        low=Decimal("4.5"), likely=Decimal("4.5"), high=Decimal("4.5")
    )


def test_an_unknown_driver_leaves_the_variable_unknown() -> None:
    assert demand()["guests"] is None
    assert demand()["mystery"] is None


def test_a_base_alone_is_a_value_and_no_base_is_none() -> None:
    assert demand()["fixed"] == spread(7, 7, 7)
    assert demand()["guests"] is None


def test_a_given_variable_that_the_file_does_not_declare_is_there() -> None:
    assert demand(visitors=3)["visitors"] == spread(3, 3, 3)


def test_a_circle_of_variables_is_unknown_and_does_not_hang() -> None:
    written = strategy(TEXT)
    one = Demand.model_validate({"per": {"b": 1}})
    other = Demand.model_validate({"per": {"a": 1}})
    circle = written.model_copy(update={"demand": {"a": one, "b": other}})
    found = demand_of(circle, circle.phases["one"])
    assert (found["a"], found["b"]) == (None, None)
    given = demand_of(circle, circle.phases["one"], {"a": Decimal(2)})
    assert given["b"] == certain(Decimal(2))
