"""`outgrow env`: the variables of a component, and programs started with them."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import AsJson, LocalEnvironment, PhaseName, StrategyFile

env_app = typer.Typer(
    no_args_is_help=True, help="The variables of a component in a phase and an environment."
)
ComponentName = Annotated[
    str | None,
    typer.Option("--component", "-c", help="The component; the only application by default."),
]


@env_app.command(epilog="Example: outgrow env show examples/sample-app --component api")
def show(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    component: ComponentName = None,
    json: AsJson = False,
) -> int:
    """List the variables of a component and where each comes from; a secret shows as ***."""
    from outgrow.cli.commands.env import run_show

    return run_show(strategy, phase, environment, component, as_json=json)


@env_app.command(
    "exec",
    context_settings={"allow_interspersed_args": False},
    epilog="Example: outgrow env exec --environment development -- uvicorn app.main:app",
)
def execute(
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND...", help="The program and its arguments.")
    ],
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", "-s", metavar="FILE", help="The nearest when left out."),
    ] = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    component: ComponentName = None,
) -> int:
    """Start a program with the variables of a component. Its exit code is the command's."""
    from outgrow.cli.commands.env import run_exec

    return run_exec(command, strategy, phase, environment, component)
