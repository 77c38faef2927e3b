"""`outgrow migrations`: judge migrations before they meet a system that runs."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import AsJson

migrations_app = typer.Typer(
    no_args_is_help=True, help="Judge migrations before they meet a system that runs."
)


@migrations_app.callback()
def _group() -> None:
    """Keep `lint` a command of its own, so that others can stand beside it."""


@migrations_app.command(
    "lint", epilog="Example: outgrow migrations lint examples/sample-app/backend/migrations"
)
def lint(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or folders of SQL.")
    ] = None,
    alembic: Annotated[
        str | None, typer.Option(metavar="INI", help="An alembic.ini; its migrations are judged.")
    ] = None,
    revisions: Annotated[
        str, typer.Option(metavar="FROM:TO", help="With --alembic: which migrations.")
    ] = "head",
    database_url_from: Annotated[
        str | None,
        typer.Option(metavar="VARIABLE", help="Where the address is of a database to measure."),
    ] = None,
    large_rows: Annotated[
        int, typer.Option(min=1, help="From how many rows on a table counts as large.")
    ] = 100_000,
    json: AsJson = False,
) -> int:
    """Refuse what would lock a large table or break the running version; show the safe form."""
    from outgrow.cli.commands.migrations import run_lint
    from outgrow.operations.migrations import Asked

    asked = Asked(tuple(paths or ()), alembic, revisions, database_url_from, large_rows)
    return run_lint(asked, as_json=json)
