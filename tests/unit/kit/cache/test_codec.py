"""What is read equals what was written, type by type; what cannot be written is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outgrow_kit.cache.codec import Codec, Format, codec_for
from outgrow_kit.cache.errors import Undecodable, Unstorable
from outgrow_kit.cache.types import TypeRegistry


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str


@dataclass
class Order:
    number: int
    total: Money
    lines: tuple[str, ...]


class User(pydantic.BaseModel):
    name: str
    born: date


FORMATS: list[Format] = ["msgpack", "json"]
VALUES = [
    None, True, 1, -1.5, float("inf"), 2**100, "é\0🙂", b"\x00\xff", [1, [2]], (1, (2, "x")),
    {"a": 1, 2: "b", (1, 2): None, "$": "x", "v": 1}, {1, 2}, frozenset({"a"}),
    datetime(2024, 2, 29, 1, 2, 3, 4), datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    date(2024, 1, 1), time(1, 2, 3), timedelta(days=-1, microseconds=5),
    Decimal("1.10"), Decimal("NaN"), UUID(int=7), Level.HIGH,
    Order(1, Money(Decimal("9.90"), "EUR"), ("a", "b")), User(name="Ada", born=date(1815, 12, 10)),
]  # fmt: skip


def codec(format: Format, *types: type) -> Codec:
    return codec_for(format, TypeRegistry(types))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(format: Format, value: object) -> None:
    made = codec(format, Level, Money, Order, User)
    again = made.decode(made.encode({"k": [value]}))
    found = cast(dict[str, list[object]], again)["k"][0]
    assert repr(found) == repr(value)
    assert type(found) is type(value)


@pytest.mark.parametrize("format", FORMATS)
def test_a_zone_is_still_a_zone(format: Format) -> None:
    made = codec(format)
    moment = datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    found = cast(datetime, made.decode(made.encode(moment)))
    assert (found + timedelta(days=180)).utcoffset() == timedelta(hours=1)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=40)
@given(value=plain)
def test_whatever_is_plain_comes_back_equal(format: Format, value: object) -> None:
    made = codec(format)
    try:
        raw = made.encode(value)
    except Unstorable:
        assert "surrogates" in repr(value) or "\\ud" in repr(value)
        return
    assert made.decode(raw) == value


class Odd(Enum):
    """An enum that nobody registered."""

    ONE = 1


class Text(str):
    """A text that is more than a text."""


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (object(), "return plain values"),
        (Money(Decimal(1), "EUR"), r"types=\[Money\]"),
        (Odd.ONE, r"types=\[Odd\]"),
        (Text("x"), "return plain values"),
        (lambda: 1, "return plain values"),
    ],
)
def test_an_unknown_type_is_refused_with_advice(format: Format, value: object, advice: str) -> None:
    with pytest.raises(Unstorable, match=advice):
        codec(format).encode([value])


@pytest.mark.parametrize("format", FORMATS)
def test_what_contains_itself_is_refused(format: Format) -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(Unstorable):
        codec(format).encode(value)


@pytest.mark.parametrize("format", FORMATS)
def test_a_dataclass_whose_fields_changed_is_not_read(format: Format) -> None:
    def money(*fields: str) -> type:
        return dataclass(type("Money", (), {"__annotations__": dict.fromkeys(fields, int)}))

    old, new = money("amount"), money("amount", "currency")
    raw = codec(format, old).encode(old(1))
    with pytest.raises(Undecodable):
        codec(format, new).decode(raw)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("raw", [b"", b"\xc1", b"{", b"\x81\xa1$", b'{"$":"os.system","v":"x"}'])
def test_foreign_bytes_are_not_read(format: Format, raw: bytes) -> None:
    made = codec(format)
    try:
        found = made.decode(raw)
    except Undecodable:
        return
    assert format == "msgpack"
    assert isinstance(found, int), "a first byte that happens to be a number"


def test_a_type_of_ones_own_needs_both_ways() -> None:
    types = TypeRegistry()
    with pytest.raises(ValueError, match="pack= and unpack="):
        types.add(complex)
    types.add(
        complex,
        pack=lambda value: [cast(complex, value).real, cast(complex, value).imag],
        unpack=lambda parts: complex(*cast(list[float], parts)),
    )
    made = codec_for("msgpack", types)
    assert made.decode(made.encode(1 + 2j)) == 1 + 2j


def test_two_types_of_one_name_are_refused() -> None:
    one, other = (dataclass(type("Same", (), {})) for _ in range(2))
    with pytest.raises(ValueError, match="another name"):
        TypeRegistry([one, other])
    TypeRegistry([one, one])
