"""The commands that run a phase on this machine; `app` lists them among its own."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import (
    AsJson,
    LocalEnvironment,
    PhaseName,
    StrategyFile,
)

ProjectName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The Compose project; by default as the last time."),
]
run_app = typer.Typer(rich_markup_mode=None)


@run_app.command(epilog="Example: outgrow up examples/sample-app --environment development")
def up(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    project: ProjectName = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="KEY=VALUE", help="A value or port; repeatable."),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE", help="A Compose file to lay over ours."),
    ] = None,
    fill: Annotated[
        bool, typer.Option("--fill", help="Let `not-set` stand for every missing value.")
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(metavar="SECONDS", min=1, help="How long everything may take to get healthy."),
    ] = 180,
    no_build: Annotated[
        bool, typer.Option("--no-build", help="Use the images as they are.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave what did not get healthy for a look.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Follow no logs.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show all that Docker prints.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Run a phase on this machine in containers, with the CPU and memory of its offerings."""
    from outgrow.cli.commands.up import UpOptions, run_up

    options = UpOptions(
        values=tuple(value or ()),
        files=tuple(file or ()),
        timeout_seconds=timeout,
        build=not no_build,
        keep=keep,
        fill=fill,
        project=project,
        detach=detach,
        verbose=verbose,
        as_json=json,
    )
    return run_up(strategy, phase, environment, options)


@run_app.command(epilog="Example: outgrow down examples/sample-app --volumes")
def down(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    project: ProjectName = None,
    volumes: Annotated[
        bool, typer.Option("--volumes", help="Remove the volumes with their data as well.")
    ] = False,
    keep_data: Annotated[
        bool, typer.Option("--keep-data", help="Keep them without asking.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Remove the containers and networks that `up` made; asks before it removes data."""
    from outgrow.cli.commands.up import run_down

    return run_down(
        strategy, phase, environment, project, volumes=volumes, keep_data=keep_data, as_json=json
    )


@run_app.command(epilog="Example: outgrow ps examples/sample-app")
def ps(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    project: ProjectName = None,
    json: AsJson = False,
) -> int:
    """List the containers of a phase on this machine. Exit code 1 when there are none."""
    from outgrow.cli.commands.up import run_ps

    return run_ps(strategy, phase, environment, project, as_json=json)


@run_app.command(epilog="Example: outgrow logs examples/sample-app --service api --follow")
def logs(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: LocalEnvironment = None,
    project: ProjectName = None,
    service: Annotated[
        list[str] | None, typer.Option("--service", "-s", help="Only this one; repeatable.")
    ] = None,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, help="How many to begin with.")
    ] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as more is printed.")
    ] = False,
) -> int:
    """Print what the containers of a phase have printed."""
    from outgrow.cli.commands.up import run_logs

    return run_logs(
        strategy, phase, environment, project, service or [], lines=lines, follow_on=follow
    )
