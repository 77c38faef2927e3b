"""What is true of a table now: read from PostgreSQL's catalogue, kept in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from outgrow.partitions.names import TableName
from outgrow.partitions.periods import Period


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type as PostgreSQL writes it; `identity` is `a`, `d` or empty."""

    name: str
    type: str
    required: bool
    identity: str
    generated: bool


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `columns` is empty for one over expressions, `tail` what follows the table.

    `constraint` is `p`, `u` or `x` when it stands behind a constraint, whose `definition` it
    then has; else both are empty.
    """

    name: str
    unique: bool
    constraint: str
    columns: tuple[str, ...]
    tail: str
    definition: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of `table`, with its definition as PostgreSQL writes it."""

    name: str
    table: TableName
    references: TableName
    definition: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that somebody made; `enabled` is PostgreSQL's letter for when it fires."""

    name: str
    definition: str
    enabled: str
    rows_as_table: bool


@dataclass(frozen=True, slots=True)
class View:
    """A view that reads the table; `materialized` ones cannot be pointed elsewhere."""

    name: TableName
    definition: str
    options: str
    materialized: bool


@dataclass(frozen=True, slots=True)
class OwnedSequence:
    """The sequence behind a column; `identity` when the column made it."""

    name: TableName
    column: str
    identity: bool


@dataclass(frozen=True, slots=True)
class Existing:
    """A partition that is there. `bounds` is None when it is not a plain range of dates.

    `rows` is the server's estimate, None before it has one; `pending` says that its detaching
    was begun and not ended.
    """

    name: TableName
    bounds: Period | None
    written: str
    pending: bool
    rows: int | None
    bytes: int


@dataclass(frozen=True, slots=True)
class Structure:
    """What has to be the same after a conversion, and may not change during one."""

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    key_name: str
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    referenced_by: tuple[ForeignKey, ...]
    triggers: tuple[Trigger, ...]
    views: tuple[View, ...]
    sequences: tuple[OwnedSequence, ...]
    settings: tuple[str, ...]
    owner: str
    options: str
    publications: tuple[str, ...]
    others: tuple[str, ...]

    def column(self, name: str) -> Column | None:
        """Return the column called `name`."""
        return next((one for one in self.columns if one.name == name), None)

    @property
    def written_columns(self) -> tuple[str, ...]:
        """Return the columns that hold what was written, not what is computed."""
        return tuple(one.name for one in self.columns if not one.generated)


@dataclass(frozen=True, slots=True)
class Dates:
    """The first and last date of a table; whether rows have none, or one out of all range."""

    first: date | None
    last: date | None
    missing: bool
    out_of_range: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is; `kind` is PostgreSQL's letter (`r` plain, `p` partitioned).

    `split_by` and `partitions` are those of a partitioned table. `partman` is the schema of
    pg_partman where it is installed, `partman_keeps` whether it looks after this table.
    `rows` is the server's estimate, None before it has one.
    """

    name: TableName
    kind: str
    persistence: str
    inherits: bool
    structure: Structure
    rows: int | None
    bytes: int
    split_by: str
    partitions: tuple[Existing, ...]
    partman: str | None
    partman_keeps: bool
    taken_names: frozenset[str]
