"""The catalogue: every price row and offering, loaded one provider at a time.

Strategies resolve their offerings here, and pricing looks up every unit price here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from outgrow.catalog import packaged
from outgrow.catalog.build import OfferingBuilder
from outgrow.catalog.definitions import Definition, Family, read_definitions
from outgrow.catalog.offering import Offering
from outgrow.catalog.rate_index import RateIndex, index_rates, states_a_price
from outgrow.catalog.rates import Rate

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class _Definitions:
    rates_provider: str
    by_id: Mapping[str, Definition | tuple[Family, str]]


class Catalog:
    """Prices, limits and offerings, from the package and from the user's overlay.

    Reads a provider's data the first time something of it is asked for.
    """

    def __init__(
        self,
        packaged_rates: Callable[[str], tuple[Rate, ...]],
        packaged_offerings: Callable[[str], str | None],
        packaged_providers: Callable[[], tuple[str, ...]],
        overlay_rates: tuple[Rate, ...] = (),
        overlay_offerings: tuple[Offering, ...] = (),
    ) -> None:
        self._packaged_rates = packaged_rates
        self._packaged_offerings = packaged_offerings
        self._packaged_providers = packaged_providers
        self._overlay_rates = overlay_rates
        self._overlay_offerings = {offering.id: offering for offering in overlay_offerings}
        self._indexes: dict[str, RateIndex] = {}
        self._asked: dict[tuple[str, str, str, str], Rate | None] = {}
        self._definitions: dict[str, _Definitions] = {}
        self._built: dict[tuple[str, str], Offering] = {}

    def rate(self, provider: str, product: str, sku: str, region: str) -> Rate | None:
        """Return the row that prices `sku` in `region` or worldwide; None when no row does.

        Never a price of another region: unknown in eu-west-1 stays unknown.
        """
        asked = (provider, product, sku, region)
        if asked in self._asked:
            return self._asked[asked]
        found = self._asked[asked] = self._index(provider).rate(product, sku, region)
        return found

    def rates(self, provider: str, product: str = "") -> tuple[Rate, ...]:
        """Return the rows of `provider`, all or those of one product, in file order."""
        rows = self._index(provider).rows
        return tuple(row for row in rows if row.product == product) if product else rows

    def limit_rate(
        self, provider: str, product: str, sku: str, limit_name: str, region: str
    ) -> Rate | None:
        """Return the row that states a limit or rule of `sku`, by the same rules as `rate`."""
        return self._index(provider).limit(product, sku, limit_name, region)

    def offering(self, offering_id: str, region: str = DEFAULT_REGION) -> Offering | None:
        """Return the offering as it is in `region`, or None when there is none of that id."""
        overlaid = self._overlay_offerings.get(offering_id)
        if overlaid is not None:
            return overlaid
        built = self._built.get((offering_id, region))
        return built if built is not None else self._build(offering_id, region)

    def offering_ids(self) -> tuple[str, ...]:
        """Return the id of every offering, sorted; this reads every provider."""
        ids = set(self._overlay_offerings)
        for provider in self._packaged_providers():
            ids.update(self._defined(provider).by_id)
        return tuple(sorted(ids))

    def offerings(self, region: str = DEFAULT_REGION) -> tuple[Offering, ...]:
        """Return every offering, in the order of their ids."""
        found = (self.offering(offering_id, region) for offering_id in self.offering_ids())
        return tuple(offering for offering in found if offering is not None)

    def suggest(self, name: str) -> tuple[str, ...]:
        """Return up to three ids nearest to a misspelt `name`, the nearest first."""
        from difflib import get_close_matches

        return tuple(get_close_matches(name.lower(), self.offering_ids(), n=3, cutoff=0.6))

    def search(self, words: str) -> tuple[Offering, ...]:
        """Return the offerings in whose id, name, kinds or notes every one of `words` is."""
        wanted = words.lower().split()
        return tuple(
            offering
            for offering in self.offerings()
            if all(word in _searchable(offering) for word in wanted)
        )

    def with_overlay(
        self, rates: Iterable[Rate] = (), offerings: Iterable[Offering] = ()
    ) -> Catalog:
        """Return a catalogue in which `rates` and `offerings` replace those of the same name.

        Offerings alone leave the price rows as they are, so what has been read is shared.
        """
        added = tuple(rates)
        above = Catalog(
            self._packaged_rates,
            self._packaged_offerings,
            self._packaged_providers,
            self._overlay_rates + added,
            (*self._overlay_offerings.values(), *offerings),
        )
        if not added:
            above._indexes = self._indexes
            above._definitions = self._definitions
            above._built = self._built
            above._asked = self._asked
        return above

    def _index(self, provider: str) -> RateIndex:
        found = self._indexes.get(provider)
        return found if found is not None else self._load_rates(provider)

    def _load_rates(self, provider: str) -> RateIndex:
        overlay = (rate for rate in self._overlay_rates if rate.provider == provider)
        index = index_rates(self._packaged_rates(provider), overlay)
        self._indexes[provider] = index
        return index

    def _defined(self, provider: str) -> _Definitions:
        found = self._definitions.get(provider)
        if found is None:
            found = self._definitions[provider] = self._load_definitions(provider)
        return found

    def _load_definitions(self, provider: str) -> _Definitions:
        text = self._packaged_offerings(provider)
        if text is None:
            return _Definitions(provider, {})
        read = read_definitions(text, provider)
        by_id: dict[str, Definition | tuple[Family, str]] = {
            family.id_of(sku): (family, sku)
            for family in read.families
            for sku in self._skus(read.rates_provider, family)
        }
        by_id |= {definition.id: definition for definition in read.offerings}
        return _Definitions(read.rates_provider, by_id)

    def _skus(self, provider: str, family: Family) -> Iterable[str]:
        rows = self._index(provider).rows
        return dict.fromkeys(
            row.sku
            for row in rows
            if row.product == family.product
            and row.unit == (family.unit or row.unit)
            and states_a_price(row)
            and family.size_of(row.sku) is not None
        )

    def _build(self, offering_id: str, region: str) -> Offering | None:
        defined = self._defined(offering_id.split("/", 1)[0])
        definition = defined.by_id.get(offering_id)
        if definition is None:
            return None
        builder = OfferingBuilder(self._index(defined.rates_provider), region)
        if isinstance(definition, tuple):
            family, sku = definition
            definition = builder.without_unstated_limits(family.define(sku))
        built = self._built[(offering_id, region)] = builder.build(definition)
        return built


def load_catalog() -> Catalog:
    """Return the packaged catalogue; nothing is read until something is asked for."""
    return Catalog(
        packaged.packaged_rates, packaged.packaged_offerings, packaged.packaged_providers
    )


def _searchable(offering: Offering) -> str:
    kinds = " ".join(sorted(offering.serves))
    return f"{offering.id} {offering.name} {kinds} {offering.notes}".lower()
