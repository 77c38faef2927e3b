"""`outgrow env`: the environments of a strategy, and programs started with their variables."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import (
    ActiveFileName,
    AsJson,
    AskStores,
    ComponentName,
    Deadline,
    DryRun,
    LocalEnvironment,
    NoLive,
    OneComponent,
    PhaseName,
    StrategyFile,
    Yes,
)

env_app = typer.Typer(
    no_args_is_help=True, help="Environments: their variables, what is active, and switching."
)
Environment = Annotated[str, typer.Argument(metavar="NAME", help="The environment.")]
TakeOver = Annotated[
    bool,
    typer.Option("--take-over", help="Drop your own lines that set a variable of a profile."),
]


@env_app.command("list", epilog="Example: outgrow env list examples/pocketable")
def list_all(
    strategy: StrategyFile = None, component: ComponentName = None, json: AsJson = False
) -> int:
    """List the environments, and which one is active."""
    from outgrow.cli.commands.environments import run_list

    return run_list(strategy, component, as_json=json)


@env_app.command(epilog="Example: outgrow env current examples/pocketable")
def current(
    strategy: StrategyFile = None, file: ActiveFileName = None, json: AsJson = False
) -> int:
    """Say which environment is active. Exit code 1 when none is."""
    from outgrow.cli.commands.environments import run_current

    return run_current(strategy, file, as_json=json)


@env_app.command(epilog="Example: outgrow env show examples/sample-app --component api")
def show(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    component: OneComponent = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show secrets, at a terminal, the name typed.")
    ] = False,
    json: AsJson = False,
) -> int:
    """List the variables of a component and where each comes from; a secret shows as ***."""
    from outgrow.cli.commands.env import run_show

    return run_show(strategy, phase, environment, component, reveal=reveal, as_json=json)


@env_app.command(epilog="Example: outgrow env diff development production examples/pocketable")
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="An environment.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    strategy: StrategyFile = None,
    component: ComponentName = None,
    json: AsJson = False,
) -> int:
    """Compare the variables of two environments; secrets are compared, not shown."""
    from outgrow.cli.commands.environments import run_diff

    return run_diff(first, second, strategy, component, as_json=json)


@env_app.command(epilog="Example: outgrow env check development examples/pocketable")
def check(
    name: Environment,
    strategy: StrategyFile = None,
    component: ComponentName = None,
    no_live: NoLive = False,
    stores: AskStores = False,
    deadline: Deadline = 5.0,
    json: AsJson = False,
) -> int:
    """Say everything that is wrong with an environment, and ask its endpoints. Exit code 1 then."""
    from outgrow.cli.commands.environments import run_check
    from outgrow.operations.environments.checking import Asked

    return run_check(name, strategy, component, Asked(not no_live, stores, deadline), as_json=json)


@env_app.command(epilog="Example: outgrow env switch development examples/pocketable")
def switch(
    name: Environment,
    strategy: StrategyFile = None,
    component: ComponentName = None,
    file: ActiveFileName = None,
    no_live: NoLive = False,
    stores: AskStores = False,
    deadline: Deadline = 5.0,
    take_over: TakeOver = False,
    rebind: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A credential that has moved to another endpoint."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Make an environment the active one: check it, then replace the active file at one moment."""
    from outgrow.cli.commands.env_switch import SwitchOptions, run_switch
    from outgrow.operations.environments.checking import Asked

    asked = Asked(not no_live, stores, deadline, frozenset(rebind or ()))
    options = SwitchOptions(file, asked, take_over, dry_run, yes, json)
    return run_switch(name, strategy, component, options)


@env_app.command(epilog="Example: outgrow env undo examples/pocketable")
def undo(
    strategy: StrategyFile = None,
    file: ActiveFileName = None,
    no_live: NoLive = False,
    stores: AskStores = False,
    deadline: Deadline = 5.0,
    take_over: TakeOver = False,
    accept_changed: Annotated[
        bool,
        typer.Option("--accept-changed", help="Also when its values are not what they were."),
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Take the last switch back: make active what was active before it."""
    from outgrow.cli.commands.env_switch import SwitchOptions, run_undo
    from outgrow.operations.environments.checking import Asked

    asked = Asked(not no_live, stores, deadline)
    options = SwitchOptions(file, asked, take_over, dry_run, yes, json)
    return run_undo(strategy, options, accept_changed=accept_changed)


@env_app.command(epilog="Example: outgrow env history examples/pocketable")
def history(
    strategy: StrategyFile = None, file: ActiveFileName = None, json: AsJson = False
) -> int:
    """List the switches, newest first."""
    from outgrow.cli.commands.env_switch import run_history

    return run_history(strategy, file, as_json=json)


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
    component: OneComponent = None,
) -> int:
    """Start a program with the variables of a component. Its exit code is the command's."""
    from outgrow.cli.commands.env import run_exec

    return run_exec(command, strategy, phase, environment, component)
