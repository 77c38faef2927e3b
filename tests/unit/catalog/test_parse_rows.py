"""Price files: what is unknown stays so, and what is malformed is named by line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.catalog.parse_rows import COLUMNS, parse_rows
from outgrow.catalog.rates import Grade
from outgrow.errors import InputError

HEADER = ",".join(COLUMNS)


def rows_of(*lines: str) -> str:
    return "\n".join((HEADER, *lines)) + "\n"


def test_an_empty_price_is_unknown_and_a_zero_is_zero() -> None:
    unknown, free = parse_rows(
        rows_of(
            "a,plan,x,global,month,,,,,,,conf=A,somewhere,2026",
            "a,plan,y,global,month,0,,,,,,conf=A,somewhere,2026",
        ),
        "a.csv",
    )
    assert unknown.price_usd is None
    assert free.price_usd == 0


def test_prices_are_read_exactly() -> None:
    (row,) = parse_rows(rows_of("a,f,x,global,s,0.0000166667,,,,,,conf=A,s,2026"), "a.csv")
    assert row.price_usd == Decimal("0.0000166667")


@pytest.mark.parametrize(
    ("notes", "grade", "rest"),
    [
        ("conf=A", Grade.A, ""),
        ("included; conf=B", Grade.B, "included"),
        ("conf=A (a snapshot: spot moves)", Grade.A, "(a snapshot: spot moves)"),
        ("no grade here", Grade.UNGRADED, "no grade here"),
        ("DERIVED from another size", Grade.DERIVED, "DERIVED from another size"),
    ],
)
def test_the_grade_is_taken_out_of_the_notes(notes: str, grade: Grade, rest: str) -> None:
    (row,) = parse_rows(rows_of(f"a,p,x,global,month,1,,,,,,{notes},s,2026"), "a.csv")
    assert (row.provenance.grade, row.provenance.notes) == (grade, rest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a.csv:1: the first line is not the header"),
        ("provider,price\n", "a.csv:1: the first line is not the header"),
        (rows_of("a,p,x"), "a.csv:2: 3 columns instead of 14"),
        (rows_of("a,p,x,global,month,cheap,,,,,,n,s,d"), "a.csv:2: price_usd is 'cheap'"),
        (rows_of("a,p,x,global,month,-1,,,,,,n,s,d"), "a.csv:2: price_usd is '-1'"),
        (rows_of("a,p,x,global,month,NaN,,,,,,n,s,d"), "a.csv:2: price_usd is 'NaN'"),
    ],
)
def test_a_malformed_file_is_named_by_line(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_rows(text, "a.csv")
    assert reason in caught.value.reason
    assert caught.value.remedy
