"""What a strategy wants of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow.partitions.names import TableName
from outgrow.partitions.periods import Every
from outgrow.strategy.practices import Partition

_AHEAD = {"month": 3, "week": 8, "day": 14}

Format = Literal["parquet", "copy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How `table` is split, what exists ahead, what stays and where the rest goes.

    `keep` is how many full periods stay beside the present one; None keeps all.
    """

    table: TableName
    component: str
    column: str
    every: Every
    create_ahead: int
    keep: int | None = None
    archive: bool = False
    archive_to: str | None = None
    format: Format = "parquet"


def policy_of(partition: Partition, table: TableName) -> Policy:
    """Return what `partition` of the strategy says, with defaults filled in."""
    ahead = partition.create_ahead
    return Policy(
        table=table,
        component=partition.component,
        column=partition.by,
        every=partition.every,
        create_ahead=_AHEAD[partition.every] if ahead is None else ahead,
        keep=partition.keep,
        archive=partition.archive,
        archive_to=partition.archive_to,
        format=partition.format,
    )
