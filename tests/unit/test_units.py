"""Money is rounded as on an invoice, and an unknown amount never looks like a number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.units import (
    DAYS_PER_MONTH,
    HOURS_PER_MONTH,
    MONTHS_PER_YEAR,
    WEEKS_PER_MONTH,
    format_number,
    format_usd,
    round_to,
    to_cents,
)


def test_twelve_months_are_the_hours_of_a_year() -> None:
    assert HOURS_PER_MONTH * MONTHS_PER_YEAR == 365 * 24


def test_days_and_weeks_of_a_month_cover_the_same_hours() -> None:
    assert DAYS_PER_MONTH * 24 == pytest.approx(HOURS_PER_MONTH)
    assert WEEKS_PER_MONTH * 168 == pytest.approx(HOURS_PER_MONTH)


@pytest.mark.parametrize(
    ("amount_usd", "cents"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("30.365", "30.37"), ("-0.005", "-0.01")],
)
def test_half_a_cent_is_rounded_away_from_zero(amount_usd: str, cents: str) -> None:
    assert str(to_cents(Decimal(amount_usd))) == cents


def test_an_amount_has_a_dollar_sign_thousands_and_two_places() -> None:
    assert format_usd(Decimal("1234.5")) == "$1,234.50"


def test_a_credit_has_its_sign_before_the_dollar() -> None:
    assert format_usd(Decimal("-12.3")) == "-$12.30"


def test_an_unknown_amount_is_called_unknown_and_zero_is_zero() -> None:
    assert format_usd(None) == "unknown"
    assert format_usd(Decimal(0)) == "$0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [("100", "100"), ("1500000", "1,500,000"), ("0.0416", "0.0416"), ("730.50", "730.5")],
)
def test_a_number_keeps_its_zeros_before_the_point_only(value: str, text: str) -> None:
    assert format_number(Decimal(value)) == text


def test_figures_of_any_size_are_rounded() -> None:
    largest = Decimal("9.9e59")
    assert to_cents(largest) == round_to(largest, 3) == largest
    assert str(round_to(Decimal("0.0625"), 3)) == "0.062"
    assert format_usd(Decimal("1e30")).endswith(",000.00")
