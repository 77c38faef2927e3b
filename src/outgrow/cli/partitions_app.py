"""`outgrow partitions`: tables split by date, and where their old parts go."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import (
    AsJson,
    DryRun,
    EnvironmentName,
    PhaseName,
    StrategyFile,
    Yes,
    refuse_together,
)

partitions_app = typer.Typer(
    no_args_is_help=True, help="Split tables by date, make parts ahead, archive old ones."
)
Tables = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="Only this table; repeatable."),
]
Component = Annotated[str | None, typer.Option("--component", help="Only tables of this database.")]
DatabaseAt = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="env:NAME|file:PATH",
        help="Where the address of the database lies; env:DATABASE_URL by default.",
    ),
]
ArchivePlace = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="PLACE",
        help="Another archive than the strategy's: a folder or s3://bucket/prefix.",
    ),
]


@partitions_app.command("plan", epilog="Example: outgrow partitions plan examples/floyo")
def plan(
    strategy: StrategyFile = None,
    table: Tables = None,
    component: Component = None,
    environment: EnvironmentName = None,
    phase: PhaseName = None,
    database: DatabaseAt = None,
    json: AsJson = False,
) -> int:
    """Show what each table is, what it will lose and gain, and which parts are old."""
    from outgrow.cli.commands.partitions import run_plan
    from outgrow.operations.partitioning.targets import Wish

    wish = Wish(environment, phase, component, tuple(table or ()), database)
    return run_plan(strategy, wish, as_json=json)


@partitions_app.command("apply", epilog="Example: outgrow partitions apply examples/floyo --yes")
def apply(
    strategy: StrategyFile = None,
    table: Tables = None,
    component: Component = None,
    environment: EnvironmentName = None,
    phase: PhaseName = None,
    database: DatabaseAt = None,
    accept_loss: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Accept a loss of the plan, or `all`; repeatable."),
    ] = None,
    rest: Annotated[
        float,
        typer.Option(
            metavar="SHARE", min=0, help="How long to rest after a batch, as a share of its time."
        ),
    ] = 0.5,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back a conversion that has not swapped yet.")
    ] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Drop what tables were before they were split.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Split tables while they are written to, and make parts ahead. Goes on after a kill."""
    from outgrow.cli.commands.partitions import ApplyOptions, run_apply
    from outgrow.operations.partitioning.targets import Wish

    refuse_together({"--undo": undo, "--drop-old": drop_old}, "Give one of them.")
    wish = Wish(environment, phase, component, tuple(table or ()), database)
    options = ApplyOptions(
        accepted=frozenset(accept_loss or ()),
        rest_share=rest,
        undo=undo,
        drop_old=drop_old,
        dry_run=dry_run,
        yes=yes,
        as_json=json,
    )
    return run_apply(strategy, wish, options)


@partitions_app.command(
    "archive", epilog="Example: outgrow partitions archive examples/floyo --yes"
)
def archive(
    strategy: StrategyFile = None,
    table: Tables = None,
    component: Component = None,
    environment: EnvironmentName = None,
    phase: PhaseName = None,
    database: DatabaseAt = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Move old parts to the archive: written, read back, compared, and only then dropped."""
    from outgrow.cli.commands.partitions import run_archive
    from outgrow.operations.partitioning.targets import Wish

    wish = Wish(environment, phase, component, tuple(table or ()), database)
    return run_archive(strategy, wish, dry_run=dry_run, yes=yes, as_json=json)


@partitions_app.command("restore", epilog="Example: outgrow partitions restore --list")
def restore(
    partition: Annotated[
        str, typer.Argument(metavar="[PARTITION]", help="The part, such as events_p2024_01.")
    ] = "",
    strategy: StrategyFile = None,
    listed: Annotated[bool, typer.Option("--list", help="List what is kept.")] = False,
    table: Tables = None,
    component: Component = None,
    environment: EnvironmentName = None,
    phase: PhaseName = None,
    database: DatabaseAt = None,
    place: ArchivePlace = None,
    yes: Yes = False,
    json: AsJson = False,
) -> int:
    """Bring a part back from the archive and prove that it is what was put there."""
    from outgrow.cli.commands.partitions import RestoreOptions, run_restore
    from outgrow.operations.partitioning.targets import Wish

    wish = Wish(environment, phase, component, tuple(table or ()), database)
    if listed and strategy is None:  # all are listed, so the one word names the strategy
        partition, strategy = "", partition or None
    options = RestoreOptions(partition=partition, place=place, listed=listed, yes=yes, as_json=json)
    return run_restore(strategy, wish, options)
