"""`outgrow catalog`: listing, showing and searching offerings, refreshing prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Rate
from outgrow.errors import InputError
from outgrow.operations.offering_prices import ShownPrice, price_in_words, prices_of
from outgrow.operations.overlay import add_to_overlay, user_overlay
from outgrow.strategy.components import ComponentKind

if TYPE_CHECKING:
    from outgrow.clients.aws_price_list import PriceListClient, Progress


@dataclass(frozen=True, slots=True)
class ListedOffering:
    """An offering with its price in a few words, and the grade of that price."""

    offering: Offering
    price: str
    grade: str


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
    return ShownOffering(offering, prices_of(offering, catalog, region))


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
    price, grade = price_in_words(offering, catalog, region)
    return ListedOffering(offering, price, grade)
