"""Prices any offering that has a price list: every SaaS plan, droplet and custom price.

Each charge counts by month, year, hour, seat, use or once; what the plan includes is taken
off before the bands of a metered price apply. Then the plan's own usage credit (Railway)
and its cap (MongoDB Flex) are lines of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from outgrow.analysis.pricing.bill import RateBook
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Count, HourlyItem, Usage, above, times
from outgrow.catalog.tariff import Charge, Per, Tariff, Tier
from outgrow.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, to_cents

_NO_USAGE: Mapping[str, Usage] = MappingProxyType({})


class TariffItem(HourlyItem):
    """A plan of the catalogue with its seats and what is used of each meter in a month.

    `hours_month` is how long it runs; `exists_hours_month` how long it is there at all,
    which is what a charge counts that is billed while stopped.
    """

    service: Literal["tariff"] = "tariff"
    offering: str
    seats: Count = ONE
    exists_hours_month: Decimal = Field(default=HOURS_PER_MONTH, ge=0, le=744)
    usage: Mapping[str, Usage] = _NO_USAGE


def price_tariff(item: TariffItem, book: RateBook) -> PricedItem:
    """Return the lines of the offering's price list; one unknown line when it has none."""
    offering = book.offering(item.offering, item.region)
    tariff = offering.tariff if offering is not None else None
    if tariff is None:
        missing = f"no price list in the catalogue for {item.offering}"
        line = CostLine(item.offering, item.count, "", None, None, None, formula=missing)
        return PricedItem(item.name, item.service, (line,))
    return PricedItem(item.name, item.service, tuple(tariff_lines(tariff, item)))


def tariff_lines(tariff: Tariff, item: TariffItem) -> list[CostLine]:
    """Return the charges of `tariff` for `item`, then its credit and its cap."""
    lines: list[CostLine] = []
    metered: list[CostLine] = []
    for charge in tariff.charges:
        found = _charge_lines(charge, item)
        lines += found
        if charge.per in (Per.USE, Per.HOUR):
            metered += found
    provenance = tariff.charges[0].provenance if tariff.charges else None
    credit = _credit(tariff, item, metered)
    if credit is not None:
        lines.append(replace(credit, provenance=provenance))
    cap = _cap(tariff, item, lines)
    if cap is not None:
        lines.append(replace(cap, provenance=provenance))
    return lines


def _charge_lines(charge: Charge, item: TariffItem) -> list[CostLine]:
    quantity = _quantity(charge, item)
    if quantity is not None:
        quantity = above(quantity, charge.included)
        if quantity and charge.billing_step:
            steps = (quantity / charge.billing_step).to_integral_value(ROUND_CEILING)
            quantity = steps * charge.billing_step
    if quantity is None:
        return [_line(charge, charge.tiers[0] if charge.tiers else None, None, item)]
    return [
        _line(charge, tier, part, item, len(charge.tiers) > 1)
        for tier, part in _split(charge.tiers, quantity)
    ]


def _quantity(charge: Charge, item: TariffItem) -> Decimal | None:
    """Return how much of the charge one copy uses; None when nobody said.

    A meter nobody mentions is taken to stay within what the plan includes. If the plan
    includes nothing, it is unknown: a purely metered plan is never free.
    """
    if charge.per is Per.HOUR:
        return item.exists_hours_month if charge.billed_while_stopped else item.hours_month
    if charge.per is Per.SEAT:
        return item.seats
    if charge.per is Per.USE:
        unsaid = NOTHING if charge.included else None
        return item.usage.get(charge.meter, unsaid)
    return ONE


def _split(tiers: tuple[Tier, ...], quantity: Decimal) -> list[tuple[Tier, Decimal]]:
    """Return each band that `quantity` reaches with the part that falls into it."""
    parts: list[tuple[Tier, Decimal]] = []
    start = NOTHING
    for tier in tiers:
        if quantity <= start:
            break
        end = quantity if tier.up_to is None else min(quantity, tier.up_to)
        if end > start:
            parts.append((tier, end - start))
        start = end
    if quantity > start:
        parts.append((Tier(None, None), quantity - start))
    return parts


def _line(
    charge: Charge, tier: Tier | None, part: Decimal | None, item: TariffItem, banded: bool = False
) -> CostLine:
    price = tier.unit_price_usd if tier is not None else None
    unit = charge.unit or charge.per.value
    if charge.per is Per.YEAR:
        price, unit = (None if price is None else price / MONTHS_PER_YEAR), "month, paid yearly"
    quantity = times(part, item.count)
    amount = None if quantity is None or price is None else to_cents(quantity * price)
    kind = LineKind.ONCE if charge.per is Per.ONCE else LineKind.CHARGE
    name = charge.name
    if banded and tier is not None:
        name += f" (up to {tier.up_to:,})" if tier.up_to is not None else " (above)"
    return CostLine(
        name, quantity, unit, price, amount, charge.provenance, kind, _formula(charge, part)
    )


def _formula(charge: Charge, part: Decimal | None) -> str:
    if part is None:
        return f"how much of {charge.meter or charge.name} is used is not said"
    return f"after {charge.included} included" if charge.included else ""


def _credit(tariff: Tariff, item: TariffItem, metered: list[CostLine]) -> CostLine | None:
    credit = tariff.usage_credit_usd_month * item.count
    used = sum((line.amount_usd_month or NOTHING for line in metered), NOTHING)
    amount = min(credit, used)
    if not amount:
        return None
    formula = f"the fee includes {credit} of usage"
    return _less("Usage the fee already pays for", amount, formula)


def _cap(tariff: Tariff, item: TariffItem, lines: list[CostLine]) -> CostLine | None:
    if tariff.cap_usd_month is None:
        return None
    cap = tariff.cap_usd_month * item.count
    charges = (line for line in lines if line.kind is LineKind.CHARGE)
    total = sum((line.amount_usd_month or NOTHING for line in charges), NOTHING)
    if total <= cap:
        return None
    return _less("Above the most the plan can cost", total - cap, f"capped at {cap}")


def _less(name: str, amount: Decimal, formula: str) -> CostLine:
    amount = to_cents(amount)
    return CostLine(name, ONE, "month", -amount, -amount, None, formula=formula)
