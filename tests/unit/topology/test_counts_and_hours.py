"""How many run and for how long, from what an assignment says of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.strategy.assignments import Assignment
from outgrow.strategy.fields import Spread
from outgrow.strategy.offerings import Schedule
from outgrow.topology.model import InstanceCount, Level
from outgrow.topology.resolve import instance_count, running_hours
from outgrow.units import HOURS_PER_MONTH, WEEKS_PER_MONTH


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ({}, (1, 1, 1)),
        ({"count": 3}, (3, 3, 3)),
        ({"count": 0}, (0, 0, 0)),
        ({"instances": {"minimum": 2}}, (2, 2, 2)),
        ({"instances": {"minimum": 2, "maximum": 8}}, (2, 2, 8)),
        ({"instances": {"minimum": 2, "expected": 4, "maximum": 8}}, (2, 4, 8)),
        ({"instances": {"minimum": 2, "expected": 4}}, (2, 4, 4)),
        ({"count": 5, "instances": {"minimum": 2, "maximum": 4}}, (2, 4, 4)),
        ({"count": 1, "instances": {"minimum": 2, "maximum": 4}}, (2, 2, 4)),
    ],
)
def test_the_counts_at_each_level(written: dict[str, object], counts: tuple[int, int, int]) -> None:
    found = instance_count(Assignment.model_validate(written))
    assert tuple(found.at(level) for level in Level) == counts


@pytest.mark.parametrize(
    ("count", "counts"),
    [
        ({"demand": "users", "per": 500}, (1, 3, 5)),
        ({"demand": "users", "per": 500, "at_least": 2}, (2, 3, 5)),
        ({"demand": "users", "per": 500, "at_most": 4}, (1, 3, 4)),
        ({"demand": "users", "per": 1300}, (1, 1, 2)),
    ],
)
def test_a_count_that_follows_demand_rounds_up(
    count: dict[str, object], counts: tuple[int, int, int]
) -> None:
    users = Spread(low=Decimal(400), likely=Decimal(1300), high=Decimal(2500))
    found = instance_count(Assignment.model_validate({"count": count}), {"users": users})
    assert tuple(found.at(level) for level in Level) == counts


def test_a_peak_of_some_months_is_spread_over_the_year() -> None:
    peak = {"count": 6, "hours_month": 96, "months": [11, 12]}
    found = instance_count(Assignment.model_validate({"count": 2, "peak": peak}))
    assert (found.peak_extra, found.peak_hours_month) == (6, Decimal(16))


def test_a_peak_stands_beside_the_base() -> None:
    found = instance_count(
        Assignment.model_validate({"count": 2, "peak": {"count": 3, "hours_month": 40}})
    )
    assert found == InstanceCount(2, 2, 2, 3, Decimal(40))


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ({"hours_month": 264}, Decimal(264)),
        ({"hours_month": 744}, HOURS_PER_MONTH),
        ({"hours_day": 12, "days_week": 5}, 60 * WEEKS_PER_MONTH),
        ({"hours_day": 12}, 84 * WEEKS_PER_MONTH),
        ({"hours_day": 24, "days_week": 7}, HOURS_PER_MONTH),
        ({"hours_day": 0, "days_week": 5}, Decimal(0)),
    ],
)
def test_the_hours_of_a_schedule(written: dict[str, int], hours: Decimal) -> None:
    assert running_hours(Schedule.model_validate(written)) == hours


def test_without_a_schedule_it_always_runs() -> None:
    assert running_hours(None) == HOURS_PER_MONTH
