"""The prices of one offering as a price list shows them: each with its unit and its source.

A plan shows its charges, a machine the price of its hour, and a service that bills by use
every rate that the catalogue has for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import CostLine, LineKind
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_item
from outgrow.catalog.build import NO_SOURCE
from outgrow.catalog.load import DEFAULT_REGION, Catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.parse_rows import number_of
from outgrow.catalog.rate_index import GLOBAL, states_a_price
from outgrow.catalog.rates import Provenance, Rate
from outgrow.catalog.tariff import Charge, Per, Tariff
from outgrow.units import format_number, format_usd

# Where the rows of a service do not stand under its own name: the product, and what its
# skus begin with.
_ROWS_ELSEWHERE = {
    "aws/public-ipv4": ("ec2_ipv4", ""),
    "aws/aurora-serverless-v2": ("rds_postgresql", "aurora-"),
}

# CloudFront's prices go by where the reader is, not by the region of the strategy.
_EDGE = "edge-"


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """One price of an offering, with what it includes and where it was read."""

    name: str
    included: str
    price_usd: Decimal | None
    unit: str
    provenance: Provenance


def prices_of(offering: Offering, catalog: Catalog, region: str) -> tuple[ShownPrice, ...]:
    """Return every price of `offering`, unknown ones too; none for what costs nothing itself."""
    if offering.tariff is not None:
        return tuple(_charges(offering.tariff))
    if offering.service not in SERVICES:
        return ()
    if _is_sized(offering):
        return tuple(_hours(offering, catalog, region))
    return tuple(_rates(offering, catalog, region))


def price_in_words(offering: Offering, catalog: Catalog, region: str) -> tuple[str, str]:
    """Return the first price of `offering` as a list shows it, and its grade."""
    if offering.tariff is not None:
        charges = offering.tariff.charges
        if not charges:
            return "no price of its own", ""
        return _charge_text(charges[0]), charges[0].provenance.grade.value
    lines = _unit_lines(offering, catalog, region)
    if not lines:
        return "by use", ""
    grade = lines[0].provenance.grade.value if lines[0].provenance else ""
    return _price(lines[0].unit_price_usd, lines[0].unit), grade


def _charge_text(charge: Charge) -> str:
    price = charge.tiers[0].unit_price_usd if charge.tiers else None
    return _price(price, charge.unit or charge.per.value)


def _price(price_usd: Decimal | None, unit: str) -> str:
    if price_usd is None:
        return "unknown"
    amount = format_usd(price_usd) if price_usd == round(price_usd, 2) else f"${price_usd:f}"
    return f"{amount}/{unit}"


def _charges(tariff: Tariff) -> Iterator[ShownPrice]:
    for charge in tariff.charges:
        included = f"{format_number(charge.included)} included" if charge.included else ""
        unit = "once" if charge.per is Per.ONCE else charge.unit or charge.per.value
        for tier in charge.tiers:
            upto = f" up to {format_number(tier.up_to)}" if tier.up_to is not None else ""
            yield ShownPrice(
                charge.name + upto, included, tier.unit_price_usd, unit, charge.provenance
            )


def _is_sized(offering: Offering) -> bool:
    return "size" in SERVICES[offering.service].item.model_fields


def _unit_lines(offering: Offering, catalog: Catalog, region: str) -> tuple[CostLine, ...]:
    """Return the lines of one of the offering for a month, where a size alone prices it."""
    if offering.service not in SERVICES:
        return ()
    written: dict[str, object] = {"service": offering.service, "region": region}
    fields = SERVICES[offering.service].item.model_fields
    if "size" in fields:
        written["size"] = offering.sku
    missing = [name for name, field in fields.items() if field.is_required()]
    if not set(missing) <= set(written):
        return ()
    lines = price_item(parse_item(written), catalog).lines
    return tuple(line for line in lines if line.kind is LineKind.CHARGE)


def _hours(offering: Offering, catalog: Catalog, region: str) -> Iterator[ShownPrice]:
    for line in _unit_lines(offering, catalog, region):
        provenance = line.provenance or NO_SOURCE
        yield ShownPrice(line.name, "", line.unit_price_usd, line.unit, provenance)


def _rates(offering: Offering, catalog: Catalog, region: str) -> Iterator[ShownPrice]:
    named = offering.service.removeprefix("aws/").replace("-", "_")
    product, begins = _ROWS_ELSEWHERE.get(offering.service, (named, ""))
    rows = catalog.rates(offering.provider, product)
    priced = [row for row in rows if row.sku.startswith(begins) and _prices_something(row)]
    here = {row.sku for row in priced if _holds_in(row, region)}
    for row in _unique(priced):
        if _holds_in(row, region):
            yield ShownPrice(row.sku, _free(row), row.price_usd, row.unit, row.provenance)
        elif row.region == DEFAULT_REGION and row.sku not in here and row.region not in row.sku:
            yield ShownPrice(row.sku, "", None, row.unit, NO_SOURCE)


def _prices_something(row: Rate) -> bool:
    return states_a_price(row) and not (row.price_usd is None and row.limit_name)


def _holds_in(row: Rate, region: str) -> bool:
    return row.region in (region, GLOBAL) or row.region.startswith(_EDGE)


def _unique(rows: Iterable[Rate]) -> Iterable[Rate]:
    return {row.id: row for row in rows}.values()


def _free(row: Rate) -> str:
    """Return the free allowance that a row of price zero states: "1,000,000 requests"."""
    value = number_of(row.limit_value) if row.limit_name.startswith("free_") else None
    if value is None:
        return ""
    words = row.limit_name.removeprefix("free_").replace("_", " ")
    return f"{format_number(value)} {words}"
