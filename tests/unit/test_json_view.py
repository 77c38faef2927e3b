"""JSON is written directly: it must be what the standard encoder writes, and all of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from outgrow.catalog.rates import Grade, Provenance
from outgrow.cli.json_view import json_pieces

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Kind(StrEnum):
    ONE = "one"


@dataclass(frozen=True)
class Sum:
    amount: Decimal


class Bill(NamedTuple):
    lines: tuple[object, ...]

    @property
    def total(self) -> Sum:
        return Sum(Decimal("1.50"))


class Model(BaseModel):
    written: int = 1
    unwritten: int = 2


def written(value: object) -> str:
    return "".join(json_pieces(value))


@given(plain)
def test_plain_values_are_written_as_the_standard_encoder_does(value: object) -> None:
    assert written(value) == json.dumps(value, indent=2, ensure_ascii=False)


def test_records_are_objects_with_their_total() -> None:
    assert json.loads(written(Bill((Sum(Decimal(2)),)))) == {
        "lines": [{"amount": 2}],
        "total": {"amount": 1.5},
    }


def test_what_json_has_no_form_for_is_written_as_people_would() -> None:
    source = Provenance("a page", "2026", Grade.A)
    value = [Kind.ONE, date(2026, 1, 2), PurePosixPath("a/b"), {"z", "a"}, Model(written=3), source]
    assert json.loads(written(value)) == [
        "one",
        "2026-01-02",
        "a/b",
        ["a", "z"],
        {"written": 3},
        {"source": "a page", "as_of": "2026", "grade": "A", "notes": ""},
    ]


def test_money_keeps_its_cents_and_whole_numbers_stay_whole() -> None:
    assert written([Decimal("0.10"), Decimal("3.00"), Decimal("1E+3")]).split() == [
        "[",
        "0.1,",
        "3,",
        "1000",
        "]",
    ]


def test_a_length_of_time_is_written_as_iso_8601() -> None:
    assert "".join(json_pieces([timedelta(days=730), timedelta(days=2, seconds=5)])) == (
        '[\n  "P730D",\n  "P2DT5S"\n]'
    )
