"""The path that `outgrow decide` walks, as an indented tree."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from outgrow.analysis.decision.decide import Branch, DecisionPath
from outgrow.analysis.signals.outcome import State

_MARKS = {
    State.HOLDS: "[green]yes[/green]",
    State.WARN: "[yellow]soon[/yellow]",
    State.NO: "[dim]no[/dim]",
    State.UNKNOWN: "[magenta]unknown[/magenta]",
}


def show_decision(console: Console, found: DecisionPath) -> None:
    """Print every stop with its branches, taken and not taken, each with its reason."""
    for depth, stop in enumerate(found.stops):
        indent = "   " * depth
        corner = "" if depth == 0 else "└─ "
        console.print(f"{indent}{corner}[bold]{escape(stop.phase)}[/bold]: {escape(stop.reason)}")
        for branch in stop.branches:
            console.print(f"{indent}   {_branch(branch)}", soft_wrap=True)
    if found.phase is None:
        console.print(f"\n[magenta]unknown[/magenta]: {escape(found.because)}")
    else:
        console.print(f"\nuse [bold]{escape(found.phase)}[/bold]: {escape(found.because)}")
    if found.alternatives:
        others = ", ".join(escape(name) for name in found.alternatives)
        console.print(f"{others} fits as well; which one is yours to choose")
    for aside in found.asides:
        mark = _MARKS[aside.state]
        console.print(f"  {aside.kind} {escape(aside.name)}: {mark}, {escape(aside.reason)}")


def _branch(branch: Branch) -> str:
    arrow = {"up": "->", "down": "<-", "aside": "=>"}[branch.direction]
    taken = "[green]taken[/green]" if branch.taken else _MARKS[branch.state]
    return f"{arrow} {escape(branch.to)}: {taken}, {escape(branch.reason)}"
