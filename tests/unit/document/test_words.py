"""Figures as a reader wants them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import Total
from outgrow.render.document.svg_axes import Scale, linear_ticks, log_ticks, short_number
from outgrow.render.document.words import (
    cost_range_of,
    duration,
    number,
    rough,
    short_total,
    span,
    spread,
    total_words,
    words,
)
from outgrow.strategy.fields import Range, Spread


def total(amount: str, at_least: bool = False) -> Total:
    return Total(Decimal(amount), at_least)


def test_a_total_is_a_figure_at_least_a_figure_or_unknown() -> None:
    assert total_words(total("12.5")) == "$12.50"
    assert total_words(total("12.5", at_least=True)) == "≥ $12.50"
    assert total_words(total("0", at_least=True)) == "unknown"
    assert total_words(total("0")) == "$0.00"


def test_cents_end_at_a_hundred_dollars_in_an_overview() -> None:
    assert [short_total(total(a)) for a in ("0", "6.33", "25", "99.99", "123.45")] == [
        "$0",
        "$6.33",
        "$25",
        "$99.99",
        "$123",
    ]


def test_a_range_of_one_figure_is_that_figure() -> None:
    assert cost_range_of(total("20"), total("20")) == "$20"
    assert cost_range_of(total("20"), total("30", at_least=True)) == "≥ $20 – $30"
    assert cost_range_of(total("0", True), total("0", True)) == "unknown"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [("90", "90 s"), ("300", "5 min"), ("3600", "1 h"), ("86400", "1 day"), ("604800", "7 days")],
)
def test_durations_take_the_largest_whole_unit(seconds: str, said: str) -> None:
    assert duration(Decimal(seconds)) == said


def test_small_figures_keep_their_digits() -> None:
    assert number(Decimal("0.000045")) == "0.000045"
    assert rough(Decimal("0.0009")) == "0.0009"
    assert rough(Decimal("160902.857")) == "160,903"
    assert number(None) == "unknown"


def test_an_estimate_shows_its_ends_and_a_sure_figure_none() -> None:
    estimate = Spread(low=Decimal(3), likely=Decimal("4.04"), high=Decimal(5))
    assert spread(estimate, "GB") == "4.04 GB (3–5)"
    sure = Spread(low=Decimal(3), likely=Decimal(3), high=Decimal(3))
    assert spread(sure) == "3"
    assert spread(None) == "unknown"


def test_an_open_range_says_that_it_goes_on() -> None:
    assert span(Range(low=Decimal(1000), high=None), "users") == "1,000 users and more"
    assert span(Range(low=Decimal(0), high=Decimal(50)), "users") == "0–50 users"


def test_names_of_the_file_are_read_as_words() -> None:
    assert words("blue_green") == "blue green"
    assert words("api_requests_month") == "api requests a month"


def test_ticks_are_round_and_few() -> None:
    assert linear_ticks(0, 470, 5) == [0, 100, 200, 300, 400]
    assert log_ticks(40, 3000) == [50, 100, 200, 500, 1000, 2000]
    assert log_ticks(1, 1e6) == [1, 10, 100, 1e3, 1e4, 1e5, 1e6]
    assert [short_number(n) for n in (50, 1000, 2500, 3e6)] == ["50", "1k", "2.5k", "3M"]


def test_a_scale_maps_its_ends_to_its_ends() -> None:
    for log in (False, True):
        scale = Scale(10, 1000, 0, 200, log)
        assert scale.at(10) == 0
        assert scale.at(1000) == pytest.approx(200)
    assert Scale(10, 1000, 0, 200, log=True).at(100) == pytest.approx(100)
    assert Scale(5, 5, 7, 9, log=False).at(5) == 7
