"""The file that `outgrow price` reads: a list of items in YAML, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.diagnostics import Location
from outgrow.errors import InputError, InvalidStrategy

_EXPECTED = "a list of items (docs/pricing.md shows one)"


@dataclass(frozen=True, slots=True)
class WrittenItem:
    """One item as written, and where."""

    fields: Mapping[str, object]
    place: Location | None


def read_items(text: str, path: str) -> tuple[WrittenItem, ...]:
    """Return the items that `text` lists, unchecked; the ending of `path` says the format."""
    if path.lower().endswith(".csv"):
        return tuple(_from_csv(text, path))
    if path.lower().endswith(".json"):
        return tuple(_from_json(text, path))
    return tuple(_from_yaml(text, path))


def _from_csv(text: str, path: str) -> Iterator[WrittenItem]:
    reader = csv.DictReader(io.StringIO(text))
    if not reader.fieldnames or "service" not in reader.fieldnames:
        raise InputError(f"{path}:1: no column `service`", "Begin with a line of field names.")
    for row in reader:
        if None in row:
            raise InputError(
                f"{path}:{reader.line_num}: more cells than columns",
                "Quote a cell that holds a comma.",
            )
        yield WrittenItem(_nested(row), Location(path, reader.line_num, 1))


def _nested(row: Mapping[str, str | None]) -> dict[str, object]:
    """Return a row with its `usage.METER` columns gathered, as a tariff item has them."""
    fields: dict[str, object] = {}
    usage: dict[str, object] = {}
    for name, value in row.items():
        if name.startswith("usage.") and value:
            usage[name.removeprefix("usage.")] = value
        elif not name.startswith("usage."):
            fields[name] = value or ""
    return fields | {"usage": usage} if usage else fields


def _from_json(text: str, path: str) -> Iterator[WrittenItem]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except (json.JSONDecodeError, RecursionError) as error:
        place = f":{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{path}{place}: this is not JSON: {error}", "Mend it there.") from None
    for item in _listed(found, path):
        yield WrittenItem(item, None)


def _from_yaml(text: str, path: str) -> Iterator[WrittenItem]:
    from outgrow.strategy.yaml_nodes import ListNode, MappingNode, child, to_data
    from outgrow.strategy.yaml_source import read_yaml

    document = read_yaml(text.encode(), path)
    if document.problems:
        raise InvalidStrategy(document.problems)
    root = document.root and (child(document.root, "items") or document.root)
    if not isinstance(root, ListNode):
        raise InputError(f"{path}: expected {_EXPECTED}", "Begin each item with `- service: ...`.")
    for index, item in enumerate(_listed(to_data(root), path)):
        node = child(root, index)
        place = node.location if isinstance(node, MappingNode) else None
        yield WrittenItem(item, place)


def _listed(found: object, path: str) -> list[Mapping[str, object]]:
    if isinstance(found, dict) and set(found) == {"items"}:
        found = found["items"]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(f"{path}: expected {_EXPECTED}", "Each item is a mapping of its fields.")
    return found
