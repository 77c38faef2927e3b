"""What a bill means: per user, and as a share of what users pay."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.written import bill, strategy

from outgrow.analysis.costs.economics import Economics, economics_of
from outgrow.topology.model import Level

TEXT = """
finance: {arpu_usd_month: 2-4, revenue_share_max: 0.5}
demand: {users: {}}
components: {api: {kind: service}}
phases:
  one:
    serves: {users: 100-300}
    use: {api: {price: {per_month: 100}}}
"""


def economics(text: str = TEXT, level: Level = Level.EXPECTED) -> Economics:
    return economics_of(bill(text, level), strategy(text).finance)


def test_cost_per_user_is_at_the_users_of_the_level() -> None:
    assert economics().cost_per_user_usd_month == Decimal("0.50")
    assert economics(level=Level.LOW).cost_per_user_usd_month == Decimal("1.00")


def test_revenue_is_users_times_what_each_pays() -> None:
    revenue = economics().revenue_usd_month
    assert revenue is not None
    assert (revenue.low, revenue.likely, revenue.high) == (200, 600, 1200)


def test_the_share_of_revenue_runs_from_the_highest_revenue_to_the_lowest() -> None:
    found = economics()
    assert found.revenue_share_low == Decimal(100) / 1200
    assert found.revenue_share_high == Decimal("0.5")
    assert found.within_share is True


def test_measured_revenue_wins_over_users_times_arpu() -> None:
    text = TEXT.replace("demand: {users: {}}", "demand: {users: {}, revenue_usd_month: {base: 50}}")
    found = economics(text)
    assert found.revenue_share_low == found.revenue_share_high == 2
    assert found.within_share is False


def test_a_share_that_depends_on_the_revenue_is_neither_within_nor_beyond() -> None:
    assert economics(TEXT.replace("max: 0.5", "max: 0.3")).within_share is None


def test_without_revenue_at_the_low_end_the_highest_share_has_no_bound() -> None:
    found = economics(TEXT.replace("100-300", "0-300"))
    assert found.revenue_share_high is None
    assert found.within_share is None


def test_a_bill_that_is_at_least_its_total_is_never_within() -> None:
    text = TEXT.replace("api: {price: {per_month: 100}}", "api: {price: {per_month: 1+}}")
    assert economics(text).within_share is None
    text = TEXT.replace("api: {price: {per_month: 100}}", "api: {price: {per_month: 900+}}")
    assert economics(text).within_share is False


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("arpu_usd_month: 2-4, ", ""),
        TEXT.replace("serves: {users: 100-300}", "serves: {}"),
    ],
)
def test_no_basis_for_revenue_is_said(text: str) -> None:
    found = economics(text)
    assert (found.revenue_usd_month, found.within_share) == (None, None)
    assert "arpu_usd_month" in found.because


def test_no_users_have_no_cost_each() -> None:
    assert economics(TEXT.replace("100-300", "0")).cost_per_user_usd_month is None
