"""Prices any offering that has a price list: every SaaS plan, droplet and custom price.

Each charge counts by month, year, hour, seat, use or once; what the plan includes is taken
off before the bands of a metered price apply. Then the plan's own usage credit (Railway)
and its cap (MongoDB Flex) are lines of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from pydantic import Field

from outgrow.analysis.pricing.bill import RateBook
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Count, HourlyItem, Name, Usage, above, times
from outgrow.catalog.tariff import Charge, Per, Tariff, Tier
from outgrow.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, to_cents

# DigitalOcean bills a machine by the hour it exists, a 672nd of its monthly price, and never
# more than that price (672 hours, where only the hour's is known): a powered-off Droplet bills
# in full, only a destroyed one does not.
HOURS_OF_A_FULL_PRICE = Decimal(672)


class TariffItem(HourlyItem):
    """A plan of the catalogue with its seats and what is used of each meter in a month.

    `hours_month` is how long it runs; `exists_hours_month` how long it is there at all,
    which is what a charge counts that is billed while stopped.
    """

    service: Literal["tariff"] = "tariff"
    offering: Name
    seats: Count = ONE
    exists_hours_month: Decimal = Field(default=HOURS_PER_MONTH, ge=0, le=744)
    usage: Mapping[str, Usage] = Field(default_factory=dict)


def price_tariff(item: TariffItem, book: RateBook) -> PricedItem:
    """Return the lines of the offering's price list; one unknown line when it has none."""
    if not item.count:
        return PricedItem(item.name, item.service, ())
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
    credit = _credit(tariff, item, metered)
    if credit is not None:
        lines.append(credit)
    return _capped(tariff, item, lines)


def _charge_lines(charge: Charge, item: TariffItem) -> list[CostLine]:
    quantity = _quantity(charge, item)
    if quantity is None:
        return [_line(charge, charge.tiers[0] if charge.tiers else None, None, item)]
    billed = above(quantity, charge.included) or NOTHING
    if charge.billing_step:
        steps = (billed / charge.billing_step).to_integral_value(ROUND_CEILING)
        billed = steps * charge.billing_step
    return [
        _line(charge, tier, part, item, len(charge.tiers) > 1)
        for tier, part in _split(charge.tiers, charge.included, charge.included + billed)
    ]


def _quantity(charge: Charge, item: TariffItem) -> Decimal | None:
    """Return how much of the charge one copy uses; None when nobody said.

    A meter nobody mentions is taken to stay within what the plan includes. If the plan
    includes nothing, it is unknown: a purely metered plan is never free.
    """
    if charge.per is Per.HOUR:
        if charge.billed_while_stopped:
            return min(HOURS_OF_A_FULL_PRICE, item.exists_hours_month)
        return item.hours_month
    if charge.per is Per.SEAT:
        return item.seats
    if charge.per is Per.USE:
        unsaid = NOTHING if charge.included else None
        return item.usage.get(charge.meter, unsaid)
    if charge.per is Per.MONTH and charge.billed_while_stopped:
        return min(ONE, item.exists_hours_month / HOURS_OF_A_FULL_PRICE)
    return ONE


def _split(tiers: tuple[Tier, ...], start: Decimal, end: Decimal) -> list[tuple[Tier, Decimal]]:
    """Return each band between `start` and `end`, counted from zero usage, with its part."""
    parts: list[tuple[Tier, Decimal]] = []
    for tier in tiers:
        if end <= start:
            break
        upper = end if tier.up_to is None else min(end, tier.up_to)
        if upper > start:
            parts.append((tier, upper - start))
            start = upper
    if end > start:
        parts.append((Tier(None, None), end - start))
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
    if not credit:
        return None
    used = sum((line.amount_usd_month or NOTHING for line in metered), NOTHING)
    amount = min(credit, used)
    if not amount:
        return None
    formula = f"the fee includes {credit} of usage"
    return _less("Usage the fee already pays for", amount, formula, tariff)


def _capped(tariff: Tariff, item: TariffItem, lines: list[CostLine]) -> list[CostLine]:
    """Return `lines` and what is taken off them because the plan cannot cost more."""
    if tariff.cap_usd_month is None:
        return lines
    cap = tariff.cap_usd_month * item.count
    charges = [line for line in lines if line.kind is LineKind.CHARGE]
    total = sum((line.amount_usd_month or NOTHING for line in charges), NOTHING)
    if total < cap:
        return lines
    # What comes on top of a reached cap costs nothing, even where its price is unknown.
    settled = [_settled(line) for line in lines]
    if total == cap:
        return settled
    told = f"capped at {cap}"
    return [*settled, _less("Above the most the plan can cost", total - cap, told, tariff)]


def _settled(line: CostLine) -> CostLine:
    if line.kind is not LineKind.CHARGE or line.amount_usd_month is not None:
        return line
    return line._replace(amount_usd_month=NOTHING, formula="above the cap, so nothing more")


def _less(name: str, amount: Decimal, formula: str, tariff: Tariff) -> CostLine:
    amount = to_cents(amount)
    source = tariff.charges[0].provenance
    return CostLine(name, ONE, "month", -amount, -amount, source, formula=formula)
