"""Tables as the planner sees them, to be changed by each test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from outgrow.partitions.facts import Column, Dates, Existing, Index, Structure, Table
from outgrow.partitions.names import TableName, table_name
from outgrow.partitions.periods import Period
from outgrow.partitions.policy import Policy

TODAY = date(2026, 4, 15)
EVENTS = table_name("events")
POLICY = Policy(EVENTS, "db", "created_at", "month", create_ahead=2, keep=2, archive=True)
NO_DATES = Dates(None, None, missing=False, out_of_range=False)

STRUCTURE = Structure(
    columns=(
        Column("id", "bigint", required=True, identity="a", generated=False),
        Column("created_at", "timestamp with time zone", True, "", generated=False),
        Column("code", "text", required=False, identity="", generated=False),
    ),
    key=("id",),
    key_name="events_pkey",
    indexes=(Index("events_pkey", True, "p", ("id",), "USING btree (id)", "PRIMARY KEY (id)"),),
    foreign_keys=(),
    referenced_by=(),
    triggers=(),
    views=(),
    sequences=(),
    settings=(),
    owner="app",
    options="",
    publications=(),
    others=(),
)

PLAIN = Table(
    name=EVENTS,
    kind="r",
    persistence="p",
    inherits=False,
    structure=STRUCTURE,
    rows=1000,
    bytes=1 << 20,
    split_by="",
    partitions=(),
    partman=None,
    partman_keeps=False,
    taken_names=frozenset({"events"}),
)


def part(first: date, after: date, name: str = "") -> Existing:
    called = name or f"events_p{first:%Y_%m}"
    return Existing(TableName("public", called), Period(first, after), "", False, 10, 8192)


def months(first: int, last: int) -> tuple[Existing, ...]:
    """Monthly partitions of 2026, from one month to another."""
    return tuple(part(date(2026, m, 1), date(2026, m + 1, 1)) for m in range(first, last + 1))


def split(*partitions: Existing) -> Table:
    return replace(
        PLAIN, kind="p", split_by="RANGE (created_at)", partitions=partitions,
        taken_names=frozenset({"events", *(one.name.name for one in partitions)}),
    )  # fmt: skip
