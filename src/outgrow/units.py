"""Money, hours and rounding, in one place so that every total adds up by eye.

A month is 730 hours (8,760 / 12), the convention of AWS' and Infracost's own arithmetic.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

HOURS_PER_MONTH = Decimal(730)
MONTHS_PER_YEAR = Decimal(12)
DAYS_PER_MONTH = HOURS_PER_MONTH / Decimal(24)
WEEKS_PER_MONTH = HOURS_PER_MONTH / Decimal(168)
GIB_PER_TIB = Decimal(1024)
MIB_PER_GIB = Decimal(1024)

_CENT = Decimal("0.01")
# Quantizing fails when the result has more digits than the context; a product of the largest
# figures that a strategy may hold has some sixty.
_WIDE = Context(prec=100)


def to_cents(amount_usd: Decimal) -> Decimal:
    """Return `amount_usd` rounded half up to the cent, as an invoice line is."""
    return amount_usd.quantize(_CENT, ROUND_HALF_UP, _WIDE)


def round_to(value: Decimal, places: int) -> Decimal:
    """Return `value` with at most so many decimals, whatever its size."""
    return value.quantize(Decimal(1).scaleb(-places), context=_WIDE)


def format_usd(amount_usd: Decimal | None) -> str:
    """Return `$1,234.50`, or `unknown` for an amount that nobody knows."""
    if amount_usd is None:
        return "unknown"
    cents = to_cents(amount_usd)
    sign = "-" if cents < 0 else ""
    return f"{sign}${cents.copy_abs():,f}"


def format_number(value: Decimal) -> str:
    """Return `value` with thousands separators and without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
