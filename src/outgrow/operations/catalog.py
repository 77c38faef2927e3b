"""`outgrow catalog`: listing, showing and searching offerings, refreshing prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from outgrow.analysis.pricing.cost_line import CostLine, LineKind
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_item
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Provenance, Rate
from outgrow.catalog.tariff import Charge, Per
from outgrow.errors import InputError
from outgrow.operations.overlay import add_to_overlay, user_overlay
from outgrow.strategy.components import ComponentKind
from outgrow.units import format_number, format_usd

if TYPE_CHECKING:
    from outgrow.clients.aws_price_list import PriceListClient, Progress


@dataclass(frozen=True, slots=True)
class ListedOffering:
    """An offering with its price in a few words, and the grade of that price."""

    offering: Offering
    price: str
    grade: str


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """One price of an offering, with what it includes and where it was read."""

    name: str
    included: str
    price_usd: Decimal | None
    unit: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ShownOffering:
    """An offering with everything known of it."""

    offering: Offering
    prices: tuple[ShownPrice, ...]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh read, how many entries it could not use, and where it is kept."""

    provider: str
    regions: tuple[str, ...]
    rates: tuple[Rate, ...]
    skipped: int
    path: Path


def list_offerings(prefix: str, kind: str | None, region: str) -> tuple[ListedOffering, ...]:
    """Return the offerings whose id begins with `prefix` and that serve `kind`."""
    if kind is not None and kind not in set(ComponentKind):
        known = ", ".join(ComponentKind)
        raise InputError(f"--kind {kind}: no such kind of component", f"One of: {known}.")
    catalog = _catalog()
    ids = [one for one in catalog.offering_ids() if one.startswith(prefix)]
    offerings = _known(catalog.offering(one, region) for one in ids)
    return tuple(
        _listed(one, catalog, region) for one in offerings if kind is None or kind in one.serves
    )


def search_offerings(words: Iterable[str], region: str) -> tuple[ListedOffering, ...]:
    """Return the offerings in which every one of `words` is found."""
    catalog = _catalog()
    found = (catalog.offering(one.id, region) for one in catalog.search(" ".join(words)))
    return tuple(_listed(one, catalog, region) for one in _known(found))


def show_offering(offering_id: str, region: str) -> ShownOffering:
    """Return everything known of one offering; raise InputError with near names if unknown."""
    catalog = _catalog()
    offering = catalog.offering(offering_id, region)
    if offering is None:
        near = ", ".join(catalog.suggest(offering_id))
        hint = f"Near to it: {near}." if near else "See `outgrow catalog list`."
        raise InputError(f"there is no offering {offering_id!r} in the catalogue", hint)
    if offering.tariff is not None:
        return ShownOffering(offering, tuple(_prices_of(offering)))
    return ShownOffering(offering, _prices_of_unit(offering, catalog, region))


def refresh(
    provider: str,
    regions: Iterable[str],
    client: PriceListClient | None = None,
    progress: Progress | None = None,
) -> Refreshed:
    """Read current list prices of `provider` into the user's overlay.

    Asks through `client`, or through boto3 where none is given. Raises InputError for a
    provider with no price list to read, OutsideError when reading or writing fails; the
    overlay is then as it was.
    """
    if provider != "aws":
        raise InputError(
            f"{provider}: no price list can be read from it",
            "Only `aws` publishes one; write other prices under `offerings:` in the strategy.",
        )
    from outgrow.clients.aws_price_document import QUERIES
    from outgrow.clients.aws_price_list import price_list_client, read_price_list

    wanted = tuple(dict.fromkeys(regions))
    read = read_price_list(client or price_list_client(), QUERIES, wanted, progress)
    return Refreshed(provider, wanted, read.rates, read.skipped, add_to_overlay(read.rates))


def _catalog() -> Catalog:
    return user_overlay(load_catalog())


def _known(offerings: Iterable[Offering | None]) -> tuple[Offering, ...]:
    return tuple(one for one in offerings if one is not None)


def _listed(offering: Offering, catalog: Catalog, region: str) -> ListedOffering:
    if offering.tariff is not None:
        charges = offering.tariff.charges
        if not charges:
            return ListedOffering(offering, "no price of its own", "")
        return ListedOffering(offering, _charge_text(charges[0]), charges[0].provenance.grade.value)
    lines = _unit_lines(offering, catalog, region)
    if not lines:
        return ListedOffering(offering, "by use", "")
    line = lines[0]
    grade = line.provenance.grade.value if line.provenance else ""
    return ListedOffering(offering, _price(line.unit_price_usd, line.unit), grade)


def _charge_text(charge: Charge) -> str:
    price = charge.tiers[0].unit_price_usd if charge.tiers else None
    return _price(price, charge.unit or charge.per.value)


def _price(price_usd: Decimal | None, unit: str) -> str:
    if price_usd is None:
        return "unknown"
    amount = format_usd(price_usd) if price_usd == round(price_usd, 2) else f"${price_usd:f}"
    return f"{amount}/{unit}"


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


def _prices_of_unit(offering: Offering, catalog: Catalog, region: str) -> tuple[ShownPrice, ...]:
    return tuple(
        ShownPrice(line.name, "", line.unit_price_usd, line.unit, line.provenance)
        for line in _unit_lines(offering, catalog, region)
        if line.provenance is not None
    )


def _prices_of(offering: Offering) -> Iterable[ShownPrice]:
    assert offering.tariff is not None
    for charge in offering.tariff.charges:
        included = f"{format_number(charge.included)} included" if charge.included else ""
        for tier in charge.tiers:
            upto = f" up to {format_number(tier.up_to)}" if tier.up_to is not None else ""
            unit = charge.unit or charge.per.value
            if charge.per is Per.ONCE:
                unit = "once"
            yield ShownPrice(
                charge.name + upto, included, tier.unit_price_usd, unit, charge.provenance
            )
