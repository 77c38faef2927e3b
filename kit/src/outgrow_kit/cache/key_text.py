"""The text of an argument inside a key: two values share a text only when they are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from outgrow_kit.cache.errors import Unkeyable

# Beyond this many characters a key holds a digest: servers keep every key in memory.
LONGEST = 200


def text_of(value: object) -> str:
    """Return a text that tells type and value; raises Unkeyable for a type without one."""
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{one.name}={text_of(getattr(value, one.name))}" for one in fields(value))
        return f"{type(value).__qualname__}({','.join(parts)})"
    raise Unkeyable(
        f"a {type(value).__qualname__} makes no key: pass its id instead, or leave the argument "
        f"out of the key with ignore=[...]"
    )


def bounded(text: str) -> str:
    """Return `text` in printable ASCII, its end replaced by a digest when it is long."""
    if not (text.isascii() and text.isprintable()):
        text = json.dumps(text)[1:-1]
    if len(text) <= LONGEST:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
    return f"{text[: LONGEST - 41]}#{digest}"


def _sequence(opening: str, closing: str) -> Callable[[object], str]:
    def write(values: object) -> str:
        assert isinstance(values, (list, tuple))
        return f"{opening}{','.join(map(text_of, values))}{closing}"

    return write


def _sorted(name: str) -> Callable[[object], str]:
    def write(values: object) -> str:
        assert isinstance(values, (set, frozenset))
        return f"{name}({','.join(sorted(map(text_of, values)))})"

    return write


def _mapping(values: object) -> str:
    assert isinstance(values, Mapping)
    pairs = sorted(f"{text_of(key)}:{text_of(value)}" for key, value in values.items())
    return f"{{{','.join(pairs)}}}"


def _named(name: str) -> Callable[[object], str]:
    return lambda value: f"{name}({value})"


def _moment(value: object) -> str:
    # The zone's name is part of it: two zones of one offset format the same moment differently.
    assert isinstance(value, (datetime, time))
    return f"{type(value).__name__}({value.isoformat()},{value.fold},{value.tzinfo})"


_WRITERS: Mapping[type, Callable[[object], str]] = {
    str: json.dumps,
    int: str,
    bool: str,
    type(None): str,
    float: repr,
    bytes: repr,
    UUID: _named("UUID"),
    Decimal: _named("Decimal"),
    date: _named("date"),
    datetime: _moment,
    time: _moment,
    timedelta: repr,
    tuple: _sequence("(", ")"),
    list: _sequence("[", "]"),
    set: _sorted("set"),
    frozenset: _sorted("frozenset"),
    dict: _mapping,
}
