"""`outgrow price FILE`: prices a plain list of items, with no strategy at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem, Total, total_of
from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_items
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.clients.files import read_text
from outgrow.diagnostics import Diagnostic, Location
from outgrow.errors import InvalidItem, InvalidStrategy
from outgrow.operations.overlay import user_overlay
from outgrow.operations.price_list import WrittenItem, read_items


@dataclass(frozen=True, slots=True)
class PriceList:
    """Every item priced, and their sum at list price."""

    items: tuple[PricedItem, ...]

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """Return every line of every item."""
        return tuple(line for item in self.items for line in item.lines)

    @property
    def total(self) -> Total:
        """Return the list price of all items."""
        return total_of(self.lines)

    @property
    def allowances_usd_month(self) -> Decimal:
        """Return what free allowances take off, as a positive amount."""
        amounts = (line.amount_usd_month for line in self.lines if line.kind is LineKind.ALLOWANCE)
        return -sum((amount for amount in amounts if amount is not None), Decimal(0))


def price_file(path: str) -> PriceList:
    """Return the items of `path` (YAML, JSON or CSV) priced; raise InputError with all faults."""
    written = read_items(read_text(path, "price list"), path)
    return price_written(written, user_overlay(load_catalog()))


def price_written(written: Sequence[WrittenItem], catalog: Catalog) -> PriceList:
    """Return `written` items priced; every fault of every item is reported together."""
    items: list[PriceItem] = []
    faults: list[Diagnostic] = []
    for index, one in enumerate(written):
        try:
            items.append(_checked(parse_item(one.fields), catalog))
        except InvalidItem as error:
            faults += [_placed(fault, index, one.place) for fault in error.diagnostics]
    if faults:
        raise InvalidStrategy(faults)
    return PriceList(price_items(items, catalog))


def _checked(item: PriceItem, catalog: Catalog) -> PriceItem:
    """Return `item`; raise InvalidItem for a plan or a meter that the catalogue has not."""
    if item.service == "tariff":
        from outgrow.operations.price_plan import plan_faults

        faults = plan_faults(item, catalog)
        if faults:
            raise InvalidItem(faults)
    return item


def _placed(fault: Diagnostic, index: int, place: Location | None) -> Diagnostic:
    return replace(fault, path=(f"item {index + 1}", *fault.path), location=place)
