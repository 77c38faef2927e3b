"""The commands of `outgrow`; each imports what it needs when it is called.

Every command returns its exit code: 0 done, 1 the answer is no, 2 wrong input, 3 an outside
system failed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.catalog_app import catalog_app
from outgrow.cli.deploy_app import deploy_app, deploys_app, lock_app
from outgrow.cli.env_app import env_app
from outgrow.cli.migrations_app import migrations_app
from outgrow.cli.options import (
    AddOns,
    AsJson,
    Autostop,
    EnvironmentName,
    Explain,
    Now,
    OutFolder,
    PhaseName,
    Reserve,
    SetValues,
    Spot,
    StrategyFile,
    TargetNames,
    UsageFile,
)
from outgrow.cli.partitions_app import partitions_app
from outgrow.cli.preview_app import preview_app
from outgrow.cli.profile_app import profile_app
from outgrow.cli.run_app import run_app
from outgrow.cli.shards_app import shards_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A small team's infrastructure strategy, checked, priced, decided and documented.",
    epilog="Start with `outgrow status`; `outgrow COMMAND --help` shows an example of each.",
)


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from outgrow import __version__

        print(f"outgrow {__version__}")
        raise typer.Exit


@app.command(epilog="Example: outgrow init examples/sample-app --print")
def init(
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The repository; this folder when left out.")
    ] = ".",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take every default; ask nothing.")
    ] = False,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Answer a question beforehand; repeatable."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="The file to write, DIR/outgrow.yaml.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a strategy that is there; keep a copy.")
    ] = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the draft and write nothing.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every piece of evidence and every note.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Draft outgrow.yaml from an existing repository, with evidence for every guess."""
    from outgrow.cli.commands.init import run_init
    from outgrow.operations.init import Request

    request = Request(folder, output, answer or [], force=force, only_print=only_print)
    return run_init(request, yes=yes, explain=explain, as_json=json)


@app.command(epilog="Example: outgrow check examples/nowry --claims")
def check(
    strategies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STRATEGY]...", help="Files or folders; the nearest when left out."
        ),
    ] = None,
    claims: Annotated[
        bool, typer.Option("--claims", help="List every claim with its verdict.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail as well.")] = False,
    now: Now = None,
    explain: Explain = False,
    json: AsJson = False,
) -> int:
    """Find what is wrong, untrue or forgotten in a strategy. Exit code 1 when something is."""
    from outgrow.cli.commands.check import run_check

    return run_check(
        strategies or [], now, claims=claims, strict=strict, explain=explain, as_json=json
    )


@app.command(epilog="Example: outgrow status examples/floyo --usage examples/floyo/usage.csv")
def status(
    strategy: StrategyFile = None,
    usage: UsageFile = None,
    values: SetValues = None,
    phase: PhaseName = None,
    environment: EnvironmentName = None,
    now: Now = None,
    explain: Explain = False,
    json: AsJson = False,
) -> int:
    """Say which phase fits, what runs out first and what to do. Exit code 1: move now."""
    from outgrow.cli.commands.status import run_status

    return run_status(
        strategy, usage or [], values or [], phase, environment, now, explain=explain, as_json=json
    )


@app.command(epilog="Example: outgrow cost examples/nexod --phase production --reserve 1y")
def cost(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    every: Annotated[bool, typer.Option("--all", help="All phases side by side.")] = False,
    environment: EnvironmentName = None,
    values: SetValues = None,
    autostop: Autostop = None,
    reserve: Reserve = None,
    spot: Spot = None,
    add: AddOns = None,
    gaps: Annotated[
        bool, typer.Option("--gaps/--no-gaps", help="List what the plan leaves out.")
    ] = True,
    explain: Explain = False,
    json: AsJson = False,
) -> int:
    """Price a phase line by line, or all phases side by side, also under other terms."""
    from outgrow.cli.commands.cost import Terms, run_cost

    return run_cost(
        strategy,
        phase,
        environment,
        Terms(values or [], autostop, reserve, spot, add or []),
        every=every,
        gaps=gaps,
        explain=explain,
        as_json=json,
    )


@app.command(epilog="Example: outgrow compare start growth examples/floyo --set users=4000")
def compare(
    before: Annotated[str, typer.Argument(help="A phase.")],
    after: Annotated[str, typer.Argument(help="Another phase.")],
    strategy: StrategyFile = None,
    environment: EnvironmentName = None,
    values: SetValues = None,
    along: Annotated[
        str | None, typer.Option(help="The demand variable to find the break-even along.")
    ] = None,
    autostop: Autostop = None,
    reserve: Reserve = None,
    spot: Spot = None,
    add: AddOns = None,
    json: AsJson = False,
) -> int:
    """Show what changes between two phases, in offerings and dollars, and their break-even."""
    from outgrow.cli.commands.cost import Terms, run_compare

    terms = Terms(values or [], autostop, reserve, spot, add or [])
    return run_compare(strategy, before, after, environment, terms, along, as_json=json)


