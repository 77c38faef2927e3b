"""Copies rows in batches, and then again those that changed meanwhile, until few are left.

On the target, triggers and foreign keys rest (`session_replication_role = replica`, as PostgreSQL
itself applies a replication): rows arrive as they are, in whatever order. What they refer to is
checked when all are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from outgrow.errors import OutsideError
from outgrow.shards.content import read_both
from outgrow.shards.facts import Subject, Table, ident
from outgrow.shards.gates import Token, check_ours
from outgrow.shards.ports import BATCH, LONG, SHORT, Database, Progress, Session

_KEYS_AT_ONCE = 2_000
# Each read finds its place in the table anew, and holds back vacuum on the source while it lasts.
_BATCHES_AT_ONCE = 20
Span = tuple[tuple[str, ...] | None, tuple[str, ...]]  # primary keys: after one, up to another
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Route:
    """What moves, from where to where, and under whose right."""

    subject: Subject
    tables: tuple[Table, ...]
    source: Database
    target: Database
    token: Token

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a transaction on the target that belongs to this move, without triggers."""
        with self.target.transaction(BATCH) as session:
            check_ours(session, self.subject, self.token)
            session.run("set local session_replication_role = replica")
            yield session


@dataclass(frozen=True, slots=True)
class Change:
    """Which rows of a table were written, by primary key."""

    table: Table
    keys: tuple[tuple[str, ...], ...]


def copy_table(route: Route, table: Table, batch_rows: int, progress: Progress) -> int:
    """Copy what is not in the target yet; return how many rows were copied now.

    Rows with keys after the last one of this moment are left to `catch_up`, which knows them:
    who follows the end of a table that grows copies a few rows at a time, for ever.
    """
    done = 0
    end = _last_key(route.source, route, table)
    last = _last_key(route.target, route, table)
    while end is not None:
        with route.source.transaction(LONG, snapshot=True) as session:
            until = _upper_key(session, route, table, (last, end), batch_rows * _BATCHES_AT_ONCE)
            if until is None:
                break
            for rows in _copy_span(session, route, table, (last, until), batch_rows):
                done += rows
                progress.rows(done)
        last = until
    return done


def _copy_span(
    source: Session, route: Route, table: Table, span: Span, batch_rows: int
) -> Iterator[int]:
    """Copy the rows of a span, read in one go and written in batches; yield rows of each."""
    rows = f"from {table.sql} as t where {_within(route, table, span)} order by {table.key_sql}"
    with source.copy_out(_reading(table, rows)) as blocks:
        # The server sends one row in each block.
        for first in blocks:
            counted = _Counted(chain((first,), islice(blocks, batch_rows - 1)))
            with route.writing() as target:
                target.copy_in(_writing(table), counted)
            yield counted.blocks


class _Counted:
    """Blocks, and how many of them have been taken."""

    def __init__(self, given: Iterable[bytes]) -> None:
        self._given = given
        self.blocks = 0

    def __iter__(self) -> Iterator[bytes]:
        for block in self._given:
            self.blocks += 1
            yield block


def _last_key(database: Database, route: Route, table: Table) -> tuple[str, ...] | None:
    """Return the last primary key of the rows that move; None when there are none.

    In the target it is how far an earlier run came: batches arrive in order, each whole or not.
    """
    down = ", ".join(f"t.{one} desc" for one in _names(table))
    with database.transaction(LONG, snapshot=True) as session:
        rows = session.rows(
            f"select {_key_texts(table)} from {table.sql} as t where"
            f" {table.rows_of(route.subject)} order by {down} limit 1"
        )
    return tuple(rows[0]) if rows else None


def _upper_key(
    session: Session, route: Route, table: Table, span: Span, rows: int
) -> tuple[str, ...] | None:
    """Return the primary key that ends the first `rows` of a span; None when it is empty."""
    # The inner query walks the index; the outer one turns only the last key into text.
    inner = (
        f"select {table.key_sql} from {table.sql} as t where {_within(route, table, span)}"
        f" order by {table.key_sql} limit {rows}"
    )
    down = ", ".join(f"t.{one} desc" for one in _names(table))
    found = session.rows(f"select {_key_texts(table)} from ({inner}) as t order by {down} limit 1")
    return tuple(found[0]) if found else None


def _within(route: Route, table: Table, span: Span) -> str:
    last, until = span
    parts = [table.rows_of(route.subject), f"({table.key_sql}) <= {table.key_row(until)}"]
    parts += [f"({table.key_sql}) > {table.key_row(last)}"] if last else []
    return " and ".join(parts)


def _names(table: Table) -> list[str]:
    return [ident(name) for name in table.key]


def _key_texts(table: Table) -> str:
    return ", ".join(f"t.{one}::text" for one in _names(table))


def _copy(source: Session, target: Session, table: Table, rows: str) -> None:
    with source.copy_out(_reading(table, rows)) as blocks:
        target.copy_in(_writing(table), blocks)


