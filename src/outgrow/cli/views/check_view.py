"""What `outgrow check` found, one finding after the other, and the claims in a table."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outgrow.analysis.claims.judgement import Judgement, Verdict
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.operations.check import Checked

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_VERDICT_COLOURS = {
    Verdict.HOLDS: "green",
    Verdict.NEAR: "yellow",
    Verdict.HOLDS_IF: "cyan",
    Verdict.DOES_NOT_HOLD: "red",
    Verdict.UNKNOWN: "magenta",
    Verdict.RISK: "yellow",
}


def show_checked(console: Console, checked: Checked, *, claims: bool, explain: bool) -> None:
    """Print every finding with its place, reason and remedy, the worst first, then the counts.

    Sources stand below errors and warnings; `explain` adds those of notes. Notes of one kind
    that call for the same thing say it once.
    """
    for severity in Severity:
        found = [one for one in checked.findings if one.severity is severity]
        for position, finding in enumerate(found):
            after = found[position + 1] if position + 1 < len(found) else None
            _show(console, finding, after, explain or severity is not Severity.NOTE)
        if found:
            console.print()
    if claims and checked.judgements:
        _show_claims(console, checked.judgements)
    counts = ", ".join(
        f"{checked.count(severity)} {severity.value}{'s' if checked.count(severity) != 1 else ''}"
        for severity in Severity
    )
    console.print(f"[bold]{escape(checked.path)}[/bold]: {counts}{_claims_held(checked)}\n")


def _show(
    console: Console, finding: Diagnostic, after: Diagnostic | None, with_source: bool
) -> None:
    colour = _COLOURS[finding.severity]
    place = f"{finding.location}  " if finding.location else ""
    console.print(
        f"{escape(place)}[{colour}]{finding.severity.value}[/{colour}] "
        f"{finding.code}  [dim]{escape(finding.path_text)}[/dim]",
        soft_wrap=True,
    )
    console.print(f"  {escape(finding.reason)}", soft_wrap=True)
    if finding.remedy and not _is_said_again(finding, after):
        console.print(f"  [dim]->[/dim] {escape(finding.remedy)}", soft_wrap=True)
    if finding.source and with_source:
        console.print(f"  [dim]source: {escape(finding.source)}[/dim]", soft_wrap=True)


def _is_said_again(finding: Diagnostic, after: Diagnostic | None) -> bool:
    """Return whether the next note of the same kind ends with the same remedy."""
    if finding.severity is not Severity.NOTE or after is None:
        return False
    return (after.code, after.remedy) == (finding.code, finding.remedy)


def _claims_held(checked: Checked) -> str:
    total = len(checked.judgements)
    if not total:
        return ""
    broken = sum(1 for one in checked.judgements if one.verdict is Verdict.DOES_NOT_HOLD)
    return f"; {total} claims, {broken} of them untrue"


def _show_claims(console: Console, judgements: tuple[Judgement, ...]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("claim", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in judgements:
        colour = _VERDICT_COLOURS[one.verdict]
        verdict = f"[{colour}]{one.verdict.value.replace('_', ' ')}[/{colour}]"
        table.add_row(one.claim, verdict, escape(one.reason))
    console.print(table)
