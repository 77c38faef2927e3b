"""What `outgrow init` found, what it asks and what comes next."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outgrow.operations.init import FoundPart, Initialised

_PLACES = 2


def show_initialised(console: Console, found: Initialised, *, explain: bool) -> None:
    """Print a row for each part with its confidence and evidence, then questions and notes."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("part", "kind", "sure", "starts with", "found in"):
        table.add_column(column, overflow="fold")
    for part in (*found.services, *found.stores, *found.others):
        table.add_row(*_row(part, explain))
    console.print(table)
    _show_questions(console, found)
    _show_notes(console, found, explain)
    if found.backup:
        console.print(f"\nThe file that was there is kept as {escape(found.backup)}.")
    console.print(f"\n[bold]{escape(found.path)}[/bold] is written. Next:", soft_wrap=True)
    for command in ("check", "cost --all", "render --phase launch"):
        console.print(f"  outgrow {command}")


def _row(part: FoundPart, explain: bool) -> tuple[str, ...]:
    places = [f"{one.file}:{one.line}" for one in part.evidence]
    if part.command_evidence is not None:
        own = f"{part.command_evidence.file}:{part.command_evidence.line}"
        places = [own, *(one for one in places if one != own)]
    if explain:
        places = [f"{one.file}:{one.line} {one.says} ({one.confidence})" for one in part.evidence]
    shown = places if explain else places[:_PLACES]
    command = part.command or (part.stack if part.folder is None else "")
    starts = f"{command} ({part.starts})" if part.starts and explain else command
    return (
        escape(part.name), escape(part.kind), part.confidence, escape(starts),
        escape("\n".join(shown)),
    )  # fmt: skip


def _show_questions(console: Console, found: Initialised) -> None:
    if not found.questions:
        return
    console.print("\nTaken for granted; `--answer KEY=VALUE` says otherwise:")
    for one in found.questions:
        answer = found.answers.get(one.key, one.default) or "nothing"
        console.print(
            f"  {escape(one.key)}={escape(answer)}  [dim]{escape(one.asks)}[/dim]", soft_wrap=True
        )


def _show_notes(console: Console, found: Initialised, explain: bool) -> None:
    secrets = [one for one in found.notes if one.code == "literal-secret"]
    others = [one for one in found.notes if one.code != "literal-secret"]
    for title, notes in (("Secrets that were not copied:", secrets), ("Not carried over:", others)):
        if notes:
            console.print(f"\n{title}")
            for one in notes if explain else notes[:10]:
                place = f"{one.file}:{one.line}  " if one.file else ""
                console.print(f"  {escape(place)}{escape(one.says)}", soft_wrap=True)
            if len(notes) > 10 and not explain:
                console.print(f"  and {len(notes) - 10} more (--explain)")
