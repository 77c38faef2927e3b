"""Reads which tables have rows of keys, and what would make moving them unsafe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outgrow.shards.facts import Column, ForeignKey, Table
from outgrow.shards.ports import Row, Session

_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attgenerated <> '', pg_get_serial_sequence(c.oid::regclass::text, a.attname)
from pg_class as c join pg_attribute as a on a.attrelid = c.oid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
  and not c.relispartition and a.attnum > 0 and not a.attisdropped
  and c.relname not like 'outgrow\\_%'
order by c.relname, a.attnum
"""
_KEYS = """
select c.relname, a.attname
from pg_index as i join pg_class as c on c.oid = i.indrelid
join unnest(i.indkey) with ordinality as k(number, place) on true
join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.number
where i.indisprimary and c.relnamespace = current_schema()::regnamespace
order by c.relname, k.place
"""
_FOREIGN_KEYS = """
select f.conname, c.relname, p.relname,
  (select array_agg(a.attname order by k.place) from unnest(f.conkey) with ordinality k(n, place)
   join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.n)::text[],
  (select array_agg(a.attname order by k.place) from unnest(f.confkey) with ordinality k(n, place)
   join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.n)::text[]
from pg_constraint as f
join pg_class as c on c.oid = f.conrelid join pg_class as p on p.oid = f.confrelid
where f.contype = 'f' and f.conparentid = 0
  and c.relnamespace = current_schema()::regnamespace and not c.relispartition
order by c.relname, f.conname
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The tables with rows of keys, parents first, and why they cannot be moved as they are."""

    tables: tuple[Table, ...]
    refusals: tuple[str, ...]


def read_tables(session: Session, by: Sequence[str], wanted: Sequence[str]) -> Found:
    """Return the tables named in `wanted`, or all that have one of the columns `by`."""
    columns = _grouped(session.rows(_COLUMNS))
    keys = _grouped(session.rows(_KEYS))
    foreign = session.rows(_FOREIGN_KEYS)
    refusals: list[str] = []
    tables: dict[str, Table] = {}
    for name in wanted or sorted(columns):
        if name not in columns:
            refusals.append(f"there is no table {name} in the source")
            continue
        own = tuple(Column(*row[1:]) for row in columns[name])
        column = next((one for one in by if one in {each.name for each in own}), None)
        if column is not None:
            key = tuple(row[1] for row in keys.get(name, ()))
            tables[name] = Table(name, column, own, key, _references(foreign, name))
            refusals += _unfit(tables[name])
        elif wanted:
            refusals.append(f"{name} has none of the columns {', '.join(by)}")
    refusals += _left_behind(foreign, tables)
    return Found(_parents_first(tables), tuple(refusals))


def differences(source: Table, target: Table | None) -> list[str]:
    """Return what keeps rows of `source` out of the table of that name in the target."""
    if target is None:
        return [f"the target has no table {source.name}: run the migrations there first"]
    ours = {one.name: one.type for one in source.columns if not one.generated}
    theirs = {one.name: one.type for one in target.columns if not one.generated}
    other = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    found = [f"{source.name}.{name} is not the same in the target" for name in other]
    if source.key != target.key:
        found.append(f"{source.name} has another primary key in the target")
    return found


def _unfit(table: Table) -> list[str]:
    found = [] if table.key else [f"{table.name} has no primary key"]
    column = next(one for one in table.columns if one.name == table.by)
    if not column.required:
        found.append(f"{table.name}.{table.by} may be null: rows without a key belong nowhere")
    return found


def _left_behind(foreign: Sequence[Row], tables: dict[str, Table]) -> list[str]:
    """Return which rows would stay although what they belong to moves."""
    return [
        f"{child} refers to {parent} and has no column of the key: add one, or its rows stay behind"
        for child, parent in sorted({(row[1], row[2]) for row in foreign})
        if parent in tables and child not in tables
    ]


def _references(foreign: Sequence[Row], name: str) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(row[0], tuple(row[3]), row[2], tuple(row[4]))
        for row in foreign
        if row[1] == name
    )


def _parents_first(tables: dict[str, Table]) -> tuple[Table, ...]:
    ordered: list[Table] = []
    seen: set[str] = set()

    def add(table: Table) -> None:
        if table.name in seen:
            return
        seen.add(table.name)
        for one in table.foreign_keys:
            if one.target in tables:
                add(tables[one.target])
        ordered.append(table)

    for table in tables.values():
        add(table)
    return tuple(ordered)


def _grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
