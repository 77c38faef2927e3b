"""How a period is written as the bounds of a partition, and how a partition is called."""

from __future__ import annotations

from outgrow.partitions.facts import Existing
from outgrow.partitions.names import TableName, ident
from outgrow.partitions.periods import Every, Period, label

# What a column may hold that tables are split by, and how midnight is written in it. Dates
# without a zone are taken as UTC.
_MIDNIGHT = {
    "date": "",
    "timestamp": " 00:00:00",
    "timestamp with time zone": " 00:00:00+00",
}


def base_type(written: str) -> str:
    """Return a type without its precision: `timestamp(3) without time zone` is `timestamp`."""
    words = written.replace("(", " (").split()
    kept = " ".join(word for word in words if not word.startswith("("))
    return kept.removesuffix(" without time zone")


def can_split_by(written_type: str) -> bool:
    """Return whether a column of this type holds dates."""
    return base_type(written_type) in _MIDNIGHT


def for_values(period: Period, written_type: str) -> str:
    """Return the bounds of `period` for a column of this type."""
    midnight = _MIDNIGHT[base_type(written_type)]
    first, after = (f"'{one.isoformat()}{midnight}'" for one in (period.first, period.after))
    return f"for values from ({first}) to ({after})"


def within(period: Period, column: str, written_type: str) -> str:
    """Return the condition that a row of `period` meets."""
    midnight = _MIDNIGHT[base_type(written_type)]
    by, kind = ident(column), base_type(written_type)
    first, after = (f"{kind} '{one.isoformat()}{midnight}'" for one in (period.first, period.after))
    return f"{by} is not null and {by} >= {first} and {by} < {after}"


def partition_name(table: TableName, period: Period, every: Every) -> TableName:
    """Return the name of a partition, as pg_partman would choose it."""
    return table.beside(f"_p{label(period, every)}")


def uncovered(wanted: tuple[Period, ...], existing: tuple[Existing, ...]) -> tuple[Period, ...]:
    """Return the periods of `wanted` of which no day is in an existing partition."""
    taken = [one.bounds for one in existing if one.bounds]
    return tuple(one for one in wanted if not any(_overlap(one, other) for other in taken))


def partly_covered(
    wanted: tuple[Period, ...], existing: tuple[Existing, ...]
) -> tuple[Period, ...]:
    """Return the periods of `wanted` of which some days are in a partition and some in none."""
    taken = sorted(one.bounds for one in existing if one.bounds)
    return tuple(
        one
        for one in wanted
        if any(_overlap(one, other) for other in taken) and not _covered(one, taken)
    )


def _overlap(one: Period, other: Period) -> bool:
    return one.first < other.after and other.first < one.after


def _covered(period: Period, taken: list[Period]) -> bool:
    reached = period.first
    for one in taken:
        if one.first <= reached < one.after:
            reached = one.after
    return reached >= period.after
