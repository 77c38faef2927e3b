"""`outgrow profile`: where a running Python service spends its time and its memory."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import AsJson

profile_app = typer.Typer(
    no_args_is_help=True, help="Where a running Python service spends its time and its memory."
)
Target = Annotated[
    str,
    typer.Argument(help="A process id, the port it listens on (:8000), or a service of `up`."),
]
Strategy = Annotated[
    str | None, typer.Option(metavar="PATH", help="The strategy whose service is meant.")
]
Seconds = Annotated[int, typer.Option(min=1, max=3600, help="For how long.")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Open the flame graph.")]


@profile_app.command("top", epilog="Example: outgrow profile top :8000")
def top(target: Target, strategy: Strategy = None) -> int:
    """Show, again and again, which functions take the time; Ctrl-C ends it."""
    from outgrow.cli.commands.profile import run_top

    return run_top(target, strategy)


@profile_app.command("record", epilog="Example: outgrow profile record :8000 --seconds 30")
def record(
    target: Target,
    strategy: Strategy = None,
    seconds: Seconds = 30,
    rate: Annotated[int, typer.Option(min=1, max=1000, help="Samples a second.")] = 100,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="A .svg, or a .json for speedscope.")
    ] = "profile.svg",
    show: Open = True,
    json: AsJson = False,
) -> int:
    """Sample a process and its children, and draw where the time went as a flame graph."""
    from outgrow.cli.commands.profile import run_record

    return run_record(target, strategy, seconds, rate, out, show=show, as_json=json)


@profile_app.command("memory", epilog="Example: outgrow profile memory :8000 --seconds 60")
def memory(
    target: Target,
    strategy: Strategy = None,
    seconds: Seconds = 60,
    out: Annotated[str, typer.Option(metavar="FILE", help="An .html file.")] = "memory.html",
    show: Open = True,
    json: AsJson = False,
) -> int:
    """Follow what a process allocates and does not free, and draw it as a flame graph."""
    from outgrow.cli.commands.profile import run_memory

    return run_memory(target, strategy, seconds, out, show=show, as_json=json)


@profile_app.command("dump", epilog="Example: outgrow profile dump :8000")
def dump(target: Target, strategy: Strategy = None, json: AsJson = False) -> int:
    """Print what every thread is doing at this moment: for a service that hangs."""
    from outgrow.cli.commands.profile import run_dump

    return run_dump(target, strategy, as_json=json)
