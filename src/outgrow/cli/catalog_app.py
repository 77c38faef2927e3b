"""`outgrow catalog`: what can be rented, at which price, with which limits."""

from __future__ import annotations

from typing import Annotated

import typer

from outgrow.cli.options import AsJson

catalog_app = typer.Typer(no_args_is_help=True, help="Offerings, prices, limits and sources.")
Region = Annotated[str, typer.Option(help="The region whose prices to show.")]


@catalog_app.command("list", epilog="Example: outgrow catalog list aws/ec2/t3")
def list_offerings(
    prefix: Annotated[str, typer.Argument(help="Only ids that begin so.")] = "",
    kind: Annotated[str | None, typer.Option(help="Only those that serve this kind.")] = None,
    region: Region = "us-east-1",
    json: AsJson = False,
) -> int:
    """List offerings with their size and price."""
    from outgrow.cli.commands.catalog import run_list

    return run_list(prefix, kind, region, as_json=json)


@catalog_app.command("show", epilog="Example: outgrow catalog show supabase/pro")
def show_offering(
    offering: Annotated[str, typer.Argument(help="An id such as vercel/pro.")],
    region: Region = "us-east-1",
    json: AsJson = False,
) -> int:
    """Show one offering: prices, limits and capabilities, each with its source."""
    from outgrow.cli.commands.catalog import run_show

    return run_show(offering, region, as_json=json)


@catalog_app.command("search", epilog="Example: outgrow catalog search postgres free")
def search_offerings(
    words: Annotated[list[str], typer.Argument(help="Words that must all be there.")],
    region: Region = "us-east-1",
    json: AsJson = False,
) -> int:
    """Find offerings by words in their id, name, kind or notes."""
    from outgrow.cli.commands.catalog import run_search

    return run_search(words, region, as_json=json)


@catalog_app.command("refresh", epilog="Example: outgrow catalog refresh aws --region eu-west-1")
def refresh(
    provider: Annotated[str, typer.Argument(help="The provider to read: aws.")],
    region: Annotated[
        list[str] | None, typer.Option(help="A region; repeatable. us-east-1 by default.")
    ] = None,
    json: AsJson = False,
) -> int:
    """Read current list prices into your own overlay of the catalogue."""
    from outgrow.cli.commands.catalog import run_refresh

    return run_refresh(provider, region or ["us-east-1"], as_json=json)
