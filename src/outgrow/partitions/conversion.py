"""What a conversion is about, and the statements that it consists of.

The new table is filled beside the old one. A trigger on the old one notes the key of each row
that is written; what was copied is made equal again by key, reading the row as it is now. So
writers only ever wait for one narrow insert, and no order of events leaves a row out or twice:
a key that changed after it was copied is always still noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outgrow.partitions.bounds import for_values
from outgrow.partitions.facts import Column, ForeignKey, Index, OwnedSequence, Structure, Trigger
from outgrow.partitions.losses import keeps_unique
from outgrow.partitions.names import TableName, ident, idents, literal, shortened
from outgrow.partitions.periods import Every
from outgrow.partitions.plan import NewPartition

_FIRES = {"D": "disable", "R": "enable replica", "A": "enable always"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A table that is being split; everything that a later run needs to go on."""

    table: TableName
    column: str
    every: Every
    structure: Structure
    partitions: tuple[NewPartition, ...]
    partman: str | None

    @property
    def new(self) -> TableName:
        """Return what the partitioned table is called until the swap."""
        return self.table.beside("_og_new")

    @property
    def mark(self) -> str:
        """Return the comment by which the new table is known as outgrow's."""
        return f"outgrow: will become {self.table.shown}"

    @property
    def old(self) -> TableName:
        """Return what the old table is called after the swap."""
        return self.table.beside("_before_partitions")

    @property
    def log(self) -> TableName:
        """Return the table that holds the keys of rows written meanwhile."""
        return self.table.beside("_og_log")

    @property
    def reached(self) -> TableName:
        """Return the table with one row: how far the copy has come."""
        return self.table.beside("_og_reached")

    @property
    def function(self) -> TableName:
        """Return the function that notes keys."""
        return self.table.beside("_og_note")

    @property
    def trigger(self) -> str:
        """Return the first part of the names of the triggers that call it."""
        return shortened(self.table.name, "_og_note")

    @property
    def required(self) -> str:
        """Return the name of the constraint that keeps the column filled meanwhile."""
        return shortened(self.table.name, "_og_dated")

    @property
    def key(self) -> tuple[str, ...]:
        """Return the key that rows are told apart by."""
        return self.structure.key

    @property
    def by(self) -> Column:
        """Return the column that the table is split by."""
        column = self.structure.column(self.column)
        assert column is not None
        return column

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """Return the foreign keys that are kept: those that refer to another table."""
        return tuple(k for k in self.structure.foreign_keys if k.references != self.table)

    @property
    def new_key(self) -> tuple[str, ...]:
        """Return the primary key of the partitioned table."""
        return self.key if self.column in self.key else (*self.key, self.column)

    def temporary(self, name: str) -> str:
        """Return what an index or sequence called `name` is called until the swap."""
        return shortened(name, "_og_new")

    def aside(self, name: str) -> str:
        """Return what an index or sequence of the old table is called after the swap."""
        return shortened(name, "_before_partitions")


def creation(one: Conversion) -> Iterator[str]:
    """Yield what makes the new table, its first partitions, and the log, all still empty."""
    new, key = one.new, idents(one.new_key)
    yield (
        f"create table {new} (like {one.table} including all excluding indexes)"
        f" partition by range ({ident(one.column)})"
    )
    yield f"comment on table {new} is {literal(one.mark)}"
    yield f"alter table {new} owner to {ident(one.structure.owner)}"
    # LIKE copies the constraint that only the time of the conversion needs.
    yield f"alter table {new} drop constraint if exists {ident(one.required)}"
    name = ident(one.temporary(one.structure.key_name))
    yield f"alter table {new} add constraint {name} primary key ({key})"
    for partition in one.partitions:
        yield from new_partition(one, partition)
    keys = f"select {idents(one.key)} from {one.table} with no data"
    yield f"create table {one.log} as {keys}"
    yield (
        f"alter table {one.log} add column og_seq bigserial primary key,"
        " add column og_emptied boolean not null default false"
    )
    yield f"create table {one.reached} as {keys}"
    yield (
        f"alter table {one.reached} add column og_copied bigint not null default 0,"
        " add column og_over boolean not null default false"
    )
    yield f"insert into {one.reached} default values"


def new_partition(one: Conversion, partition: NewPartition) -> Iterator[str]:
    """Yield what makes a partition of the new table."""
    options = f" with ({one.structure.options})" if one.structure.options else ""
    values = for_values(partition.period, one.by.type)
    yield f"create table {partition.name} partition of {one.new} {values}{options}"
    yield f"alter table {partition.name} owner to {ident(one.structure.owner)}"