@app.command(epilog="Example: outgrow price examples/price-list.yaml --explain")
def price(
    file: Annotated[str, typer.Argument(help="A list of items: YAML, JSON or CSV.")],
    explain: Explain = False,
    json: AsJson = False,
) -> int:
    """Price a plain list of items with usage; docs/pricing.md describes them."""
    from outgrow.cli.commands.price import run_price

    return run_price(file, explain=explain, as_json=json)


@app.command(epilog="Example: outgrow decide examples/pocketable --set users=35")
def decide(
    strategy: StrategyFile = None,
    values: SetValues = None,
    usage: UsageFile = None,
    now: Now = None,
    json: AsJson = False,
) -> int:
    """Walk the decision tree and say why each branch is taken or not."""
    from outgrow.cli.commands.decide import run_decide

    return run_decide(strategy, values or [], usage or [], now, as_json=json)


@app.command(epilog="Example: outgrow matrix examples/nowry")
def matrix(strategy: StrategyFile = None, json: AsJson = False) -> int:
    """Print the options side by side: cost, control, complexity, hours, timeout, concurrency."""
    from outgrow.cli.commands.decide import run_matrix

    return run_matrix(strategy, as_json=json)


@app.command(epilog="Example: outgrow pool examples/nexod")
def pool(
    strategy: StrategyFile = None,
    phase: Annotated[
        str | None, typer.Option("--phase", "-p", help="The phase; all when left out.")
    ] = None,
    json: AsJson = False,
) -> int:
    """Add up the database connections of every phase. Exit code 1 when they do not fit."""
    from outgrow.cli.commands.pool import run_pool

    return run_pool(strategy, phase, as_json=json)


@app.command(epilog="Example: outgrow docs examples/floyo --out strategy-docs")
def docs(
    strategy: StrategyFile = None,
    out: OutFolder = "docs",
    usage: UsageFile = None,
    now: Now = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when it is not current.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Write the strategy document: Markdown, and one self-contained HTML page."""
    from outgrow.cli.commands.docs import run_docs

    return run_docs(strategy, out, usage or [], now, check=check, as_json=json)


@app.command(epilog="Example: outgrow render examples/nexod --phase production")
def render(
    strategy: StrategyFile = None,
    phase: PhaseName = None,
    environment: EnvironmentName = None,
    target: TargetNames = None,
    out: OutFolder = "infra",
    every: Annotated[
        bool, typer.Option("--all", help="Every phase and environment, each in its own folder.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when it is not current.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Join what people edited with what is new.")
    ] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Bring back files that somebody removed.")
    ] = False,
    overlay: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Changes to lay over; outgrow.overlays by default."),
    ] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Render what can be expressed, losses or not.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of each file.")
    ] = False,
    list_targets: Annotated[
        bool, typer.Option("--list-targets", help="List the targets and whether they apply.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Render a phase as files. Exit code 1: a file that somebody edited, or a loss."""
    from outgrow.cli.commands.render import run_render
    from outgrow.operations.render import RenderOptions

    options = RenderOptions(
        targets=tuple(target or ()),
        overlay=overlay,
        check=check,
        merge=merge,
        restore=restore,
        accept_loss=accept_loss,
        dry_run=dry_run,
    )
    return run_render(
        strategy,
        phase,
        environment,
        out,
        options,
        every=every,
        list_targets=list_targets,
        as_json=json,
    )


@app.command(epilog="Example: outgrow diff development production examples/nexod --stat")
def diff(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BEFORE AFTER] [STRATEGY]", help="Two phases, and the strategy file."
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="A rendered folder, against the strategy now.")
    ] = None,
    environment: EnvironmentName = None,
    target: TargetNames = None,
    stat: Annotated[bool, typer.Option("--stat", help="Only count, a line a target.")] = False,
    json: AsJson = False,
) -> int:
    """Show what another phase changes, in files and in dollars; or what rendering again would."""
    from outgrow.cli.commands.diff import run_diff

    return run_diff(names or [], out, environment, target or [], stat=stat, as_json=json)


@app.command(epilog="Example: outgrow schema --out outgrow.schema.json")
def schema(
    out: Annotated[str | None, typer.Option("--out", "-o", help="The file to write to.")] = None,
) -> int:
    """Print the JSON Schema of outgrow.yaml, for editors and other programs."""
    from outgrow.cli.commands.schema import run_schema

    return run_schema(out)


# Last, so that the help lists them after the others.
app.add_typer(run_app)
app.add_typer(deploy_app)
app.add_typer(deploys_app, name="deploys")
app.add_typer(lock_app, name="lock")
app.add_typer(env_app, name="env")
app.add_typer(catalog_app, name="catalog")
app.add_typer(migrations_app, name="migrations")
app.add_typer(partitions_app, name="partitions")
app.add_typer(shards_app, name="shards")
app.add_typer(preview_app, name="preview")
app.add_typer(profile_app, name="profile")
