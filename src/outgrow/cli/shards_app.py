"""`outgrow shards`: which rows lie in which database, and moving them while they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from outgrow.cli.options import AsJson, DryRun, EnvironmentName, Yes, refuse_together
from outgrow.errors import InputError

if TYPE_CHECKING:
    from outgrow.operations.sharding.planned import Asked

shards_app = typer.Typer(
    no_args_is_help=True, help="Rows of users or organisations in several databases."
)
Key = Annotated[
    str | None,
    typer.Argument(metavar="[KEY]", help="The user or organisation, as its column has it."),
]
Strategy = Annotated[
    str | None,
    typer.Option(metavar="PATH", help="The strategy; the nearest outgrow.yaml when left out."),
]
Logical = Annotated[
    int | None, typer.Option(min=0, help="A whole logical shard instead of one key.")
]
Component = Annotated[
    str | None, typer.Option("--component", help="The database, when several are spread.")
]
Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        metavar="NAME=env:VARIABLE",
        help="Where the address of a database lies (or NAME=file:PATH); repeatable.",
    ),
]
Schema = Annotated[str, typer.Option(help="The schema of the application's tables.")]


@shards_app.command("list", epilog="Example: outgrow shards list")
def list_(
    strategy: Strategy = None,
    component: Component = None,
    environment: EnvironmentName = None,
    database: Addresses = None,
    schema: Schema = "public",
    json: AsJson = False,
) -> int:
    """Show what each database holds, and what moves have left behind."""
    from outgrow.cli.commands.shards import run_list
    from outgrow.operations.sharding.targets import Wish

    wish = Wish(environment, component, tuple(database or ()), schema)
    return run_list(strategy, wish, as_json=json)


@shards_app.command("plan", epilog="Example: outgrow shards plan acme --to db-two")
def plan(
    key: Key = None,
    to: Annotated[str | None, typer.Option(help="The database to move to.")] = None,
    logical: Logical = None,
    strategy: Strategy = None,
    component: Component = None,
    environment: EnvironmentName = None,
    database: Addresses = None,
    schema: Schema = "public",
    json: AsJson = False,
) -> int:
    """Show what a move would do; without a key, which moves would even out the databases."""
    from outgrow.cli.commands.shards import run_plan, run_spread
    from outgrow.operations.sharding.targets import Wish

    wish = Wish(environment, component, tuple(database or ()), schema)
    if key is None and logical is None:
        return run_spread(strategy, wish, as_json=json)
    return run_plan(strategy, wish, _asked(key, logical, to), as_json=json)


@shards_app.command("move", epilog="Example: outgrow shards move acme --to db-two --yes")
def move(
    key: Key = None,
    to: Annotated[str | None, typer.Option(help="The database to move to.")] = None,
    logical: Logical = None,
    strategy: Strategy = None,
    component: Component = None,
    environment: EnvironmentName = None,
    database: Addresses = None,
    schema: Schema = "public",
    batch: Annotated[int, typer.Option(min=1, help="Rows that are copied at a time.")] = 5000,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the move that has not ended.")
    ] = False,
    forget: Annotated[
        str | None,
        typer.Option(metavar="DATABASE", help="Delete the rows that a move left behind there."),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Move the rows of a key while they are read and written. Goes on after a kill."""
    from outgrow.cli.commands.shards import MoveOptions, run_forget, run_move, run_undo
    from outgrow.operations.sharding.targets import Wish

    wish = Wish(environment, component, tuple(database or ()), schema)
    options = MoveOptions(batch_rows=batch, dry_run=dry_run, yes=yes, as_json=json)
    given = {"--undo": undo, "--forget": forget is not None, "--dry-run": dry_run}
    refuse_together(given, "`outgrow shards list` shows what is under way and left behind.")
    if undo:
        return run_undo(strategy, wish, options)
    if forget is not None:
        return run_forget(strategy, wish, _asked(key, logical, forget), options)
    return run_move(strategy, wish, _asked(key, logical, to), options)


def _asked(key: str | None, logical: int | None, to: str | None) -> Asked:
    from outgrow.operations.sharding.planned import Asked

    if key is not None and logical is not None:
        raise InputError(
            "a key and --logical cannot be given together", "Give one: whose rows are meant?"
        )
    if key is None and logical is None:
        raise InputError("say whose rows: a key, or --logical NUMBER")
    if to is None:
        raise InputError("say where to", "Name a database: --to NAME. See outgrow shards list.")
    if key is not None:
        return Asked("key", key, to)
    return Asked("logical", str(logical), to)