def noting(one: Conversion) -> Iterator[str]:
    """Yield what notes the key of every row that is written from here on."""
    keys, log = idents(one.key), one.log
    old, new = idents(one.key, "old."), idents(one.key, "new.")
    # Always: writes that a subscription applies are to be noted too.
    yield (
        f"create or replace function {one.function}() returns trigger language plpgsql"
        " security definer set search_path = pg_catalog, pg_temp as $og$\nbegin\n"
        f"  if tg_op = 'TRUNCATE' then insert into {log} (og_emptied) values (true);\n"
        "    return null;\n  end if;\n"
        f"  if tg_op <> 'INSERT' then insert into {log} ({keys}) values ({old}); end if;\n"
        f"  if tg_op = 'INSERT' or (tg_op = 'UPDATE' and ({old}) is distinct from ({new}))\n"
        f"  then insert into {log} ({keys}) values ({new}); end if;\n"
        "  return null;\nend $og$"
    )
    yield f"revoke all on function {one.function}() from public"
    for suffix, events in (("_rows", "insert or update or delete"), ("_all", "truncate")):
        name = ident(shortened(one.trigger, suffix))
        each = "row" if suffix == "_rows" else "statement"
        yield f"drop trigger if exists {name} on {one.table}"
        yield (
            f"create trigger {name} after {events} on {one.table} for each {each}"
            f" execute function {one.function}()"
        )
        yield f"alter table {one.table} enable always trigger {name}"


def no_more_noting(one: Conversion) -> Iterator[str]:
    """Yield what takes the triggers from the table that is called so now."""
    for suffix in ("_rows", "_all"):
        yield f"drop trigger if exists {ident(shortened(one.trigger, suffix))} on {one.table}"


def copy_batch(one: Conversion, *, first: bool) -> str:
    """Return the statement that copies the next rows in the order of the key.

    Its value is how many at most; it returns how many were read. How far it came is kept with
    the rows in one transaction, so that a later run begins exactly there.
    """
    columns, key = idents(one.structure.written_columns), idents(one.key)
    reached = ", ".join(f"(select {ident(name)} from {one.reached})" for name in one.key)
    where = "" if first else f" where ({key}) > ({reached})"
    descending = ", ".join(f"{ident(name)} desc" for name in one.key)
    moved = ", ".join(f"{ident(name)} = l.{ident(name)}" for name in one.key)
    return (
        f"with batch as materialized (select {columns} from only {one.table}{where}"
        f" order by {key} limit %s),"
        f" copied as (insert into {one.new} ({columns}) overriding system value"
        f" select {columns} from batch on conflict do nothing),"
        f" last as (select {key} from batch order by {descending} limit 1),"
        f" moved as (update {one.reached} set og_copied = og_copied + (select count(*) from batch),"
        f" {moved} from last l)"
        " select count(*) from batch"
    )


def begin_again(one: Conversion) -> Iterator[str]:
    """Yield what forgets the copy, after somebody has emptied the table.

    What was noted goes first: whatever it stood for is in the table, and is copied once more.
    """
    yield f"delete from {one.log}"
    yield f"truncate {one.new}"
    nothing = ", ".join(f"{ident(name)} = null" for name in one.key)
    yield f"update {one.reached} set og_copied = 0, og_over = false, {nothing}"


def equal_again(one: Conversion) -> tuple[str, str, str, str]:
    """Return what makes rows equal whose keys were noted; the first takes how many, at most.

    In between, the new table lacks these rows or has them as they were: nobody reads it yet.
    """
    keys, columns = idents(one.key), idents(one.structure.written_columns)
    same = " and ".join(f"x.{ident(name)} = k.{ident(name)}" for name in one.key)
    qualified = idents(one.structure.written_columns, "x.")
    return (
        f"create temp table og_keys on commit drop as select {keys} from {one.log} with no data",
        f"with taken as (delete from {one.log} where og_seq in (select og_seq from {one.log}"
        f" order by og_seq limit %s) returning {keys})"
        f" insert into og_keys select distinct {keys} from taken",
        f"delete from {one.new} x using og_keys k where {same}",
        f"insert into {one.new} ({columns}) overriding system value select {qualified}"
        f" from only {one.table} x join og_keys k on {same}",
    )


def not_noted(one: Conversion) -> str:
    """Return the condition that a row's key waits in no log: such rows are equal in both."""
    same = " and ".join(f"l.{ident(name)} = t.{ident(name)}" for name in one.key)
    return f"not exists (select from {one.log} l where {same})"


