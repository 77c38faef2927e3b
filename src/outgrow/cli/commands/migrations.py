"""`outgrow migrations lint`."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, EXIT_WRONG_INPUT
from outgrow.migrations.findings import Finding, Harm, Verdict
from outgrow.operations.migrations import Asked, lint_migrations

_WORDS = {
    Harm.LOCKS: "locks",
    Harm.BREAKS: "breaks the running version:",
    Harm.FAILS: "fails on",
}


def run_lint(asked: Asked, *, as_json: bool) -> int:
    """Judge migrations: 0 when they may run, 1 when not, 2 for what cannot be read."""
    verdict = lint_migrations(asked)
    if as_json:
        print_json("migrations lint", verdict)
    else:
        _print(verdict)
    if verdict.unreadable:
        return EXIT_WRONG_INPUT
    return EXIT_DONE if verdict.ok else EXIT_ANSWER_IS_NO


def _print(verdict: Verdict) -> None:
    for broken in verdict.unreadable:
        print(f"{broken.file}:{broken.line}: {broken.reason}", file=sys.stderr)
        print("  Mend the SQL; PostgreSQL itself would not take it.", file=sys.stderr)
    for finding in verdict.findings:
        _print_finding(finding)
    print(_summary(verdict))


def _print_finding(finding: Finding) -> None:
    print(f"{finding.file}:{finding.line}  {finding.rule}: {_WORDS[finding.harm]} {finding.table}")
    print(f"    {finding.statement}")
    lock = f" It holds {finding.lock}." if finding.lock else ""
    print(f"  {finding.why[0].upper()}{finding.why[1:]}.{lock}")
    print("  Write instead:")
    for line in finding.safe:
        print(f"    {line}")
    print()


def _summary(verdict: Verdict) -> str:
    parts = [_counted(verdict.statements, "statement"), _counted(len(verdict.findings), "finding")]
    if verdict.small:
        parts.append(f"{len(verdict.small)} on tables that are small")
    if verdict.allowed:
        parts.append(f"{len(verdict.allowed)} allowed in writing")
    return ", ".join(parts)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
