"""The arithmetic of `outgrow pool`: a block a database and phase."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from outgrow.analysis.connections import ConnectionBudget, Room

_COLOURS = {
    Room.FITS: "green",
    Room.TIGHT: "yellow",
    Room.TOO_MANY: "red",
    Room.UNKNOWN: "magenta",
}


def show_pools(console: Console, found: Sequence[ConnectionBudget]) -> None:
    """Print every budget with its lines, the verdict last."""
    if not found:
        console.print("no component states a pool (needs/pool), so nothing can be added up")
    for place, budget in enumerate(found):
        if place:
            console.print()
        what = "replica " if budget.copy else ""
        title = f"{budget.phase}: {what}{budget.server} on {budget.offering_id}"
        console.print(f"[bold]{escape(title)}[/bold]", soft_wrap=True)
        *sums, verdict = budget.lines
        for line in sums:
            console.print(f"  {escape(line)}", soft_wrap=True)
        colour = "dim" if budget.idle else _COLOURS[budget.room]
        console.print(f"  [{colour}]{escape(verdict)}[/{colour}]", soft_wrap=True)
