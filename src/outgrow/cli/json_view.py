"""Results as JSON, the same for every command; docs/json.md describes the envelope.

Money and quantities are JSON numbers; what is unknown is null, never 0. The text is written
directly, a piece at a time: a price list of 100,000 items is 160 MB of it, and the encoder
of the standard library takes ten times as long over it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel

from outgrow.catalog.rates import Provenance

FORMAT_VERSION = 1
_STREAMED_LEVELS = 3  # the envelope, the result and its lists; what stands in those is short
_CONSTANTS = MappingProxyType({None: "null", True: "true", False: "false"})
_quoted = json.encoder.encode_basestring

# The labels of an object's members (empty in a list) with their values.
_Members = Iterable[tuple[str, object]]


def print_json(command: str, result: object) -> None:
    """Print `result` of `command` in the versioned envelope."""
    envelope = {"outgrow_json": FORMAT_VERSION, "command": command, "result": result}
    for piece in json_pieces(envelope):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


def json_pieces(value: object) -> Iterator[str]:
    """Yield the JSON of `value`, indented by two: records by field, money as numbers."""
    return _pieces(value, "\n", _STREAMED_LEVELS)


def _pieces(value: object, newline: str, levels: int) -> Iterator[str]:
    container = _container(value) if levels else None
    if container is None:
        yield _text(value, newline)
        return
    brackets, members = container
    inner, before = newline + "  ", brackets[0]
    for label, member in members:
        yield f"{before}{inner}{label}"
        yield from _pieces(member, inner, levels - 1)
        before = ","
    yield brackets if before != "," else newline + brackets[1]


def _text(value: object, newline: str) -> str:
    """Return the JSON of `value`; what is commonest is looked for first."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Provenance):
        return _provenance(value, newline)
    if value is None or value is True or value is False:
        return _CONSTANTS[value]
    kind: Any = type(value)
    record = _record(kind)
    if record is not None:
        return _filled(record, value, newline)
    if isinstance(value, tuple):
        return _joined("[]", [("", one) for one in value], newline)
    container = _container(value)
    return _scalar(value) if container is None else _joined(*container, newline)


def _joined(brackets: str, members: _Members, newline: str) -> str:
    inner = newline + "  "
    texts = [f"{inner}{label}{_text(member, inner)}" for label, member in members]
    return f"{brackets[0]}{','.join(texts)}{newline}{brackets[1]}" if texts else brackets


def _scalar(value: object) -> str:
    if isinstance(value, Enum):
        return _text(value.value, "")
    if isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, timedelta):
        return _quoted(_length(value))
    return _quoted(value.isoformat() if isinstance(value, date) else str(value))


def _length(value: timedelta) -> str:
    """Return a length of time as ISO 8601 writes it, in days and seconds: P730D."""
    return f"P{value.days}D" + (f"T{value.seconds}S" if value.seconds else "")


@lru_cache(maxsize=4096)
def _number(value: Decimal) -> str:
    return json.dumps(int(value) if value == value.to_integral_value() else float(value))


@lru_cache(maxsize=4096)
def _provenance(value: Provenance, newline: str) -> str:
    """Return the JSON of a source, which is that of many lines."""
    record = _record(Provenance)
    assert record is not None
    return _filled(record, value, newline)


def _container(value: object) -> tuple[str, _Members] | None:
    """Return the brackets and members of what has members, None for anything else."""
    kind: Any = type(value)
    record = _record(kind)
    if record is not None:
        return "{}", zip(record.labels, record.values_of(value), strict=True)
    if isinstance(value, Mapping):
        return "{}", [(f"{_quoted(str(key))}: ", one) for key, one in value.items()]
    if isinstance(value, BaseModel):
        return _container(value.model_dump(exclude_unset=True))
    if isinstance(value, Set):
        return "[]", [("", one) for one in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return "[]", [("", one) for one in value]
    return None


class _Record(NamedTuple):
    """How the fields of a class are read: its labels, and what returns their values."""

    labels: tuple[str, ...]
    values_of: Callable[[object], tuple[object, ...]]


def _filled(record: _Record, value: object, newline: str) -> str:
    inner = newline + "  "
    return _template(record.labels, newline) % tuple(
        [_text(member, inner) for member in record.values_of(value)]
    )


@cache
def _template(labels: tuple[str, ...], newline: str) -> str:
    lines = ",".join(f"{newline}  {label}%s" for label in labels)
    return f"{{{lines}{newline}}}" if labels else "{}"


@cache
def _record(kind: type) -> _Record | None:
    """Return how a dataclass or named tuple is read, its `total` included; None for another."""
    names = _names(kind)
    if names is None:
        return None
    labels = tuple(f'"{name}": ' for name in names)
    if len(names) > 1:
        return _Record(labels, attrgetter(*names))
    return _Record(labels, lambda value: tuple(getattr(value, name) for name in names))


def _names(kind: object) -> list[str] | None:
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
    elif isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        names = list(kind._fields)
    else:
        return None
    return [*names, "total"] if hasattr(kind, "total") and "total" not in names else names
