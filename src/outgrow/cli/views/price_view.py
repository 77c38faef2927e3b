"""The table of `outgrow price`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from outgrow.cli.money import total_text
from outgrow.cli.views.cost_view import add_lines, bill_table
from outgrow.operations.price import PriceList
from outgrow.units import format_usd


def show_prices(console: Console, priced: PriceList, explain: bool) -> None:
    """Print the lines of every item, their totals, and the sum."""
    table: Table = bill_table("item", explain)
    for index, item in enumerate(priced.items, 1):
        add_lines(table, item.name or f"{index}. {item.service}", item.lines, explain)
    console.print(table)
    console.print(f"\n[bold]total {total_text(priced.total)} a month[/bold], list price")
    if priced.allowances_usd_month:
        apart = format_usd(priced.allowances_usd_month)
        console.print(f"  free allowances of the accounts take off up to {apart}")
