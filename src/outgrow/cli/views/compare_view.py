"""The table of `outgrow compare`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from outgrow.analysis.costs.compare import BreakEven, Comparison
from outgrow.analysis.pricing.cost_line import Total
from outgrow.cli.money import range_text, total_text
from outgrow.units import format_number, format_usd


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print what changes, the difference, and where the cheaper side changes."""
    before, after = comparison.before.expected.topology, comparison.after.expected.topology
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for phase in (before.phase, after.phase):
        table.add_column(phase)
        table.add_column("USD/month", justify="right")
    for change in comparison.changes:
        table.add_row(
            change.component,
            change.offering_before or "-",
            _total(change.before),
            change.offering_after or "-",
            _total(change.after),
            style="" if change.changed else "dim",
        )
    table.add_section()
    first, second = comparison.before, comparison.after
    totals = (total_text(first.expected.total), "", total_text(second.expected.total))
    table.add_row("total", "", *totals, style="bold")
    table.add_row("range", "", range_text(first), "", range_text(second))
    console.print(table)
    difference = comparison.difference_usd_month
    word = "more" if difference >= 0 else "less"
    known = (
        ""
        if not (first.expected.total.at_least or second.expected.total.at_least)
        else (", of what is known")
    )
    console.print(
        f"\n{after.phase} costs {format_usd(abs(difference))} {word} a month than "
        f"{before.phase}{known}"
    )
    if comparison.break_even is not None:
        console.print(_break_even(comparison.break_even))


def _total(total: Total | None) -> str:
    return "-" if total is None else total_text(total)


def _break_even(found: BreakEven) -> str:
    known = ", of what is known" if found.of_what_is_known else ""
    if found.value is None:
        always = f"stays cheaper whatever {found.demand} is in their range"
        return f"{found.cheaper_below} {always}{known}"
    return (
        f"break-even at {format_number(found.value)} {found.demand}{known}: below it "
        f"{found.cheaper_below} is cheaper, above it {found.cheaper_above}"
    )
