"""The commands of deploys; `app` lists them among its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from outgrow.cli.options import (
    AsJson,
    DryRun,
    EnvironmentName,
    OneComponent,
    StrategyOption,
    Yes,
)

if TYPE_CHECKING:
    from outgrow.operations.deploying.wanted import DeployWish

# As `DeployKind` of the strategy, whose import would cost every command a quarter of a second.
StrategyName = Literal["manual", "rolling", "blue_green", "canary"]
deploy_app = typer.Typer(rich_markup_mode=None)
deploys_app = typer.Typer(help="What was deployed, when and by whom, and how that went.")
lock_app = typer.Typer(help="Who deploys a component right now.")

ComponentArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[COMPONENT]",
        help="The component; the only application when left out.",
        show_default=False,
    ),
]
Kind = Annotated[
    StrategyName | None,
    typer.Option("--strategy", help="How, instead of what the strategy file says."),
]
ApprovedBy = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who approves it, where the environment asks for that."),
]
Wait = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, help="How long to wait for somebody else's deploy."),
]
Prove = Annotated[
    bool,
    typer.Option("--prove", help="Send requests meanwhile and say what became of them."),
]
Rate = Annotated[
    int, typer.Option("--rate", min=1, max=500, help="Requests a second of the proof.")
]
ProveSeconds = Annotated[
    float,
    typer.Option(
        "--prove-seconds", metavar="SECONDS", min=1, max=600, help="Of the proof, before and after."
    ),
]
ProvePath = Annotated[
    str | None,
    typer.Option(metavar="PATH", help="What the proof asks for; the health check by default."),
]
ProvePost = Annotated[
    str | None, typer.Option(metavar="PATH", help="Where the proof sends its POSTs; else none.")
]
ProveSlow = Annotated[
    str | None, typer.Option(metavar="PATH", help="What takes long to answer; else nothing.")
]


@deploy_app.command(epilog="Example: outgrow deploy api --image shop/api:42 --dry-run")
def deploy(
    component: ComponentArgument = None,
    image: Annotated[
        str | None,
        typer.Option(metavar="REFERENCE", help="The image; a tag is resolved to what it is now."),
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="ID", help="A version that was deployed before.")
    ] = None,
    strategy: Kind = None,
    environment: EnvironmentName = None,
    approved_by: ApprovedBy = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with what was begun; where it waits, that is the answer."
        ),
    ] = False,
    wait: Wait = 0,
    prove: Prove = False,
    rate: Rate = 100,
    prove_seconds: ProveSeconds = 5,
    prove_path: ProvePath = None,
    prove_post: ProvePost = None,
    prove_slow: ProveSlow = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Bring a version in without losing a request; it is taken back when it does worse."""
    from outgrow.cli.commands.deploy import DeployOptions, run_deploy
    from outgrow.operations.deploying.prove import ProveOptions
    from outgrow.operations.deploying.wanted import DeployWish

    wish = DeployWish(image=image, version=version, kind=strategy, resume=resume)
    _one_version(wish)
    proof = ProveOptions(
        rate, prove_seconds, path=prove_path, post_path=prove_post, slow_path=prove_slow
    )
    options = DeployOptions(
        approved_by, wait, dry_run=dry_run, yes=yes, as_json=json, proof=proof if prove else None
    )
    return run_deploy(file, component, environment, wish, options)


