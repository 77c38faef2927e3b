"""The statements of a conversion, where a slip would lock somebody out or lose something."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.partitions.tables import EVENTS, STRUCTURE

from outgrow.partitions.bounds import can_split_by, for_values, partition_name, within
from outgrow.partitions.conversion import Conversion, noting, swap
from outgrow.partitions.facts import ForeignKey
from outgrow.partitions.names import ident, literal, table_name
from outgrow.partitions.periods import period_of

CONVERSION = Conversion(EVENTS, "created_at", "month", STRUCTURE, (), None)
MAY = period_of(date(2026, 5, 9), "month")


@pytest.mark.parametrize(
    ("written", "bounds"),
    [
        ("date", "for values from ('2026-05-01') to ('2026-06-01')"),
        (
            "timestamp(3) with time zone",
            "for values from ('2026-05-01 00:00:00+00') to ('2026-06-01 00:00:00+00')",
        ),
        (
            "timestamp without time zone",
            "for values from ('2026-05-01 00:00:00') to ('2026-06-01 00:00:00')",
        ),
    ],
)
def test_bounds_are_midnights_in_utc(written: str, bounds: str) -> None:
    assert for_values(MAY, written) == bounds


def test_the_proof_of_the_bounds_leaves_out_null_and_the_end() -> None:
    assert within(MAY, "At", "date") == (
        '"At" is not null and "At" >= date \'2026-05-01\' and "At" < date \'2026-06-01\''
    )


@pytest.mark.parametrize("written", ["text", "bigint", "time without time zone", "uuid"])
def test_only_dates_and_timestamps_split(written: str) -> None:
    assert not can_split_by(written)


def test_partitions_are_called_as_pg_partman_calls_them() -> None:
    assert partition_name(EVENTS, MAY, "month").name == "events_p2026_05"
    week = period_of(date(2027, 1, 1), "week")
    assert partition_name(EVENTS, week, "week").name == "events_p2026w53"
    day = period_of(date(2026, 5, 9), "day")
    assert partition_name(EVENTS, day, "day").name == "events_p2026_05_09"


def test_the_trigger_sees_what_a_subscription_applies_and_finds_no_planted_operators() -> None:
    statements = "\n".join(noting(CONVERSION))
    assert statements.count("enable always trigger") == 2
    assert "set search_path = pg_catalog, pg_temp" in statements
    assert "after truncate" in statements


def test_a_key_to_the_table_itself_is_dropped_and_not_made_again() -> None:
    own = ForeignKey("parent", EVENTS, EVENTS, "FOREIGN KEY (p) REFERENCES public.events(id)")
    conversion = replace(CONVERSION, structure=replace(STRUCTURE, foreign_keys=(own,)))
    statements = list(swap(conversion, [EVENTS.beside("_p2026_05")]))
    assert 'alter table "public"."events" drop constraint if exists "parent"' in statements
    assert not [one for one in statements if "add constraint" in one]


def test_names_and_texts_cannot_end_their_quotes() -> None:
    assert ident('a"b') == '"a""b"'
    assert literal("it's") == "'it''s'"
    assert literal("a\\'") == "E'a\\\\'''"
    assert str(table_name('s.a"; drop table x')) == '"s"."a""; drop table x"'
