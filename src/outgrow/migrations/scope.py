"""What earlier statements of the same migrations have settled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pglast import ast
from pglast.enums import AlterTableType, ConstrType, NullTestType, TransactionStmtKind

from outgrow.migrations.names import table_name

_BEGINS = (TransactionStmtKind.TRANS_STMT_BEGIN, TransactionStmtKind.TRANS_STMT_START)


@dataclass(slots=True)
class Scope:
    """Tables made here (nobody waits for them) and checks that are valid by now."""

    created: set[str] = field(default_factory=set)
    in_transaction: bool = False
    _not_null: dict[tuple[str, str], str] = field(default_factory=dict)
    _valid: set[tuple[str, str]] = field(default_factory=set)

    def is_proved_not_null(self, table: str, column: str) -> bool:
        """Return whether a valid check says that a column is never null.

        PostgreSQL 12 and later then sets NOT NULL without reading the table.
        """
        return (table, self._not_null.get((table, column), "")) in self._valid

    def has_valid_check(self, table: str) -> bool:
        """Return whether a check of the table was validated here."""
        return any(name == table for name, _ in self._valid)

    def enter(self, node: Any) -> None:
        """Take note of what a statement leaves behind."""
        kind = type(node)
        if kind is ast.TransactionStmt:
            self.in_transaction = node.kind in _BEGINS
        elif kind is ast.CreateStmt:
            self.created.add(table_name(node.relation))
        elif kind is ast.CreateTableAsStmt:
            self.created.add(table_name(node.into.rel))
        elif kind is ast.AlterTableStmt:
            for command in node.cmds or ():
                self._enter_command(table_name(node.relation), command)

    def _enter_command(self, table: str, command: Any) -> None:
        if command.subtype == AlterTableType.AT_ValidateConstraint:
            self._valid.add((table, command.name))
        elif command.subtype == AlterTableType.AT_AddConstraint:
            constraint = command.def_
            if constraint.contype == ConstrType.CONSTR_CHECK and constraint.conname:
                column = _column_not_null(constraint.raw_expr)
                if column:
                    self._not_null[table, column] = constraint.conname


def _column_not_null(expression: Any) -> str | None:
    """Return the column of `column IS NOT NULL`."""
    if not isinstance(expression, ast.NullTest):
        return None
    if expression.nulltesttype != NullTestType.IS_NOT_NULL:
        return None
    fields = getattr(expression.arg, "fields", ())
    return str(fields[-1].sval) if fields else None
