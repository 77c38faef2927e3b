"""JSON as Prettier leaves it: two spaces, and lists of plain values on one line that fits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

LINE_WIDTH = 80
Json: TypeAlias = "bool | int | Decimal | str | Sequence[Json] | Mapping[str, Json] | None"


def json_text(document: Json) -> str:
    """Return `document` as one JSON file that ends with a newline."""
    return _value(document, 0, 0) + "\n"


def _value(value: Json, depth: int, column: int) -> str:
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(value, depth, column)
    return _scalar(value)


def _object(value: Mapping[str, Json], depth: int) -> str:
    if not value:
        return "{}"
    indent = "  " * (depth + 1)
    lines = []
    for key, one in value.items():
        start = f"{indent}{_scalar(key)}: "
        lines.append(start + _value(one, depth + 1, len(start)))
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def _list(value: Sequence[Json], depth: int, column: int) -> str:
    if not _must_break(value):
        line = "[" + ", ".join(_value(one, 0, 0) for one in value) + "]"
        if column + len(line) < LINE_WIDTH:  # one column for a comma behind it
            return line
    indent = "  " * (depth + 1)
    lines = [indent + _value(one, depth + 1, len(indent)) for one in value]
    return "[\n" + ",\n".join(lines) + "\n" + "  " * depth + "]"


def _must_break(value: Sequence[Json]) -> bool:
    """Return whether Prettier never puts this list on one line.

    It does where there is an object inside, and where several lists hold several values each.
    """
    lists = [one for one in value if isinstance(one, list | tuple)]
    if any(isinstance(one, Mapping) for one in value) or any(map(_must_break, lists)):
        return True
    return len(value) > 1 and len(lists) == len(value) and all(len(one) > 1 for one in lists)


def _scalar(value: bool | int | Decimal | str | None) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return json.dumps(value, ensure_ascii=False)