@deploy_app.command(epilog="Example: outgrow rollback api --to v1a2b3c4d5e")
def rollback(
    component: ComponentArgument = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A version that is retained; the one before by default."),
    ] = None,
    environment: EnvironmentName = None,
    wait: Wait = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Go back: take back what is unfinished, else bring in the version before, all at once."""
    from outgrow.cli.commands.deploy import DeployOptions, run_rollback

    options = DeployOptions(None, wait, dry_run=dry_run, yes=yes, as_json=json)
    return run_rollback(file, component, environment, to, options)


@deploy_app.command(epilog="Example: outgrow promote staging production --approved-by ada")
def promote(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Where the version has passed.")],
    environment: Annotated[str, typer.Argument(metavar="TO", help="Where it is deployed.")],
    component: ComponentArgument = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Another version that passed there than the last."),
    ] = None,
    strategy: Kind = None,
    approved_by: ApprovedBy = None,
    wait: Wait = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Deploy what passed in one environment to another: the same artifact, never a new build."""
    from outgrow.cli.commands.deploy import DeployOptions, run_promote
    from outgrow.operations.deploying.wanted import DeployWish

    wish = DeployWish(version=version, kind=strategy, promoted_from=source)
    options = DeployOptions(approved_by, wait, dry_run=dry_run, yes=yes, as_json=json)
    return run_promote(file, component, environment, wish, options)


@deploys_app.callback(
    invoke_without_command=True, epilog="Example: outgrow deploys --component api"
)
def list_(
    context: typer.Context,
    component: OneComponent = None,
    environment: EnvironmentName = None,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """List what was deployed, when and by whom, and how that went; the newest first."""
    if context.invoked_subcommand is not None:
        return 0
    from outgrow.cli.commands.deploys import run_list

    return run_list(file, component, environment, as_json=json)


@deploys_app.command("show", epilog="Example: outgrow deploys show 12")
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The number in the list.")],
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Show one deploy: every step with what was found, its gates, and its proof."""
    from outgrow.cli.commands.deploys import run_show

    return run_show(file, number, as_json=json)


@deploys_app.command("tidy", epilog="Example: outgrow deploys tidy --component api --dry-run")
def tidy(
    component: OneComponent = None,
    environment: EnvironmentName = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also what is to be kept ready for longer.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop nothing.")] = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Stop old versions that were kept ready for long enough."""
    from outgrow.cli.commands.deploys import run_tidy

    return run_tidy(file, component, environment, every=every, dry_run=dry_run, as_json=json)


@deploys_app.command("start", epilog="Example: outgrow deploys start --environment production")
def start(
    environment: EnvironmentName = None,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Start again what should run on machines of your own, after they were restarted."""
    from outgrow.cli.commands.deploys import run_start

    return run_start(file, environment, as_json=json)


@deploys_app.command("down", epilog="Example: outgrow deploys down --environment staging")
def down(
    environment: EnvironmentName = None,
    yes: Yes = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """End everything that runs for an environment on machines of your own; history stays."""
    from outgrow.cli.commands.deploys import run_down

    return run_down(file, environment, yes=yes, as_json=json)


@lock_app.callback(invoke_without_command=True, epilog="Example: outgrow lock --component api")
def lock(
    context: typer.Context,
    component: OneComponent = None,
    environment: EnvironmentName = None,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Show who holds the lock of a component's deploys. Exit code 1 when somebody does."""
    if context.invoked_subcommand is not None:
        return 0
    return lock_show(component, environment, file, json=json)


@lock_app.command("show", epilog="Example: outgrow lock show --component api")
def lock_show(
    component: OneComponent = None,
    environment: EnvironmentName = None,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Show who holds the lock of a component's deploys. Exit code 1 when somebody does."""
    from outgrow.cli.commands.deploys import run_lock_show

    return run_lock_show(file, component, environment, as_json=json)


@lock_app.command("break", epilog="Example: outgrow lock break --component api")
def lock_break(
    component: OneComponent = None,
    environment: EnvironmentName = None,
    yes: Yes = False,
    file: StrategyOption = None,
    json: AsJson = False,
) -> int:
    """Take the lock from whoever holds it: that process can change nothing in the journal."""
    from outgrow.cli.commands.deploys import run_lock_break

    return run_lock_break(file, component, environment, yes=yes, as_json=json)


def _one_version(wish: DeployWish) -> None:
    from outgrow.errors import InputError

    if sum(map(bool, (wish.image, wish.version, wish.resume))) > 1:
        raise InputError("--image, --version and --resume say different things", "Give one.")
