"""Results as JSON, the same for every command; docs/json.md describes the envelope.

Money and quantities are JSON numbers; what is unknown is null, never 0.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel

FORMAT_VERSION = 1
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def print_json(command: str, result: object) -> None:
    """Print `result` of `command` in the versioned envelope."""
    envelope = {"outgrow_json": FORMAT_VERSION, "command": command, "result": to_json(result)}
    json.dump(envelope, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def to_json(value: object) -> Json:
    """Return `value` as JSON values: dataclasses and models by field, money as numbers."""
    if isinstance(value, Enum):
        return to_json(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _length(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(one) for key, one in value.items()}
    if isinstance(value, BaseModel):
        return to_json(value.model_dump(exclude_unset=True))
    if is_dataclass(value) and not isinstance(value, type):
        return _of_record(value, [field.name for field in fields(value)])
    if isinstance(value, Set):
        return [to_json(one) for one in sorted(value, key=str)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _of_record(value, value._fields)
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    return str(value)


def _length(value: timedelta) -> str:
    """Return a length of time as ISO 8601 writes it, in days and seconds: P730D."""
    return f"P{value.days}D" + (f"T{value.seconds}S" if value.seconds else "")


def _of_record(value: object, names: Iterable[str]) -> Json:
    """Return the fields of a dataclass or named tuple, and its total where it has one."""
    named = {name: to_json(getattr(value, name)) for name in names}
    total = getattr(value, "total", None)
    if total is not None and "total" not in named:
        named["total"] = to_json(total)
    return named
