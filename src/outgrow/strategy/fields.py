"""The scalar types of the strategy file: numbers with their unit in the key, ranges, names.

Numbers are plain (`memory_gib: 4`). A unit written into the value ("8 gb", "8GiB") or a
quoted number is refused with the number to write instead, because guessing between GB and
GiB is how storage plans go wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_UNIT_SUFFIX = re.compile(r"^\s*(-?\d[\d_.,]*)\s*([A-Za-z%$€/]+.*)$")
_PLAIN_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Patterns with several optional blanks take cubic time on long texts, so those are refused
# first; no figure is longer.
_LONGEST_FIGURE = 64


class Model(BaseModel):
    """The base of every part of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _plain_number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "expected a number, got {got}", {"got": value})
    if isinstance(value, str):
        text = value.strip()[: _LONGEST_FIGURE + 1]
        if _PLAIN_NUMBER.match(text):
            raise PydanticCustomError(
                "quoted_number", "{got} is text; write the number without quotes", {"got": value}
            )
        if match := _UNIT_SUFFIX.match(text):
            raise PydanticCustomError(
                "unit_in_value",
                "{got} carries a unit; the key already names it, so write only the number ({n})",
                {"got": value, "n": match[1].replace(",", "").replace("_", "")},
            )
        raise PydanticCustomError("not_a_number", "expected a number, got {got}", {"got": value})
    if isinstance(value, float):
        return Decimal(repr(value))
    return value


def _finite(value: Decimal) -> Decimal:
    if not _usable(value, digits=28, places=20):
        raise PydanticCustomError(
            "not_finite", "{got} is not a usable number", {"got": str(value)[:_LONGEST_FIGURE]}
        )
    return value


def _usable(value: Decimal, digits: int, places: int) -> bool:
    written = value.as_tuple()
    return (
        isinstance(written.exponent, int)
        and written.exponent >= -places
        and len(written.digits) <= digits
        and (value.is_zero() or value.adjusted() <= 15)  # no arithmetic: it could overflow
    )


def _written_number(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


_number_parts = (
    BeforeValidator(_plain_number),
    AfterValidator(_finite),
    PlainSerializer(_written_number, return_type=Any),
)

Number = Annotated[Decimal, *_number_parts, WithJsonSchema({"type": "number"})]
Quantity = Annotated[
    Decimal, *_number_parts, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})
]
Positive = Annotated[
    Decimal, *_number_parts, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
Share = Annotated[
    Decimal,
    *_number_parts,
    Field(ge=0, le=1),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]
HoursMonth = Annotated[
    Decimal,
    *_number_parts,
    Field(ge=0, le=744),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 744}),
]
# The largest machine anyone in the catalogue rents has 1,024 GiB and 128 vCPU; a larger
# figure is a figure in MiB or millicores.
MemoryGib = Annotated[
    Decimal,
    *_number_parts,
    Field(gt=0, le=4096),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 4096}),
]
Vcpu = Annotated[
    Decimal,
    *_number_parts,
    Field(gt=0, le=512),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 512}),
]
Count = Annotated[
    int,
    BeforeValidator(_plain_number),
    Field(ge=0, le=100_000),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 100_000}),
]
# A power of two is usual; a million would make the directory of shards larger than most tables.
LogicalShards = Annotated[
    int,
    BeforeValidator(_plain_number),
    Field(ge=1, le=1_000_000),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 1_000_000}),
]
MonthOfYear = Annotated[
    int,
    BeforeValidator(_plain_number),
    Field(ge=1, le=12),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 12}),
]
Port = Annotated[int, BeforeValidator(_plain_number), Field(ge=1, le=65535)]


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise PydanticCustomError(
            "bad_name",
            "{got} is not a name; use letters, digits, '-', '_' and '.'",
            {"got": repr(value)},
        )
    return value


Name = Annotated[
    str,
    AfterValidator(_name),
    Field(max_length=80),
    WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$", "maxLength": 80}),
]
Text = Annotated[str, Field(max_length=20_000)]


def _scalar(value: object) -> bool | Decimal | str:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Decimal):
        return _finite(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))
    raise PydanticCustomError(
        "not_a_scalar", "expected a number, text, true or false; got {got}", {"got": repr(value)}
    )


def _written_scalar(value: bool | Decimal | str) -> bool | int | Decimal | str:
    return _written_number(value) if isinstance(value, Decimal) else value


Scalar = Annotated[
    bool | Decimal | str,
    PlainValidator(_scalar),
    PlainSerializer(_written_scalar, return_type=Any),
    WithJsonSchema({"type": ["boolean", "number", "string"]}),
]


def _day(value: object) -> object:
    # Without this a bare number would count as seconds since 1970.
    written_otherwise = isinstance(value, str) and not _DAY.fullmatch(value)
    if written_otherwise or isinstance(value, int | Decimal):
        raise PydanticCustomError(
            "bad_date", "{got} is not a date; write 2026-01-31", {"got": repr(value)[:80]}
        )
    return value


Day = Annotated[date, BeforeValidator(_day)]


def _digits(value: Decimal) -> str:
    return f"{value:f}" if value != value.to_integral_value() else str(int(value))


