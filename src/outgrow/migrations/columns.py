"""Rules for the columns of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import ConstrType

from outgrow.migrations.findings import Harm
from outgrow.migrations.names import of_list, quoted, shortened, written
from outgrow.migrations.rule import Hit

_EXCLUSIVE = "ACCESS EXCLUSIVE"
# What is computed once for the whole statement, so that PostgreSQL 11 and later stores it
# beside the table instead of in each row (docs: ALTER TABLE, notes on ADD COLUMN).
_SAME_FOR_ALL = frozenset(
    {"now", "transaction_timestamp", "statement_timestamp", "current_setting", "lower", "upper",
     "to_timestamp", "make_interval", "jsonb_build_object", "json_build_object", "date_trunc"}
)  # fmt: skip
_SERIAL = frozenset({"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"})


def added(table: str, sql: str, command: Any) -> Iterator[Hit]:
    """Yield what is wrong with ADD COLUMN."""
    column = command.def_
    kinds = {one.contype: one for one in column.constraints or ()}
    name, kind = column.colname, written(column.typeName)
    default = kinds.get(ConstrType.CONSTR_DEFAULT)
    if of_list(column.typeName.names).rsplit(".", 1)[-1] in _SERIAL or (
        ConstrType.CONSTR_IDENTITY in kinds
    ):
        yield _rewritten(table, name, "bigint", "nextval('...')", sql)
    elif ConstrType.CONSTR_GENERATED in kinds:
        yield Hit(
            "add-generated-column", table, Harm.LOCKS, _EXCLUSIVE,
            "a stored generated column is computed for every row while nobody reads or writes",
            (
                f"ALTER TABLE {sql} ADD COLUMN {quoted(name)} {kind};",
                f"-- a trigger that sets {name} on each insert and update",
                *_backfill(sql, name, "the expression"),
            ),
        )  # fmt: skip
    elif default is not None and _differs_by_row(default.raw_expr):
        yield _rewritten(table, name, kind, written(default.raw_expr), sql)
    elif ConstrType.CONSTR_NOTNULL in kinds and default is None:
        yield Hit(
            "add-required-column", table, Harm.FAILS, _EXCLUSIVE,
            "rows that exist have no value for it, and the version that runs does not write one",
            (
                f"ALTER TABLE {sql} ADD COLUMN {quoted(name)} {kind};",
                *_backfill(sql, name, "..."),
                *proof_of_not_null(table, sql, name),
            ),
        )  # fmt: skip
    foreign = kinds.get(ConstrType.CONSTR_FOREIGN)
    if foreign is not None:
        target = written(foreign.pktable)
        key = shortened(f"{table.rsplit('.', 1)[-1]}_{name}_fkey")
        yield Hit(
            "add-foreign-key", table, Harm.LOCKS, "SHARE ROW EXCLUSIVE",
            f"writes to this table and to {target} wait while the key is checked",
            (
                f"ALTER TABLE {sql} ADD COLUMN {quoted(name)} {kind};",
                f"ALTER TABLE {sql} ADD CONSTRAINT {quoted(key)} FOREIGN KEY ({quoted(name)}) "
                f"REFERENCES {target} NOT VALID;",
                f"ALTER TABLE {sql} VALIDATE CONSTRAINT {quoted(key)};",
            ),
        )  # fmt: skip


def changed_type(table: str, sql: str, command: Any) -> Hit:
    """Return what is wrong with ALTER COLUMN ... TYPE."""
    name, kind = command.name, written(command.def_.typeName)
    new = shortened(f"{name}_new")
    return Hit(
        "change-column-type", table, Harm.LOCKS, _EXCLUSIVE,
        "the table and its indexes are written anew while nobody reads or writes; only a longer "
        "varchar, or varchar to text, is not",
        (
            f"ALTER TABLE {sql} ADD COLUMN {quoted(new)} {kind};",
            f"-- a trigger that keeps {new} equal to {name} on each insert and update",
            *_backfill(sql, new, f"{quoted(name)}::{kind}"),
            f"-- in the next release read and write {new}; in the one after it drop {name}",
        ),
    )  # fmt: skip


def set_not_null(table: str, sql: str, command: Any) -> Hit:
    """Return what is wrong with SET NOT NULL."""
    return Hit(
        "set-not-null", table, Harm.LOCKS, _EXCLUSIVE,
        "every row is read while nobody reads or writes",
        proof_of_not_null(table, sql, command.name),
    )  # fmt: skip


def dropped(table: str, sql: str, command: Any) -> Hit:
    """Return what is wrong with DROP COLUMN."""
    return Hit(
        "drop-column", table, Harm.BREAKS, _EXCLUSIVE,
        f"the version that still runs reads and writes {command.name}",
        (
            f"-- 1. release a version that does not name {command.name} "
            "(in SQLAlchemy: deferred, then removed from the model)",
            "-- 2. in a later release, with the comment `-- outgrow: allow drop-column`:",
            f"ALTER TABLE {sql} DROP COLUMN {quoted(command.name)};",
        ),
    )  # fmt: skip


def proof_of_not_null(table: str, sql: str, column: str) -> tuple[str, ...]:
    """Return how to set NOT NULL with no more than a moment's lock (PostgreSQL 12 and later)."""
    check = quoted(shortened(f"{table.rsplit('.', 1)[-1]}_{column}_present"))
    return (
        f"ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({quoted(column)} IS NOT NULL) NOT VALID;",
        f"ALTER TABLE {sql} VALIDATE CONSTRAINT {check};",
        f"ALTER TABLE {sql} ALTER COLUMN {quoted(column)} SET NOT NULL;",
        f"ALTER TABLE {sql} DROP CONSTRAINT {check};",
    )


def _rewritten(table: str, name: str, kind: str, default: str, sql: str) -> Hit:
    return Hit(
        "add-computed-default", table, Harm.LOCKS, _EXCLUSIVE,
        "the default differs from row to row, so the table is written anew while nobody reads "
        "or writes",
        (
            f"ALTER TABLE {sql} ADD COLUMN {quoted(name)} {kind};",
            f"ALTER TABLE {sql} ALTER COLUMN {quoted(name)} SET DEFAULT {default};",
            *_backfill(sql, name, default),
        ),
    )  # fmt: skip


def _backfill(sql: str, column: str, value: str) -> tuple[str, ...]:
    return (
        "-- in batches, each in a transaction of its own:",
        f"UPDATE {sql} SET {quoted(column)} = {value} WHERE id > :last AND id <= :next "
        f"AND {quoted(column)} IS NULL;",
    )


def _differs_by_row(expression: Any) -> bool:
    """Return whether a default is computed for each row; a function that is unknown may be."""
    if isinstance(expression, ast.FuncCall):
        return of_list(expression.funcname).rsplit(".", 1)[-1] not in _SAME_FOR_ALL
    if isinstance(expression, ast.TypeCast):
        return _differs_by_row(expression.arg)
    if isinstance(expression, ast.A_Expr):
        return _differs_by_row(expression.lexpr) or _differs_by_row(expression.rexpr)
    if isinstance(expression, ast.A_ArrayExpr):
        return any(_differs_by_row(one) for one in expression.elements or ())
    return not isinstance(expression, ast.A_Const | ast.SQLValueFunction | type(None))
