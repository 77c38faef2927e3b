"""What `outgrow render` prints: the fate of each file, and every loss with its waiver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from outgrow.operations.render import RenderReport, TreeReport
from outgrow.operations.rendered import OfferedTarget
from outgrow.render.tree.actions import Action, ActionKind
from outgrow.render.tree.losses import ReportedLoss

_STYLES = {
    ActionKind.CREATE: "green",
    ActionKind.UPDATE: "yellow",
    ActionKind.MERGE: "yellow",
    ActionKind.REMOVE: "red",
    ActionKind.CONFLICT: "bold red",
}


def show_targets(console: Console, targets: Iterable[OfferedTarget]) -> None:
    """Print each target, and whether the phase has anything for it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("target", "what it renders", "applies"):
        table.add_column(title)
    for one in targets:
        style = "" if one.applies else "dim"
        table.add_row(one.name, one.title, "yes" if one.applies else "no", style=style)
    console.print(table)


def show_trees(console: Console, report: RenderReport) -> None:
    """Print what became of each file that is not simply as it was, and a line of totals."""
    for tree in report.trees:
        for action in tree.actions:
            if action.kind is not ActionKind.UNCHANGED:
                console.print(_line(tree, action), soft_wrap=True)
        console.print(_summary(tree, report), soft_wrap=True)
    if report.conflicts:
        console.print(
            "\nA file that somebody edited is never overwritten. Run again with --merge to join "
            "both versions; or take what you want of `*.outgrow-new` and remove it.",
            soft_wrap=True,
        )
    elif report.checked and report.exit_code and not report.refused:
        console.print("Run `outgrow render` without --check to write it again.")


def _line(tree: TreeReport, action: Action) -> Text:
    line = Text(f"{action.kind.value:<9} ", style=_STYLES.get(action.kind, "dim"))
    line.append(str(tree.folder / action.path), style="default not bold not dim")
    if action.beside:
        line.append(f" -> {action.beside.rsplit('/', 1)[-1]}", style="default not bold not dim")
    if action.reason:
        line.append(f"  ({action.reason})", style="dim not bold")
    return line


def _summary(tree: TreeReport, report: RenderReport) -> Text:
    counts = Counter(action.kind.value for action in tree.actions)
    told = ", ".join(f"{counts[kind.value]} {kind.value}" for kind in ActionKind if counts[kind])
    words = f"{tree.folder}: {tree.phase} in {tree.environment}: {told}"
    if report.checked:
        words += "; current" if tree.current else "; not current"
    elif not report.written:
        words += "; nothing was written"
    return Text(words)


def show_losses(console: Console, report: RenderReport, *, accepted: bool) -> None:
    """Print every loss that nobody accepted, and what to write to accept it."""
    for loss in report.refused:
        console.print(_loss(loss), soft_wrap=True)
    if report.refused:
        count = len(report.refused)
        console.print(
            f"\n{count} {'thing' if count == 1 else 'things'} of the strategy cannot be expressed"
            f"{'' if report.trees else '; nothing was written'}. Accept each with its reason:\n",
        )
        console.print("waivers:", markup=False)
        for waiver in dict.fromkeys(loss.waiver for loss in report.refused):
            console.print(f"  {waiver}", markup=False, soft_wrap=True)
        console.print("\nor render all the same with --accept-loss.")
    elif accepted:
        count = sum(loss.waived_because is None for loss in report.losses)
        if count:
            console.print(f"accepted by --accept-loss: {count}; README.md lists them")


def _loss(one: ReportedLoss) -> Text:
    loss = one.loss
    text = Text(f"{one.place}  {one.path}: {loss.what}", style="bold")
    who = f"{one.target} cannot" if one.target else "no target watches it"
    text.append(f"\n  {who}: {loss.why}", style="not bold")
    if loss.instead:
        text.append(f"\n  Instead: {loss.instead}", style="not bold")
    text.append(f"\n  {loss.code}", style="dim not bold")
    return text
