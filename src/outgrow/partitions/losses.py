"""What a table cannot keep when it is split, and what keeps it from being split at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from outgrow.partitions.bounds import can_split_by
from outgrow.partitions.facts import Dates, Index, Structure, Table
from outgrow.partitions.policy import Policy

LossKind = Literal["unique", "exclusion", "foreign_key", "publication", "replica_identity"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that PostgreSQL cannot keep on a partitioned table, and what stands for it."""

    kind: LossKind
    name: str
    reason: str
    instead: str


def losses_of(structure: Structure, policy: Policy) -> tuple[Loss, ...]:
    """Return what has to be accepted before the table is split."""
    return (*_lost_indexes(structure, policy), *_lost_keys(structure), *_lost_others(structure))


def keeps_unique(index: Index, column: str) -> bool:
    """Return whether a unique index can stay one."""
    return column in index.columns


def _lost_indexes(structure: Structure, policy: Policy) -> Iterator[Loss]:
    for one in structure.indexes:
        if one.constraint == "x":
            yield Loss(
                "exclusion",
                one.name,
                "such a constraint ends at a partition's border",
                "nothing",
            )
        elif one.unique and one.constraint != "p" and not keeps_unique(one, policy.column):
            yield Loss(
                "unique",
                one.name,
                f"a unique index has to hold {policy.column}",
                "the same index, not unique: look-ups stay fast, doubles are no longer refused",
            )


def _lost_keys(structure: Structure) -> Iterator[Loss]:
    for one in structure.referenced_by:
        yield Loss(
            "foreign_key",
            f"{one.name} of {one.table.shown}",
            "what it refers to is no longer unique by itself",
            "nothing; the column stays as it is",
        )


def _lost_others(structure: Structure) -> Iterator[Loss]:
    for name in structure.publications:
        yield Loss(
            "publication",
            name,
            "subscribers would not know the partitions",
            "nothing; add the table again, with publish_via_partition_root",
        )
    if "the replica identity" in structure.others:
        yield Loss(
            "replica_identity", "the replica identity", "each partition has its own", "the default"
        )


def refusals_of(table: Table, policy: Policy, dates: Dates) -> tuple[str, ...]:
    """Return why a plain table cannot be split, all reasons at once."""
    return (*_refused_shape(table), *_refused_column(table, policy, dates), *_refused_parts(table))


def _refused_shape(table: Table) -> Iterator[str]:
    if table.kind != "r":
        yield f"{table.name.shown} is not a table"
    if table.persistence != "p":
        yield f"{table.name.shown} is unlogged or temporary: a crash would empty it under way"
    if table.inherits:
        yield f"{table.name.shown} inherits, or is inherited from"
    if not table.structure.key:
        yield f"{table.name.shown} has no primary key, by which its rows could be told apart"


def _refused_column(table: Table, policy: Policy, dates: Dates) -> Iterator[str]:
    column = table.structure.column(policy.column)
    if column is None:
        yield f"{table.name.shown} has no column {policy.column}"
        return
    if not can_split_by(column.type):
        yield f"{policy.column} is a {column.type}; it has to be a date or a timestamp"
    if column.generated:
        yield f"{policy.column} is computed, and PostgreSQL splits by what is written only"
    if dates.missing:
        yield f"some rows have no {policy.column}: give them one first"
    if dates.out_of_range:
        yield f"some rows have a {policy.column} of infinity or beyond all calendars: correct them"


def _refused_parts(table: Table) -> Iterator[str]:
    for view in table.structure.views:
        if view.materialized:
            yield (
                f"the materialized view {view.name.shown} reads it and cannot be pointed "
                "elsewhere: drop it and make it again afterwards"
            )
    for trigger in table.structure.triggers:
        if trigger.rows_as_table:
            yield f"the trigger {trigger.name} sees rows as a table, which partitions do not offer"
    for key in table.structure.foreign_keys:
        if key.definition.endswith(" NOT VALID"):
            yield f"the foreign key {key.name} has never been proven: validate it first"
    for other in table.structure.others:
        if other != "the replica identity":
            yield f"{other} holds on to the table itself, not to its name: drop it first"
