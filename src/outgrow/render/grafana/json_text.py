"""JSON as Prettier writes it: short lists on one line, everything else on lines of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

_WIDTH = 80
Json: TypeAlias = "str | int | bool | Decimal | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


def json_text(value: JsonObject) -> str:
    """Return `value` as a JSON file that ends with a newline."""
    return f"{_written(value, 0, 0)}\n"


def _written(value: Json, depth: int, column: int) -> str:
    """Return `value` as it stands after `column` characters of its line."""
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(value, depth, column)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return json.dumps(value, ensure_ascii=False)


def _mapping(value: JsonObject, depth: int) -> str:
    if not value:
        return "{}"
    inner = "  " * (depth + 1)
    lines = []
    for key, one in value.items():
        start = f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        lines.append(start + _written(one, depth + 1, len(start)))
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def _list(value: Sequence[Json], depth: int, column: int) -> str:
    inner, room = "  " * (depth + 1), _WIDTH - column - 1  # a comma may follow
    written = [_written(one, depth + 1, len(inner)) for one in value]
    line = "[" + ", ".join(written) + "]"
    if "\n" not in line and len(line) <= room:
        return line
    return "[\n" + ",\n".join(f"{inner}{one}" for one in written) + "\n" + "  " * depth + "]"