def _reading(table: Table, rows: str) -> str:
    columns = ", ".join(f"t.{ident(one.name)}" for one in table.columns if not one.generated)
    return f"copy (select {columns} {rows}) to stdout"


def _writing(table: Table) -> str:
    return f"copy {table.sql} ({table.copied}) from stdin"


def catch_up(route: Route) -> int:
    """Bring over once what has changed, and compare it; return how many rows that were.

    What changed and how the rows are now is read at one moment, so the target afterwards is
    as the source was then. Raises OutsideError when the rows are not the same afterwards.
    """
    with route.source.transaction(LONG, snapshot=True) as source:
        noted, changes = pending(source, route)
        if noted:
            with route.writing() as target:
                for change in changes:
                    for keys in _pieces(change.keys):
                        _remove(target, route.subject, change.table, keys)
                for change in changes:
                    for keys in _pieces(change.keys):
                        _renew(source, target, route.subject, change.table, keys)
                for change in changes:
                    for keys in _pieces(change.keys):
                        table = change.table
                        rows = f"from {table.sql} as t join {table.among(keys)} on {table.meets}"
                        check_references(target, route, table, f"{rows} where true")
    for some in _pieces(noted):
        with route.source.transaction(BATCH) as session:
            session.run("delete from outgrow_shard_change where id = any(%s)", (list(some),))
    return sum(len(one.keys) for one in changes)


def check_references(session: Session, route: Route, table: Table, rows: str) -> None:
    """Raise OutsideError when one of `rows` (a `from` clause) refers to what is not there."""
    for key in table.foreign_keys:
        given = " and ".join(f"t.{ident(one)} is not null" for one in key.columns)
        same = " and ".join(
            f"p.{ident(there)} = t.{ident(here)}"
            for here, there in zip(key.columns, key.target_columns, strict=True)
        )
        missing = session.rows(
            f"select 1 {rows} and {given} and not exists"
            f" (select from {ident(key.target)} as p where {same}) limit 1"
        )
        if missing:
            raise OutsideError(
                f"{table.name} ({key.name}) refers to rows of {key.target} that"
                f" {route.target.name} does not have",
                f"Copy {key.target} there and run it again, or take it back: --undo.",
            )


def pending(session: Session, route: Route) -> tuple[list[int], list[Change]]:
    """Return what has been noted and not brought over: the notes' numbers, and the rows."""
    rows = session.rows(
        "select id, relation, row_key from outgrow_shard_change where kind = %s and name = %s",
        (route.subject.kind, route.subject.name),
    )
    keys: dict[str, dict[tuple[str, ...], None]] = {}
    for _, relation, key in rows:
        keys.setdefault(relation, {})[tuple(key)] = None
    changes = [Change(one, tuple(keys[one.name])) for one in route.tables if one.name in keys]
    return [row[0] for row in rows], changes


def _remove(
    target: Session, subject: Subject, table: Table, keys: Sequence[tuple[str, ...]]
) -> None:
    target.run(
        f"delete from {table.sql} as t using {table.among(keys)}"
        f" where {table.meets} and {table.rows_of(subject)}"
    )


def _renew(
    source: Session,
    target: Session,
    subject: Subject,
    table: Table,
    keys: Sequence[tuple[str, ...]],
) -> None:
    rows = (
        f"from {table.sql} as t join {table.among(keys)} on {table.meets}"
        f" where {table.rows_of(subject)}"
    )
    _copy(source, target, table, rows)
    there, here = read_both(source, target, table, rows)
    if there != here:
        raise OutsideError(f"rows of {table.name} are not the same after they were copied")


def _pieces(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _KEYS_AT_ONCE):
        yield items[start : start + _KEYS_AT_ONCE]


def erase(
    database: Database, subject: Subject, tables: Sequence[Table], rows: int, token: Token
) -> int:
    """Delete the rows of `subject` in batches, children first; return how many there were."""
    gone = 0
    for table in reversed(tables):
        inner = (
            f"select {table.key_sql} from {table.sql} as t where {table.rows_of(subject)}"
            f" limit {rows}"
        )
        statement = f"delete from {table.sql} as t where ({table.key_sql}) in ({inner})"
        while True:
            with database.transaction(BATCH) as session:
                check_ours(session, subject, token)
                session.run("set local session_replication_role = replica")
                deleted = session.run(statement)
            gone += deleted
            if not deleted:
                break
    return gone


def advance_sequences(route: Route) -> None:
    """Let the target's own numbers begin after those that came."""
    for table in route.tables:
        for column in table.columns:
            if column.sequence is None:
                continue
            with route.target.transaction(SHORT) as session:
                session.rows(
                    "select setval(s.name, m.most) from (select pg_get_serial_sequence(%s, %s)"
                    " as name) as s,"
                    f" (select max(t.{ident(column.name)}) as most from {table.sql} as t"
                    f" where {table.rows_of(route.subject)}) as m"
                    " where s.name is not null and m.most >"
                    " coalesce(pg_sequence_last_value(s.name::regclass), 0)",
                    (table.sql, column.name),
                )
