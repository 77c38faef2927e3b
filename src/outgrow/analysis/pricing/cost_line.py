"""A line of a bill, and a priced item: what every pricing module returns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from outgrow.catalog.rates import Provenance
from outgrow.units import to_cents


class LineKind(StrEnum):
    """Whether a line belongs to the list price or is shown beside it."""

    CHARGE = "charge"
    ALLOWANCE = "allowance"  # a free allowance of the account: negative, shown apart
    ONCE = "once"  # not monthly: shown apart


class CostLine(NamedTuple):
    """Name, quantity, unit, price, amount and source of one line of the bill.

    `quantity` or `unit_price_usd` is None when unknown; then `amount_usd_month` is None
    and the total of which it is part is "at least". The amount is rounded to the cent.
    A tuple, because it is made four times as fast as a frozen dataclass, for every line.
    """

    name: str
    quantity: Decimal | None
    unit: str
    unit_price_usd: Decimal | None
    amount_usd_month: Decimal | None
    provenance: Provenance | None
    kind: LineKind = LineKind.CHARGE
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """A sum that knows whether something in it is unknown."""

    amount_usd_month: Decimal
    at_least: bool

    def __add__(self, other: Total) -> Total:
        return Total(
            self.amount_usd_month + other.amount_usd_month, self.at_least or other.at_least
        )


class PricedItem(NamedTuple):
    """What one item of a plan costs a month, line by line."""

    name: str
    service: str
    lines: tuple[CostLine, ...]

    @property
    def total(self) -> Total:
        """Return the list price: every charge, before account-wide free allowances."""
        return total_of(self.lines)


def total_of(lines: tuple[CostLine, ...] | list[CostLine]) -> Total:
    """Return the sum of the charges in `lines`; "at least" when one is unknown."""
    amount, at_least = Decimal(0), False
    for line in lines:
        if line.kind is not LineKind.CHARGE:
            continue
        if line.amount_usd_month is None:
            at_least = True
        else:
            amount += line.amount_usd_month
    return Total(amount, at_least)


def charge(
    name: str,
    quantity: Decimal | None,
    unit: str,
    unit_price_usd: Decimal | None,
    provenance: Provenance | None,
    formula: str = "",
) -> CostLine:
    """Return the line for `quantity` at `unit_price_usd`, unknown if either is unknown."""
    known = quantity is not None and unit_price_usd is not None
    amount = to_cents(quantity * unit_price_usd) if known else None  # type: ignore[operator]
    return CostLine(name, quantity, unit, unit_price_usd, amount, provenance, formula=formula)
