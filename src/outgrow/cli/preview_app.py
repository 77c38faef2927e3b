"""`outgrow preview`: an environment for one branch, with its own address and its own data."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from outgrow.cli.options import AsJson, StrategyOption, Yes

preview_app = typer.Typer(
    no_args_is_help=True, help="An environment for each branch, with its own address and data."
)
PreviewEnvironment = Annotated[
    str | None,
    typer.Option(
        "--environment", "-e", metavar="NAME", help="The only one with previews when left out."
    ),
]


@preview_app.command(epilog="Example: outgrow preview make feature/cart --image api=shop/api:cart")
def make(
    branch: Annotated[str, typer.Argument(help="The branch, or the number of a pull request.")],
    image: Annotated[
        list[str] | None,
        typer.Option(metavar="[COMPONENT=]IMAGE", help="What a component runs; repeatable."),
    ] = None,
    hours: Annotated[
        float | None,
        typer.Option(min=0, help="How long it lives; as the strategy says by default."),
    ] = None,
    health_seconds: Annotated[
        float, typer.Option(min=1, help="How long a component has to become healthy.")
    ] = 120,
    file: StrategyOption = None,
    environment: PreviewEnvironment = None,
    json: AsJson = False,
    yes: Yes = False,
) -> int:
    """Make the preview of a branch, or put new images into it; its data stay."""
    from outgrow.cli.commands.preview import run_make

    life = None if hours is None else Decimal(str(hours))
    return run_make(
        file, environment, branch, image or [], life, health_seconds, as_json=json, yes=yes
    )


@preview_app.command("list", epilog="Example: outgrow preview list")
def list_(
    file: StrategyOption = None, environment: PreviewEnvironment = None, json: AsJson = False
) -> int:
    """List the previews: where each answers, until when, and what it has cost."""
    from outgrow.cli.commands.preview import run_list

    return run_list(file, environment, as_json=json)


@preview_app.command(epilog="Example: outgrow preview remove feature/cart")
def remove(
    branches: Annotated[
        list[str], typer.Argument(metavar="BRANCH...", help="Branches or pull requests.")
    ],
    if_there: Annotated[
        bool, typer.Option("--if-there", help="Do nothing for a branch that has no preview.")
    ] = False,
    leave_data: Annotated[
        bool,
        typer.Option("--leave-data", help="Do not ask the database, whose server may be gone."),
    ] = False,
    file: StrategyOption = None,
    environment: PreviewEnvironment = None,
    json: AsJson = False,
    yes: Yes = False,
) -> int:
    """Remove the previews of branches, with their data."""
    from outgrow.cli.commands.preview import Removal, run_remove

    removal = Removal(tuple(branches), if_there=if_there, leave_data=leave_data)
    return run_remove(file, environment, removal, as_json=json, yes=yes)


@preview_app.command(epilog="Example: outgrow preview tidy --gone --yes")
def tidy(
    gone: Annotated[
        bool, typer.Option("--gone", help="Also those whose branch the origin has no more.")
    ] = False,
    file: StrategyOption = None,
    environment: PreviewEnvironment = None,
    json: AsJson = False,
    yes: Yes = False,
) -> int:
    """Remove the previews whose time is over; for a job that runs each hour."""
    from outgrow.cli.commands.preview import run_tidy

    return run_tidy(file, environment, gone=gone, as_json=json, yes=yes)
