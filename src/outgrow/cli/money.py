"""Money and shares as a person reads them in a table."""

from __future__ import annotations

from decimal import Decimal

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.analysis.pricing.cost_line import Total
from outgrow.units import format_number, format_usd, round_to


def total_text(total: Total) -> str:
    """Return `$12.00`, `at least $12.00`, or `unknown` when nothing at all is known."""
    if not total.at_least:
        return format_usd(total.amount_usd_month)
    if total.amount_usd_month == 0:
        return "unknown"
    return f"at least {format_usd(total.amount_usd_month)}"


def range_text(costs: PhaseCosts) -> str:
    """Return the low and high bill as `$10.00 - $20.00`, one figure where they agree."""
    low, high = costs.low.total, costs.high.total
    if low == high:
        return total_text(high)
    ends = f"{format_usd(low.amount_usd_month)} - {format_usd(high.amount_usd_month)}"
    return f"at least {ends}" if low.at_least or high.at_least else ends


def share_text(share: Decimal | None) -> str:
    """Return `4.8 %`, or `unknown`."""
    return "unknown" if share is None else f"{format_number(round_to(share * 100, 1))} %"


def quantity_text(quantity: Decimal | None) -> str:
    """Return a quantity with at most three decimals, or `unknown`."""
    if quantity is None:
        return "unknown"
    rounded = round_to(quantity, 3)
    return format_number(rounded if rounded or not quantity else quantity)


def price_text(price_usd: Decimal | None) -> str:
    """Return a unit price exactly as the catalogue has it, or `unknown`."""
    if price_usd is None:
        return "unknown"
    sign = "-" if price_usd < 0 else ""
    return f"{sign}${format_number(round_to(price_usd, 10).copy_abs())}"
