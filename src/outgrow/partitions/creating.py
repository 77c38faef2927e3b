"""Makes partitions: beside the table first, then attached, which stops nobody for long."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.partitions.bounds import for_values, within
from outgrow.partitions.copying import exists, partitions_of
from outgrow.partitions.facts import Table
from outgrow.partitions.names import TableName, ident, literal, shortened
from outgrow.partitions.patience import patiently, run_patiently
from outgrow.partitions.periods import Period
from outgrow.partitions.plan import NewPartition
from outgrow.partitions.ports import SHORT, Database, Pause, Progress, Session


def create_ahead(
    database: Database,
    pause: Pause,
    progress: Progress,
    table: Table,
    column: str,
    wanted: tuple[NewPartition, ...],
) -> tuple[NewPartition, ...]:
    """Make each of `wanted` that is not there; return those that were made.

    Each comes into being in one transaction: a killed run leaves it out or whole.
    """
    made = []
    for one in wanted:
        progress.step(f"create {one.name.shown}")

        def create(session: Session, one: NewPartition = one) -> bool:
            if one.name in partitions_of(session, table.name):
                return False
            for statement in (*standing_alone(table, one.name), *attaching(table, column, one)):
                session.run(statement)
            return True

        if patiently(database, pause, SHORT, create):
            made.append(one)
    return tuple(made)


def standing_alone(table: Table, name: TableName) -> Iterator[str]:
    """Yield what makes a table that can become a partition of `table`.

    CREATE TABLE ... PARTITION OF would lock the whole table against everybody; attaching does
    not.
    """
    options = f" with ({table.structure.options})" if table.structure.options else ""
    yield f"create table {name} (like {table.name} including all excluding identity){options}"
    yield f"comment on table {name} is null"
    yield f"alter table {name} owner to {ident(table.structure.owner)}"


def with_keys(table: Table, name: TableName) -> Iterator[str]:
    """Yield what proves the foreign keys before attaching, where it would happen under a lock."""
    for key in table.structure.foreign_keys:
        constraint = ident(key.name)
        yield f"alter table {name} add constraint {constraint} {key.definition} not valid"
        yield f"alter table {name} validate constraint {constraint}"


def attaching(table: Table, column: str, one: NewPartition) -> Iterator[str]:
    """Yield what makes a table a partition of `table`."""
    found = table.structure.column(column)
    assert found is not None
    values = for_values(one.period, found.type)
    yield f"alter table {table.name} attach partition {one.name} {values}"


def bounds_constraint(table: Table, column: str, name: TableName, period: Period) -> str:
    """Return what proves that every row belongs there, so that attaching need not look."""
    found = table.structure.column(column)
    assert found is not None
    check = ident(shortened(name.name, "_og_bounds"))
    return f"alter table {name} add constraint {check} check ({within(period, column, found.type)})"


def without_bounds_constraint(name: TableName) -> str:
    """Return what removes that proof, which the bounds themselves replace."""
    return (
        f"alter table {name} drop constraint if exists {ident(shortened(name.name, '_og_bounds'))}"
    )


def drop_old_table(database: Database, pause: Pause, old: TableName) -> bool:
    """Drop what a table was before it was split; return whether there was one.

    Only one that outgrow put aside is dropped.
    """
    mark = "select coalesce(obj_description(to_regclass(%s), 'pg_class') like %s, false)"

    def is_ours(session: Session) -> bool:
        found: bool = session.rows(mark, [str(old), "outgrow:%before it was split%"])[0][0]
        return exists(session, old) and found

    if not patiently(database, pause, SHORT, is_ours):
        return False
    run_patiently(database, pause, SHORT, (f"drop table {old}",))
    return True


def marked(name: TableName, text: str) -> str:
    """Return what leaves a comment on a table that outgrow works on."""
    return f"comment on table {name} is {literal(f'outgrow: {text}')}"
