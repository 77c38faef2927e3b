"""Writes the lines of one item, asking the rate book for each price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem
from outgrow.analysis.pricing.item import PriceItem
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Grade, Provenance, Rate
from outgrow.units import to_cents


class RateBook(Protocol):
    """Where prices come from; the catalogue is one."""

    def rate(self, provider: str, product: str, sku: str, region: str) -> Rate | None:
        """Return the rate of `sku` in `region` or worldwide, never that of another region."""

    def offering(self, offering_id: str, region: str) -> Offering | None:
        """Return the offering with its price list, as sold in `region`."""


@dataclass(frozen=True, slots=True)
class Band:
    """A step of a price that falls with volume; `up_to` counts from zero usage."""

    up_to: Decimal | None
    sku: str
    label: str


def _missing(provider: str, product: str, sku: str, region: str) -> str:
    return f"no price in the catalogue for {provider}/{product}/{sku}@{region}"


class Bill:
    """The lines of one item, all for `product` in the item's region unless said otherwise."""

    __slots__ = ("_book", "_item", "_lines", "_product", "_provider", "_region")

    def __init__(
        self,
        item: PriceItem,
        book: RateBook,
        product: str,
        region: str = "",
        provider: str = "aws",
    ) -> None:
        self._item = item
        self._book = book
        self._product = product
        self._provider = provider
        self._region = region or item.region
        self._lines: list[CostLine] = []

    def rate(self, sku: str, product: str = "", region: str = "") -> Rate | None:
        """Return the rate of `sku`, of another product or region if named."""
        return self._book.rate(
            self._provider, product or self._product, sku, region or self._region
        )

    def add(
        self,
        name: str,
        quantity: Decimal | None,
        sku: str,
        unit: str,
        formula: str = "",
        product: str = "",
    ) -> None:
        """Add a charge for `quantity` of `sku`; nothing is added for a quantity of zero."""
        if quantity is not None and not quantity:
            return
        product = product or self._product
        rate = self._book.rate(self._provider, product, sku, self._region)
        price = rate.price_usd if rate is not None else None
        if rate is None or price is None:
            missing = _missing(self._provider, product, sku, self._region)
            formula = f"{formula}; {missing}" if formula else missing
            self._lines.append(CostLine(name, quantity, unit, None, None, None, formula=formula))
            return
        amount = None if quantity is None else to_cents(quantity * price)
        self._lines.append(
            CostLine(name, quantity, unit, price, amount, rate.provenance, LineKind.CHARGE, formula)
        )

    def add_at(
        self,
        name: str,
        quantity: Decimal | None,
        unit: str,
        price_usd: Decimal | None,
        provenance: Provenance | None,
        formula: str = "",
    ) -> None:
        """Add a charge at a price that is not simply that of one row."""
        known = quantity is not None and price_usd is not None
        amount = to_cents(quantity * price_usd) if known else None  # type: ignore[operator]
        self._lines.append(
            CostLine(name, quantity, unit, price_usd, amount, provenance, LineKind.CHARGE, formula)
        )

    def add_bands(
        self, name: str, quantity: Decimal | None, unit: str, bands: Sequence[Band]
    ) -> None:
        """Add one charge for each band that `quantity` reaches."""
        if quantity is None:
            self.add(f"{name} ({bands[0].label})", None, bands[0].sku, unit)
            return
        start = Decimal(0)
        for band in bands:
            if quantity <= start:
                return
            end = quantity if band.up_to is None else min(quantity, band.up_to)
            self.add(f"{name} ({band.label})", end - start, band.sku, unit)
            start = end

    def add_allowance(self, line: CostLine | None) -> None:
        """Add the line of a free allowance, if there is any of it."""
        if line is not None:
            self._lines.append(line)

    def priced(self) -> PricedItem:
        """Return the finished item."""
        return PricedItem(self._item.name, self._item.service, tuple(self._lines))


def derived(rate: Rate, notes: str) -> Provenance:
    """Return where `rate` is from, marked as computed: it was read for something else."""
    source = rate.provenance
    return Provenance(source.source, source.as_of, Grade.DERIVED, notes)