def new_index(one: Conversion, index: Index) -> str | None:
    """Return the statement for an index of the new table; None for what it cannot have."""
    if index.constraint in {"p", "x"}:
        return None
    name = ident(one.temporary(index.name))
    kept = keeps_unique(index, one.column)
    if index.constraint == "u" and kept:
        return f"alter table {one.new} add constraint {name} {index.definition}"
    unique = "unique " if index.unique and kept else ""
    tail = index.tail if unique else index.tail.replace(" NULLS NOT DISTINCT", "")
    return f"create {unique}index {name} on {one.new} {tail}"


def swap(one: Conversion, partitions: Iterable[TableName]) -> Iterator[str]:
    """Yield what puts the new table in the old one's place, under a lock on the old one.

    Once it is committed, statements that name the table find the new one.
    """
    yield from no_more_noting(one)
    yield f"alter table {one.table} drop constraint if exists {ident(one.required)}"
    for key in (*one.structure.foreign_keys, *one.structure.referenced_by):
        # The old table's own have to go too: deleting what it refers to would fail, or change it.
        yield f"alter table {key.table} drop constraint if exists {ident(key.name)}"
    for name in one.structure.publications:
        yield f"alter publication {ident(name)} drop table {one.table}"
    yield f"alter table {one.table} rename to {ident(one.old.name)}"
    yield f"alter table {one.new} rename to {ident(one.table.name)}"
    for index in one.structure.indexes:
        yield from _renamed_index(one, index)
    yield f"comment on table {one.table} is null"
    yield from one.structure.settings
    for sequence in one.structure.sequences:
        yield from _moved_sequence(one, sequence)
    for trigger in one.structure.triggers:
        yield from _moved_trigger(one, trigger)
    for view in one.structure.views:
        options = f" with ({view.options})" if view.options else ""
        yield f"create or replace view {view.name}{options} as {view.definition}"
    for partition in partitions:
        for key in one.foreign_keys:
            yield key_of_partition(partition, key)
    aside = f"outgrow: {one.table.shown} before it was split; nothing reads it"
    yield f"comment on table {one.old} is {literal(aside)}"


def _moved_sequence(one: Conversion, sequence: OwnedSequence) -> Iterator[str]:
    """Let the new table go on counting where the old one is."""
    if not sequence.identity:
        yield f"alter sequence {sequence.name} owned by {one.table}.{ident(sequence.column)}"
        return
    # The sequence of an identity column belongs to it, so the new column's takes over its name.
    name, aside = sequence.name, TableName(sequence.name.schema, one.aside(sequence.name.name))
    yield f"alter sequence {name} rename to {ident(aside.name)}"
    found = f"pg_get_serial_sequence({literal(str(one.table))}, {literal(sequence.column)})"
    yield (
        f"do $og$ begin execute format('alter sequence %s rename to %I', {found},"
        f" {literal(name.name)}); end $og$"
    )
    yield (f"select setval({literal(str(name))}::regclass, last_value, is_called) from {aside}")


def _renamed_index(one: Conversion, index: Index) -> Iterator[str]:
    schema, name = ident(one.table.schema), ident(index.name)
    yield f"alter index {schema}.{name} rename to {ident(one.aside(index.name))}"
    if index.constraint != "x":
        temporary = ident(one.temporary(index.name))
        yield f"alter index {schema}.{temporary} rename to {name}"


def _moved_trigger(one: Conversion, trigger: Trigger) -> Iterator[str]:
    yield trigger.definition
    if trigger.enabled in _FIRES:
        yield f"alter table {one.table} {_FIRES[trigger.enabled]} trigger {ident(trigger.name)}"


def key_of_partition(partition: TableName, key: ForeignKey) -> str:
    """Return what enforces a foreign key for what is written from now on.

    A partitioned table takes none that is not proven, its partitions do.
    """
    name, definition = ident(key.name), key.definition
    return f"alter table {partition} add constraint {name} {definition} not valid"


def undoing(one: Conversion) -> Iterator[str]:
    """Yield what removes everything a conversion made, before the swap."""
    yield from no_more_noting(one)
    yield f"alter table {one.table} drop constraint if exists {ident(one.required)}"
    yield from removal(one)
    yield f"drop table if exists {one.new}"


def removal(one: Conversion) -> Iterator[str]:
    """Yield what removes the log and what fills it."""
    yield f"drop function if exists {one.function}()"
    yield f"drop table if exists {one.log}"
    yield f"drop table if exists {one.reached}"
