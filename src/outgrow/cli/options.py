"""The flags that several commands share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from outgrow.errors import InputError

StrategyFile = Annotated[
    str | None,
    typer.Argument(
        metavar="[STRATEGY]",
        help="The strategy file or its folder; the nearest outgrow.yaml upward when left out.",
        show_default=False,
    ),
]
StrategyOption = Annotated[
    str | None,
    typer.Option(
        "--file", "-f", metavar="PATH", help="The strategy; the nearest outgrow.yaml when left out."
    ),
]


def _named(folder: str) -> str:
    """Return `folder`; an empty one (`--out "$UNSET"`) would be the folder one is in."""
    if not folder.strip():
        raise typer.BadParameter("it is empty; write . for the folder you are in")
    return folder


OutFolder = Annotated[
    str, typer.Option("--out", "-o", help="The folder to write to.", callback=_named)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON (docs/json.md).")]
Explain = Annotated[bool, typer.Option("--explain", help="Show where every figure comes from.")]
PhaseName = Annotated[
    str | None, typer.Option("--phase", "-p", help="The phase; the current one when left out.")
]
EnvironmentName = Annotated[
    str | None, typer.Option("--environment", "-e", help="The environment; production by default.")
]
LocalEnvironment = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="The environment; the one for a laptop by default."),
]
SetValues = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=NUMBER", help="A demand value, for example users=4000."),
]
Autostop = Annotated[
    str | None,
    typer.Option(metavar="HOURSxDAYS", help="Run machines only so long, for example 12x5."),
]
Reserve = Annotated[str | None, typer.Option(metavar="1y|3y", help="Commit what can be reserved.")]
Spot = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Run this share of stateless machines on spot."),
]
AddOns = Annotated[
    list[str] | None,
    typer.Option("--add", metavar="ADD-ON", help="Adopt an add-on of the strategy; repeatable."),
]
UsageFile = Annotated[
    list[str] | None,
    typer.Option("--usage", "-u", metavar="FILE", help="Recorded usage, CSV or JSON; repeatable."),
]
Now = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Judge as of this date instead of today (2026-01-31)."),
]
TargetNames = Annotated[
    list[str] | None,
    typer.Option("--target", "-t", metavar="TARGET", help="Only this target; repeatable."),
]
ComponentName = Annotated[
    str | None,
    typer.Option("--component", "-c", help="Only this component; all applications by default."),
]
OneComponent = Annotated[
    str | None,
    typer.Option("--component", "-c", help="The component; the only application by default."),
]
ActiveFileName = Annotated[
    str | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="The active file; the strategy's by default (.env)."
    ),
]
NoLive = Annotated[bool, typer.Option("--no-live", help="Ask no endpoint; the history says so.")]
AskStores = Annotated[
    bool, typer.Option("--stores", help="Ask PostgreSQL and Redis servers as well.")
]
Deadline = Annotated[
    float,
    typer.Option("--deadline", metavar="SECONDS", min=0.1, help="How long an endpoint may take."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for pipelines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and change nothing.")]


def refuse_together(given: Mapping[str, bool], remedy: str) -> None:
    """Raise InputError when more than one of the flags `given` is set."""
    flags = [flag for flag, is_set in given.items() if is_set]
    if len(flags) > 1:
        raise InputError(f"{' and '.join(flags)} cannot be given together", remedy)
