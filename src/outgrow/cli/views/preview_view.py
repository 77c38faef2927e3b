"""Previews, for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from outgrow.deploy.previews.due import Due
from outgrow.deploy.previews.run import PreviewFailed, steps_to_make
from outgrow.deploy.previews.values import Preview
from outgrow.errors import OutsideError
from outgrow.operations.previewing.previews import Listed, Plan


def print_plan(console: Console, plan: Plan) -> None:
    """Print what would be made, until when, and what an hour of it costs."""
    preview = plan.preview
    _say(console, f"preview of {preview.branch}: {plan.url}, {_until(preview.expires)}")
    for part in preview.parts:
        _say(console, f"  {part.component}: {part.image}")
    if plan.left_out:
        _say(console, f"  without {', '.join(plan.left_out)}: no request reaches it")
    _say(console, f"  data: {_data(preview)}")
    _say(console, f"  cost: {_an_hour(preview.cost_usd_hour)}")
    _say(console, f"  steps: {', '.join(steps_to_make(preview))}")
    if plan.renews:
        _say(console, "  There is one already: it gets these images and keeps its data.")


def print_made(console: Console, made: Listed) -> None:
    """Print where it answers, until when, and what it costs."""
    for url in made.urls:
        _say(console, url)
    cost = _an_hour(made.preview.cost_usd_hour)
    _say(console, f"It stays {_until(made.preview.expires)}; cost: {cost}.")


def print_previews(console: Console, found: Sequence[Listed]) -> None:
    """Print the previews that live, oldest first."""
    if not found:
        _say(console, "there are no previews")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("branch", overflow="fold")
    for title in ("address", "until", "so far"):
        table.add_column(title, no_wrap=True)
    for one in found:
        state = "" if one.whole else " (not whole)"
        # A branch may be called anything: what looks like markup is not to be obeyed.
        table.add_row(
            Text(f"{one.preview.branch}{state}"),
            Text(" ".join(one.urls)),
            Text(f"{_moment(one.preview.expires)}{', over' if one.over else ''}"),
            Text("unknown" if one.cost_usd is None else f"${one.cost_usd:.2f}"),
        )
    console.print(table)


def print_due(console: Console, found: Sequence[Due]) -> None:
    """Print what is to go, and why."""
    for one in found:
        _say(console, f"  {one.preview.branch} ({one.preview.host}): {one.why}")


def print_removing(console: Console, one: Due) -> None:
    """Print which preview is being removed: its steps follow."""
    _say(console, f"{one.preview.branch}:")


def print_left(console: Console, one: Due, error: OutsideError) -> None:
    """Print that a preview could not be removed, and why."""
    _say(console, f"{one.preview.branch} is not removed: {error.reason}")
    if error.remedy:
        _say(console, f"  {error.remedy}")


def print_failure(console: Console, failed: PreviewFailed) -> None:
    """Print what a part of it printed and where it listens, then why it failed."""
    lines = failed.evidence.lines if failed.evidence else failed.lines
    for line in lines[-20:]:
        _say(console, f"  | {line}")
    if failed.evidence is not None and failed.evidence.listening is not None:
        ports = ", ".join(map(str, failed.evidence.listening)) or "no port"
        _say(console, f"  It listens on {ports}; {failed.evidence.expected_port} is asked.")
    _say(console, f"{failed.reason}. {failed.remedy}")


def _data(preview: Preview) -> str:
    if preview.own_data == "none":
        return "none of its own"
    return f"a {preview.own_data} of its own, {preview.database}, kept until the preview is removed"


def _an_hour(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"${cost:.4f} an hour"


def _until(moment: datetime | None) -> str:
    return "until it is removed" if moment is None else f"until {_moment(moment)}"


def _moment(moment: datetime | None) -> str:
    return "removed" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
