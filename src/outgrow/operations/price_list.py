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
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    try:
        names = _header(next(reader, []), path)
        for cells in reader:
            if any(cells[len(names) :]):
                raise InputError(
                    f"{path}:{reader.line_num}: more cells than columns",
                    "Quote a cell that holds a comma.",
                )
            written = zip(names, map(str.strip, cells), strict=False)
            fields = {name: cell for name, cell in written if cell}
            if fields:
                yield WrittenItem(_nested(fields), Location(path, reader.line_num, 1))
    except csv.Error as error:
        place = f"{path}:{reader.line_num}"
        raise InputError(f"{place}: this is not CSV: {error}", "Close every quote.") from None


def _header(cells: list[str], path: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    if "service" not in names:
        remedy = "Begin with a line of field names, with commas between them."
        raise InputError(f"{path}:1: no column `service`", remedy)
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"{path}:1: column `{twice}` stands twice", "Keep one of them.")
    return names


def _nested(row: dict[str, str]) -> Mapping[str, object]:
    """Return a row with its `usage.METER` columns gathered, as a tariff item has them."""
    usage = {
        name.removeprefix("usage."): row.pop(name) for name in list(row) if name[:6] == "usage."
    }
    return {**row, "usage": usage} if usage else row


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object that `pairs` write; raise ValueError if a name stands twice in it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"`{twice}` is written twice in one object")
    return found


def _from_json(text: str, path: str) -> Iterator[WrittenItem]:
    try:
        found = json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
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
    if document.root is None:
        raise InputError(f"{path}: there is nothing in it", f"Write {_EXPECTED}.")
    root = child(document.root, "items") or document.root
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
