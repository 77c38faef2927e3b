"""Rules for ALTER TABLE: columns, constraints, partitions, and what writes a table anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pglast.enums import AlterTableType, ConstrType

from outgrow.migrations import columns
from outgrow.migrations.findings import Harm
from outgrow.migrations.names import quoted, shortened, table_name, table_sql, written
from outgrow.migrations.rule import Hit
from outgrow.migrations.scope import Scope

_KEYS = {ConstrType.CONSTR_UNIQUE: "UNIQUE", ConstrType.CONSTR_PRIMARY: "PRIMARY KEY"}
_REWRITES = {
    AlterTableType.AT_SetLogged: "SET LOGGED",
    AlterTableType.AT_SetUnLogged: "SET UNLOGGED",
    AlterTableType.AT_SetTableSpace: "SET TABLESPACE",
    AlterTableType.AT_SetAccessMethod: "SET ACCESS METHOD",
}


def altered(node: Any, scope: Scope) -> Iterator[Hit]:
    """Yield what is wrong with each part of an ALTER TABLE."""
    table, sql = table_name(node.relation), table_sql(node.relation)
    if table in scope.created:
        return
    for command in node.cmds or ():
        kind = command.subtype
        if kind == AlterTableType.AT_AddColumn:
            yield from columns.added(table, sql, command)
            yield from _of_column(table, sql, command.def_)
        elif kind == AlterTableType.AT_AlterColumnType:
            yield columns.changed_type(table, sql, command)
        elif kind == AlterTableType.AT_SetNotNull:
            if not scope.is_proved_not_null(table, command.name):
                yield columns.set_not_null(table, sql, command)
        elif kind == AlterTableType.AT_DropColumn:
            yield columns.dropped(table, sql, command)
        elif kind == AlterTableType.AT_AddConstraint:
            yield from _constraint(table, sql, command.def_)
        elif kind == AlterTableType.AT_AttachPartition:
            yield from _attached(sql, command, scope)
        elif kind in _REWRITES:
            yield _written_anew(table, _REWRITES[kind])


def _constraint(table: str, sql: str, constraint: Any) -> Iterator[Hit]:
    kind = constraint.contype
    if kind in (ConstrType.CONSTR_FOREIGN, ConstrType.CONSTR_CHECK):
        if not constraint.skip_validation:
            yield _not_validated(table, sql, constraint)
    elif kind in _KEYS and constraint.indexname is None:
        names = [str(one.sval) for one in constraint.keys or ()]
        yield _key(table, sql, constraint, names)
    elif kind == ConstrType.CONSTR_EXCLUSION:
        yield Hit(
            "add-exclusion", table, Harm.LOCKS, "ACCESS EXCLUSIVE",
            "its index is built while nobody reads or writes, and cannot be built beside",
            ("-- make a new table with the constraint, copy in batches, and swap the names",),
        )  # fmt: skip


def _not_validated(table: str, sql: str, constraint: Any) -> Hit:
    is_key = constraint.contype == ConstrType.CONSTR_FOREIGN
    name = constraint.conname or shortened(
        f"{table.rsplit('.', 1)[-1]}_{'fkey' if is_key else 'check'}"
    )
    body = written(constraint).split("CONSTRAINT", 1)[-1].strip()
    if constraint.conname:
        body = body[len(quoted(constraint.conname)) :].strip()
    others = f" and to {table_name(constraint.pktable)}" if is_key else ""
    return Hit(
        "add-foreign-key" if is_key else "add-check",
        table,
        Harm.LOCKS,
        "SHARE ROW EXCLUSIVE" if is_key else "ACCESS EXCLUSIVE",
        f"every row is checked while writes to this table{others} wait",
        (
            f"ALTER TABLE {sql} ADD CONSTRAINT {quoted(name)} {body} NOT VALID;",
            f"ALTER TABLE {sql} VALIDATE CONSTRAINT {quoted(name)};",
        ),
    )


def _of_column(table: str, sql: str, column: Any) -> Iterator[Hit]:
    """Yield what is wrong with the constraints that ADD COLUMN brings along."""
    alone = f"ALTER TABLE {sql} ADD COLUMN {quoted(column.colname)} {written(column.typeName)};"
    for constraint in column.constraints or ():
        if constraint.contype in _KEYS:
            hit = _key(table, sql, constraint, [str(column.colname)])
        elif constraint.contype == ConstrType.CONSTR_CHECK:
            hit = _not_validated(table, sql, constraint)
        else:
            continue
        yield replace(hit, safe=(alone, *hit.safe))


def _key(table: str, sql: str, constraint: Any, names: list[str]) -> Hit:
    word = _KEYS[constraint.contype]
    end = "pkey" if word == "PRIMARY KEY" else "key"
    name = constraint.conname or shortened("_".join((table.rsplit(".", 1)[-1], *names, end)))
    listed = ", ".join(quoted(one) for one in names)
    return Hit(
        "add-primary-key" if word == "PRIMARY KEY" else "add-unique",
        table,
        Harm.LOCKS,
        "ACCESS EXCLUSIVE",
        "its index is built while nobody reads or writes",
        (
            f"CREATE UNIQUE INDEX CONCURRENTLY {quoted(name)} ON {sql} ({listed});",
            f"ALTER TABLE {sql} ADD CONSTRAINT {quoted(name)} {word} USING INDEX {quoted(name)};",
        ),
    )


def _attached(sql: str, command: Any, scope: Scope) -> Iterator[Hit]:
    part = command.def_.name
    if table_name(part) in scope.created or scope.has_valid_check(table_name(part)):
        return
    check = quoted(shortened(f"{part.relname}_bounds"))
    child = table_sql(part)
    yield Hit(
        "attach-partition", table_name(part), Harm.LOCKS, "ACCESS EXCLUSIVE",
        "every row of the partition is read to see that it belongs there",
        (
            f"ALTER TABLE {child} ADD CONSTRAINT {check} CHECK (...) NOT VALID;"
            "  -- the bounds, and IS NOT NULL",
            f"ALTER TABLE {child} VALIDATE CONSTRAINT {check};",
            f"{_attach(sql, child, command)};",
            f"ALTER TABLE {child} DROP CONSTRAINT {check};",
        ),
    )  # fmt: skip


def _attach(sql: str, child: str, command: Any) -> str:
    """Return the statement that attaches a partition."""
    return f"ALTER TABLE {sql} ATTACH PARTITION {child} {written(command.def_.bound)}"


def _written_anew(table: str, words: str) -> Hit:
    return Hit(
        "rewrite-table", table, Harm.LOCKS, "ACCESS EXCLUSIVE",
        f"{words} writes the whole table anew while nobody reads or writes",
        ("-- make a new table as wanted, copy in batches, and swap the names",),
    )  # fmt: skip
