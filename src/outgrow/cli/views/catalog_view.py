"""Tables of `outgrow catalog`: offerings in a list, one offering with everything known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from rich.console import Console
from rich.table import Table

from outgrow.catalog.offering import Capabilities, Limit
from outgrow.catalog.rates import Provenance
from outgrow.cli.money import price_text, quantity_text
from outgrow.operations.catalog import ListedOffering, ShownOffering


def show_list(console: Console, listed: Sequence[ListedOffering]) -> None:
    """Print a row an offering."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("offering", no_wrap=True)
    table.add_column("serves", no_wrap=True, overflow="ellipsis", max_width=40)
    for name in ("vCPU", "GiB", "disk"):
        table.add_column(name, justify="right")
    table.add_column("price", justify="right")
    table.add_column("grade")
    for one in listed:
        offering = one.offering
        table.add_row(
            offering.id + ("" if offering.available else " (not sold)"),
            ", ".join(sorted(offering.serves)),
            *(_size(value) for value in (offering.vcpu, offering.memory_gib, offering.storage_gib)),
            one.price,
            one.grade,
        )
    console.print(table)
    console.print(f"\n{len(listed)} offerings; `outgrow catalog show ID` shows sources and limits")


def _size(value: object) -> str:
    from decimal import Decimal

    return quantity_text(value) if isinstance(value, Decimal) else "-"


def show_one(console: Console, shown: ShownOffering) -> None:
    """Print one offering: size, prices, limits, capabilities, each with its source."""
    offering = shown.offering
    console.print(f"[bold]{offering.id}[/bold]  {offering.name}", highlight=False)
    if not offering.available:
        console.print("[red]not sold[/red]")
    if offering.notes:
        console.print(offering.notes, markup=False)
    sizes = [
        f"{quantity_text(value)} {unit}"
        for value, unit in (
            (offering.vcpu, "vCPU"),
            (offering.memory_gib, "GiB memory"),
            (offering.storage_gib, "GiB storage"),
        )
        if value is not None
    ]
    serves = ", ".join(sorted(offering.serves))
    console.print(f"serves {serves}" + (f"; {', '.join(sizes)}" if sizes else ""))
    _prices(console, shown)
    # A plan bills what exceeds a soft limit; a machine merely gets no more of it.
    beyond = "then billed" if offering.tariff is not None else "no more of it"
    _limits(console, offering.limits, beyond)
    _capabilities(console, offering.capabilities)


def _prices(console: Console, shown: ShownOffering) -> None:
    table = _table("price", "included", "USD", "per", "source")
    for price in shown.prices:
        table.add_row(
            price.name,
            price.included,
            price_text(price.price_usd),
            price.unit,
            source_text(price.provenance),
        )
    if shown.prices:
        console.print(table)
    else:
        console.print(f"\npriced by docs/pricing.md, service {shown.offering.service}")


def _limits(console: Console, limits: Sequence[Limit], beyond: str) -> None:
    if not limits:
        return
    table = _table("limit", "value", "", "source")
    for limit in limits:
        value = limit.text or "unknown" if limit.value is None else quantity_text(limit.value)
        kind = "stops there" if limit.hard else beyond
        table.add_row(limit.name, value, kind, source_text(limit.provenance))
    console.print(table)


def _capabilities(console: Console, capabilities: Capabilities) -> None:
    named = [
        (field.name, getattr(capabilities, field.name))
        for field in fields(capabilities)
        if field.name != "provenance"
    ]
    known = [(name, value) for name, value in named if value is not None]
    if not known:
        return
    table = _table("can do", "", "source")
    source = source_text(capabilities.provenance) if capabilities.provenance else ""
    for name, value in known:
        words = {True: "yes", False: "no"}
        table.add_row(
            name, words[value] if isinstance(value, bool) else quantity_text(value), source
        )
    console.print(table)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    for name in names:
        table.add_column(name, justify="right" if name == "USD" else "left", overflow="fold")
    return table


def source_text(provenance: Provenance) -> str:
    """Return a source with its date and grade."""
    dated = f", {provenance.as_of}" if provenance.as_of else ""
    return f"{provenance.source}{dated} \\[{provenance.grade.value}]"
