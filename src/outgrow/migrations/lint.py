"""Judge migrations: every statement, in their order, each with what earlier ones settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pglast import ast

from outgrow.migrations.findings import Finding, Harm, Unreadable, Verdict
from outgrow.migrations.others import judged
from outgrow.migrations.rule import Hit
from outgrow.migrations.scope import Scope
from outgrow.migrations.statements import Script, Statement, Tables, read_script
from outgrow.migrations.tables import altered

_SHOWN = 200


def lint(scripts: Iterable[Script], tables: Tables | None = None) -> Verdict:
    """Return what is wrong with migrations that run in this order.

    A finding on a table that is known to be small counts only when the statement would break
    the running version or fail.
    """
    known = tables or Tables()
    findings: list[Finding] = []
    allowed: list[Finding] = []
    small: list[Finding] = []
    unreadable: list[Unreadable] = []
    count = 0
    scope = Scope()
    for script in scripts:
        statements = read_script(script)
        if isinstance(statements, Unreadable):
            unreadable.append(statements)
            continue
        scope.in_transaction = script.in_transaction
        for statement in statements:
            count += 1
            for finding in _findings(statement, scope):
                if finding.rule in statement.allows:
                    allowed.append(finding)
                elif finding.harm is Harm.LOCKS and known.is_small(finding.table):
                    small.append(finding)
                else:
                    findings.append(finding)
            scope.enter(statement.node)
    return Verdict(tuple(findings), tuple(allowed), tuple(small), tuple(unreadable), count)


def _findings(statement: Statement, scope: Scope) -> Iterator[Finding]:
    for hit in _hits(statement.node, scope):
        yield Finding(
            rule=hit.rule,
            file=statement.file,
            line=statement.line,
            table=hit.table,
            harm=hit.harm,
            statement=" ".join(statement.text.split())[:_SHOWN],
            lock=hit.lock,
            why=hit.why,
            safe=hit.safe,
        )


def _hits(node: Any, scope: Scope) -> Iterator[Hit]:
    clause = getattr(node, "withClause", None)
    for one in clause.ctes if clause else ():
        yield from _hits(one.ctequery, scope)
    yield from altered(node, scope) if isinstance(node, ast.AlterTableStmt) else judged(node, scope)
