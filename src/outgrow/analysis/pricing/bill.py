"""Writes the lines of one item, asking the rate book for each price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem
from outgrow.analysis.pricing.item import PriceItem
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Grade, Rate
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
        rate = self._book.rate(self._provider, product or self._product, sku, self._region)
        if rate is None or rate.price_usd is None:
            missing = _missing(self._provider, product or self._product, sku, self._region)
            formula = f"{formula}; {missing}" if formula else missing
        self.add_at(name, quantity, unit, rate, formula=formula)

    def add_at(
        self,
        name: str,
        quantity: Decimal | None,
        unit: str,
        rate: Rate | None,
        price_usd: Decimal | None = None,
        formula: str = "",
        kind: LineKind = LineKind.CHARGE,
    ) -> None:
        """Add a line at `price_usd`, or at the price of `rate`, unknown if there is none."""
        price = rate.price_usd if price_usd is None and rate is not None else price_usd
        amount = None if quantity is None or price is None else to_cents(quantity * price)
        provenance = rate.provenance if rate is not None else None
        self._lines.append(CostLine(name, quantity, unit, price, amount, provenance, kind, formula))

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


def derived(rate: Rate, notes: str) -> Rate:
    """Return `rate` marked as computed: its price was read for something else."""
    source = replace(rate.provenance, grade=Grade.DERIVED, notes=notes)
    return replace(rate, provenance=source)