@dataclass(frozen=True, slots=True)
class Range:
    """A span of a variable, from `low` up to but not including `high` (None: no end).

    Written as `0-50`, `50+`, `1k-10k`, a single number, or `{from: 0, to: 50}`.
    """

    low: Decimal
    high: Decimal | None

    def holds(self, value: Decimal) -> bool:
        """Return whether `value` lies in the half-open range; a single number holds itself."""
        if self.low == self.high:
            return value == self.low
        return self.low <= value and (self.high is None or value < self.high)

    def __str__(self) -> str:
        low = _digits(self.low)
        if self.high is None:
            return f"{low}+"
        return low if self.high == self.low else f"{low}-{_digits(self.high)}"


_RANGE = re.compile(
    r"^\s*(\d+(?:\.\d+)?)\s*([kKmM]?)\s*(?:(\+)|[-\u2013]\s*(\d+(?:\.\d+)?)\s*([kKmM]?))?\s*$"
)
_SCALE = {"": Decimal(1), "k": Decimal(1000), "m": Decimal(1_000_000)}
_RANGE_HELP = "{got} is not a range; write 0-50, 50+, 1k-10k or {{from: 0, to: 50}}"


def _bad_range(value: object) -> PydanticCustomError:
    return PydanticCustomError("bad_range", _RANGE_HELP, {"got": repr(value)[:80]})


def _range(value: Any) -> Any:
    if isinstance(value, Range):
        return value
    if isinstance(value, dict) and set(value) <= {"from", "to"} and "from" in value:
        low, high = _decimal(value["from"]), value.get("to")
        return _ordered(low, None if high is None else _decimal(high), value)
    if isinstance(value, str):
        return _range_from_text(value)
    number = _decimal(value)
    return _ordered(number, number, value)


def _range_from_text(text: str) -> Range:
    match = _RANGE.match(text) if len(text) <= _LONGEST_FIGURE else None
    if not match:
        raise _bad_range(text)
    low = _scaled(match[1], match[2], text)
    if match[3]:
        return Range(low=low, high=None)
    if match[4] is None:
        return Range(low=low, high=low)
    return _ordered(low, _scaled(match[4], match[5], text), text)


def _scaled(digits: str, scale: str, written: str) -> Decimal:
    return _range_end(_range_end(Decimal(digits), written) * _SCALE[scale.lower()], written)


def _range_end(number: Decimal, written: object) -> Decimal:
    # Tighter than other numbers, so that the middle of a range is exact and its text short.
    if not _usable(number, digits=20, places=15):
        raise _bad_range(written)
    return number


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _bad_range(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not _usable(number, digits=28, places=20) or number < 0:
        raise _bad_range(value)
    return number


def _ordered(low: Decimal, high: Decimal | None, written: object) -> Range:
    _range_end(low, written)
    if high is not None and _range_end(high, written) < low:
        raise PydanticCustomError(
            "range_backwards",
            "{got} runs backwards; write the smaller end first",
            {"got": repr(written)},
        )
    return Range(low=low, high=high)


_RANGE_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {
            "type": "string",
            "pattern": r"^\s*\d+(\.\d+)?\s*[kKmM]?\s*(\+|[-\u2013]\s*\d+(\.\d+)?\s*[kKmM]?)?\s*$",
        },
        {
            "type": "object",
            "properties": {
                "from": {"type": "number", "minimum": 0},
                "to": {"type": ["number", "null"], "minimum": 0},
            },
            "required": ["from"],
            "additionalProperties": False,
        },
    ]
}


Span = Annotated[
    Range,
    PlainValidator(_range),
    PlainSerializer(str, return_type=Any),
    WithJsonSchema(_RANGE_SCHEMA),
]


@dataclass(frozen=True, slots=True)
class Spread:
    """An uncertain figure: a low, a likely and a high value."""

    low: Decimal
    likely: Decimal
    high: Decimal


def _spread(value: Any) -> Any:
    if isinstance(value, Spread):
        return value
    if isinstance(value, dict):
        return _spread_from_mapping(value)
    if isinstance(value, str) and len(value) <= _LONGEST_FIGURE and _RANGE.match(value):
        span = _range_from_text(value)
        if span.high is None:
            raise PydanticCustomError(
                "open_estimate", "{got} has no upper end; an estimate needs one", {"got": value}
            )
        return Spread(low=span.low, likely=(span.low + span.high) / 2, high=span.high)
    number = _decimal(_plain_number(value))
    return Spread(low=number, likely=number, high=number)


def _spread_from_mapping(value: dict[str, object]) -> Spread:
    if set(value) != {"low", "likely", "high"}:
        raise PydanticCustomError(
            "bad_estimate", "an estimate has exactly the keys low, likely and high", {}
        )
    low, likely, high = (_decimal(_plain_number(value[k])) for k in ("low", "likely", "high"))
    if not low <= likely <= high:
        raise PydanticCustomError(
            "estimate_order", "low <= likely <= high does not hold for this estimate", {}
        )
    return Spread(low=low, likely=likely, high=high)


def _written_spread(value: Spread) -> int | Decimal | dict[str, int | Decimal]:
    if value.low == value.likely == value.high:
        return _written_number(value.low)
    parts = {"low": value.low, "likely": value.likely, "high": value.high}
    return {key: _written_number(part) for key, part in parts.items()}


Estimate = Annotated[
    Spread,
    PlainValidator(_spread),
    PlainSerializer(_written_spread, return_type=Any),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^\s*\d"},
                {
                    "type": "object",
                    "properties": {
                        k: {"type": "number", "minimum": 0} for k in ("low", "likely", "high")
                    },
                    "required": ["low", "likely", "high"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


def certain(value: Decimal) -> Spread:
    """Return `value` as an estimate without spread."""
    return Spread(low=value, likely=value, high=value)
