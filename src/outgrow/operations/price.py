"""`outgrow price FILE`: prices a plain list of items, with no strategy at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem, Total, total_of
from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_items
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.clients.files import read_text
from outgrow.diagnostics import Diagnostic, Location
from outgrow.errors import InputError, InvalidItem, InvalidStrategy
from outgrow.operations.overlay import user_overlay


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
        amounts = (
            line.amount_usd_month for line in self.lines if line.kind is LineKind.ALLOWANCE
        )
        return -sum((amount for amount in amounts if amount is not None), Decimal(0))


def price_file(path: str) -> PriceList:
    """Return the items of `path` (YAML, JSON or CSV) priced; raise InputError with all faults."""
    return price_written(read_items(path), path, user_overlay(load_catalog()))


def price_written(
    written: list[Mapping[str, object]], name: str, catalog: Catalog
) -> PriceList:
    """Return `written` items priced; every fault of every item is reported together."""
    items: list[PriceItem] = []
    faults: list[Diagnostic] = []
    for index, one in enumerate(written):
        try:
            items.append(parse_item(one))
        except InvalidItem as error:
            faults += [_placed(fault, name, index, one) for fault in error.diagnostics]
    if faults:
        raise InvalidStrategy(faults)
    return PriceList(price_items(items, catalog))


def _placed(
    fault: Diagnostic, name: str, index: int, written: Mapping[str, object]
) -> Diagnostic:
    from dataclasses import replace

    line = written.get("__line__")
    location = Location(name, line, 1) if isinstance(line, int) else None
    return replace(fault, path=(f"item {index + 1}", *fault.path), location=location)


def read_items(path: str) -> list[Mapping[str, object]]:
    """Return the mappings that `path` lists, unchecked."""
    text = read_text(path, "price list")
    if path.lower().endswith(".csv"):
        return [dict(row) for row in csv.DictReader(io.StringIO(text))]
    found = _load_json(path, text) if path.lower().endswith(".json") else _load_yaml(path, text)
    if isinstance(found, dict) and set(found) == {"items"}:
        found = found["items"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(f"{path}: expected a list of items", "docs/pricing.md shows one.")
    return found


def _load_json(path: str, text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}:{error.lineno}:{error.colno}  not JSON: {error.msg}", "Mend it there."
        ) from None


def _load_yaml(path: str, text: str) -> object:
    from outgrow.strategy.yaml_source import read_yaml

    return read_yaml(text, path)
