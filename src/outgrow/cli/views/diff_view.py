"""What `outgrow diff` prints: unified diffs or a table of them, and the difference in dollars."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from outgrow.operations.diff import Change, Difference, FileChange

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def show_difference(console: Console, found: Difference, *, stat: bool) -> None:
    """Print every change, then what it costs."""
    if not found.files:
        console.print(f"No file differs: {found.before} and {found.after} render the same.")
    elif stat:
        console.print(_table(found.files))
    else:
        for one in found.files:
            _show_file(console, one)
    if found.comparison is not None:
        from outgrow.cli.views.compare_view import show_comparison

        console.print()
        show_comparison(console, found.comparison)


def _show_file(console: Console, one: FileChange) -> None:
    console.print(Text(f"{one.change.value} {one.path}", style="bold"), soft_wrap=True)
    for line in one.diff.split("\n") if one.diff else ():
        style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
        console.print(Text(line, style=style), soft_wrap=True)


def _table(files: tuple[FileChange, ...]) -> Table:
    """Return a row a target: files added, removed and changed, and lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("target")
    for title in ("added", "removed", "changed", "lines"):
        table.add_column(title, justify="right")
    for target in dict.fromkeys(one.target for one in files):
        mine = [one for one in files if one.target == target]
        counts = [sum(one.change is kind for one in mine) for kind in Change]
        lines = f"+{sum(one.added for one in mine)} -{sum(one.removed for one in mine)}"
        table.add_row(target or "(the whole)", *map(str, counts), lines)
    return table
