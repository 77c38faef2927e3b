"""The overlay is written so that nothing of a row is lost or changed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from outgrow.catalog.overlay import merge_rows, overlay_text
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rates import Grade, Provenance, Rate

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    [
        "a, b",
        'say "8 GiB"',
        "two\nlines",
        "cr\rlf\r\n",
        "; conf=A",
        "DERIVED: x",
        "computed",
        "\u2028",
    ]
)
FIGURES = st.none() | st.decimals(
    min_value=0, allow_nan=False, allow_infinity=False, max_value=10**9
)
ROWS = st.builds(
    Rate,
    provider=st.sampled_from(["aws", "fly_io"]),
    product=TEXTS,
    sku=TEXTS,
    region=TEXTS,
    unit=TEXTS,
    price_usd=FIGURES,
    vcpu=FIGURES,
    memory_gib=FIGURES,
    storage_gib=FIGURES,
    limit_name=TEXTS,
    limit_value=TEXTS,
    provenance=st.builds(Provenance, TEXTS, TEXTS, st.sampled_from(Grade), TEXTS),
)


@given(st.lists(ROWS, max_size=6))
def test_what_is_written_is_read_back_as_it_was(rows: list[Rate]) -> None:
    assert parse_rows(overlay_text(rows), "overlay.csv") == tuple(rows)


@given(st.lists(ROWS, max_size=6))
def test_writing_what_was_read_gives_the_same_text(rows: list[Rate]) -> None:
    text = overlay_text(rows)
    assert overlay_text(parse_rows(text, "overlay.csv")) == text


SMALL = st.builds(
    lambda sku, limit, price: Rate(
        "aws",
        "ec2",
        sku,
        "us-east-1",
        "hour",
        Decimal(price),
        None,
        None,
        None,
        limit,
        "",
        Provenance("test", "2026-01-01", Grade.USER),
    ),
    st.sampled_from("abc"),
    st.sampled_from(["", "connections"]),
    st.integers(1, 9),
)


@given(st.lists(SMALL), st.lists(SMALL))
def test_merging_keeps_one_row_of_each_name_the_newest_in_a_stable_order(
    old: list[Rate], new: list[Rate]
) -> None:
    names = [(row.id, row.limit_name) for row in (*old, *new)]
    latest = dict(zip(names, (*old, *new), strict=True))
    assert merge_rows(old, new) == tuple(latest[name] for name in dict.fromkeys(names))
