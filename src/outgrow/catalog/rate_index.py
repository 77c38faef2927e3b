"""Finding one price row among a provider's, in constant time and without guessing.

A price is looked up in the region asked for and then among the provider's worldwide
rows; never in another region, because a price in us-east-1 says nothing of eu-west-1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outgrow.catalog.parse_rows import names_in
from outgrow.catalog.rates import Rate

GLOBAL = "global"

# Units of rows that state a fact instead of a price.
_NOT_PRICED = frozenset({"limit", "rule", "spec", "fact"})

_Sku = tuple[str, str]
_Place = tuple[str, str, str]
_LimitPlace = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class RateIndex:
    """The rows of one provider, by price and by limit."""

    rows: tuple[Rate, ...]
    by_place: dict[_Place, Rate]
    by_limit: dict[_LimitPlace, Rate]
    regions: dict[_Sku, str]

    def rate(self, product: str, sku: str, region: str) -> Rate | None:
        """Return the row of `sku` in `region`, else the provider's worldwide one, else None."""
        found = self.by_place.get((product, sku, region))
        return found if found is not None else self.by_place.get((product, sku, GLOBAL))

    def limit(self, product: str, sku: str, name: str, region: str) -> Rate | None:
        """Return the row that states limit `name` of `sku`, by the rules of `rate`."""
        found = self.by_limit.get((product, sku, region, name))
        return found if found is not None else self.by_limit.get((product, sku, GLOBAL, name))

    def known_region(self, product: str, sku: str, region: str) -> str:
        """Return `region` if a row describes `sku` there, else one where it is described.

        For sizes only: the memory of a machine is the same everywhere, its price is not.
        """
        if (product, sku, region) in self.by_place:
            return region
        return self.regions.get((product, sku), region)


def index_rates(packaged: Iterable[Rate], overlay: Iterable[Rate] = ()) -> RateIndex:
    """Return the index of `packaged` rows with those of `overlay` in place of theirs."""
    below, above = _Draft(), _Draft()
    for draft, rates in ((below, packaged), (above, overlay)):
        for rate in rates:
            draft.add(rate)
    facts = {place: rate for place, rate in above.by_place.items() if not states_a_price(rate)}
    prices = {place: rate for place, rate in above.by_place.items() if place not in facts}
    return RateIndex(
        tuple(_unless_replaced(below.rows, above)) + tuple(above.rows),
        {**facts, **below.by_place, **prices},
        below.by_limit | above.by_limit,
        above.regions | below.regions,
    )


class _Draft:
    """An index being filled, row by row."""

    def __init__(self) -> None:
        self.rows: list[Rate] = []
        self.by_place: dict[_Place, Rate] = {}
        self.by_limit: dict[_LimitPlace, Rate] = {}
        self.regions: dict[_Sku, str] = {}

    def add(self, rate: Rate) -> None:
        """Enter `rate` under its own name and, for `pro/team`, under both plans'."""
        self.rows.append(rate)
        for product in _spellings(rate.product):
            for sku in _spellings(rate.sku):
                self._enter(rate, product, sku)

    def _enter(self, rate: Rate, product: str, sku: str) -> None:
        place = (product, sku, rate.region)
        known = self.by_place.get(place)
        if known is None or (_rank(rate) > _rank(known)):
            self.by_place[place] = rate
        if rate.limit_name:
            self.by_limit.setdefault((*place, rate.limit_name), rate)
        self.regions.setdefault((product, sku), rate.region)


def _spellings(cell: str) -> Iterable[str]:
    return names_in(cell) if "/" in cell else (cell,)


def states_a_price(rate: Rate) -> bool:
    """Return whether `rate` prices something, known or not, and not only states a fact."""
    return rate.unit not in _NOT_PRICED


def _rank(rate: Rate) -> int:
    """Return 2 for a known price, 1 for an unknown one, 0 for a row that is no price."""
    if not states_a_price(rate):
        return 0
    return 1 if rate.price_usd is None else 2


def _unless_replaced(rows: Iterable[Rate], above: _Draft) -> Iterable[Rate]:
    for rate in rows:
        place = (rate.product, rate.sku, rate.region)
        replacing = (
            above.by_limit.get((*place, rate.limit_name))
            if not states_a_price(rate)
            else above.by_place.get(place)
        )
        if replacing is None or _rank(replacing) < _rank(rate) == 2:
            yield rate
