"""Rounding moves an amount by half a cent at most, and the same way for a credit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from outgrow.units import to_cents

amounts_usd = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=6)


@given(amounts_usd)
def test_a_rounded_amount_is_within_half_a_cent(amount_usd: Decimal) -> None:
    assert abs(to_cents(amount_usd) - amount_usd) <= Decimal("0.005")


@given(amounts_usd)
def test_rounding_twice_changes_nothing(amount_usd: Decimal) -> None:
    assert to_cents(to_cents(amount_usd)) == to_cents(amount_usd)


@given(amounts_usd)
def test_a_credit_rounds_like_the_charge_it_cancels(amount_usd: Decimal) -> None:
    assert to_cents(amount_usd) + to_cents(-amount_usd) == 0
