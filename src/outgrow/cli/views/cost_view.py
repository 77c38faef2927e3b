"""Tables of `outgrow cost`: one phase line by line, all phases side by side, gaps beneath."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from outgrow.analysis.gaps.gap import Gap
from outgrow.analysis.pricing.cost_line import CostLine, LineKind
from outgrow.catalog.rates import Grade
from outgrow.cli.money import price_text, quantity_text, range_text, share_text, total_text
from outgrow.operations.cost import PhaseBill
from outgrow.units import format_usd


def show_phase(console: Console, bill: PhaseBill, explain: bool) -> None:
    """Print the bill of one phase, line by line."""
    console.print(f"[bold]{bill.phase}[/bold] in {bill.environment}" + _serves(bill))
    table = bill_table("component", explain)
    for cost in bill.costs.expected.resources:
        add_lines(table, cost.resource.component, cost.lines, explain)
        if not cost.lines:
            where = f"runs on {cost.resource.runs_on}" if cost.resource.runs_on else "no charge"
            table.add_row(cost.resource.component, where, "", "", "", "-")
    add_lines(table, "", bill.costs.expected.extras, explain)
    console.print(table)
    _show_totals(console, bill)


def _serves(bill: PhaseBill) -> str:
    return f", for {bill.serves}" if bill.serves else ""


def bill_table(subject: str, explain: bool) -> Table:
    """Return an empty table for the lines of a bill."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in (subject, "what", "quantity", "unit", "price"):
        table.add_column(name, justify="right" if name in ("quantity", "price") else "left")
    table.add_column("USD/month", justify="right", no_wrap=True)
    if explain:
        table.add_column("because", overflow="fold")
    return table


def add_lines(table: Table, component: str, lines: Sequence[CostLine], explain: bool) -> None:
    """Add a row for each line, the component's name only on the first."""
    for line in lines:
        cells = [
            component,
            line.name + _mark(line),
            quantity_text(line.quantity),
            line.unit,
            price_text(line.unit_price_usd),
            _amount(line),
        ]
        table.add_row(*cells, *([because(line)] if explain else []))
        component = ""


def _mark(line: CostLine) -> str:
    grade = line.provenance.grade if line.provenance else None
    marks = {Grade.C: " (grade C)", Grade.DERIVED: " (derived)"}
    return marks.get(grade, "") if grade else ""


def _amount(line: CostLine) -> str:
    if line.kind is LineKind.ALLOWANCE:
        return f"({format_usd(line.amount_usd_month)} apart)"
    if line.kind is LineKind.ONCE:
        return f"({format_usd(line.amount_usd_month)} once)"
    return format_usd(line.amount_usd_month)


def because(line: CostLine) -> str:
    """Return where a line's figures come from: its formula, source, date and grade."""
    parts = [line.formula] if line.formula else []
    if line.provenance is not None:
        source = line.provenance
        dated = f", {source.as_of}" if source.as_of else ""
        parts.append(f"{source.source}{dated} [{source.grade.value}]")
    return "; ".join(parts)


def _show_totals(console: Console, bill: PhaseBill) -> None:
    costs, economics = bill.costs, bill.economics
    console.print(f"\n[bold]total {total_text(costs.expected.total)} a month[/bold], list price")
    if costs.low.total != costs.high.total:
        console.print(f"  range {range_text(costs)} (fewest to most instances and demand)")
    if bill.without is not None:
        console.print(f"  as the file has it: {total_text(bill.without.expected.total)}")
    if costs.expected.allowances_usd_month:
        allowances = format_usd(costs.expected.allowances_usd_month)
        console.print(f"  free allowances of the accounts take off up to {allowances}")
    if costs.expected.labour_usd_month is not None:
        console.print(f"  labour beside it: {format_usd(costs.expected.labour_usd_month)}")
    if economics.cost_per_user_usd_month is not None:
        per_user = _per_user(bill)
        console.print(f"  {per_user} a user at {quantity_text(economics.users)} users")
    if economics.revenue_share_low is not None or economics.revenue_share_high is not None:
        low, high = (
            share_text(share)
            for share in (economics.revenue_share_low, economics.revenue_share_high)
        )
        console.print(f"  share of revenue {low} to {high}")


def show_phases(console: Console, bills: Sequence[PhaseBill]) -> None:
    """Print all phases side by side: a row a component, a column a phase."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("USD/month", overflow="fold")
    for bill in bills:
        table.add_column(bill.phase, justify="right")
    names = dict.fromkeys(
        cost.resource.component for bill in bills for cost in bill.costs.expected.resources
    )
    table.add_row("serves", *(bill.serves or "-" for bill in bills), style="dim")
    for name in names:
        table.add_row(name, *(_cell(bill, name) for bill in bills))
    for extra in dict.fromkeys(line.name for bill in bills for line in bill.costs.expected.extras):
        table.add_row(extra, *(_extra(bill, extra) for bill in bills))
    table.add_section()
    totals = [total_text(bill.costs.expected.total) for bill in bills]
    table.add_row("total", *totals, style="bold")
    table.add_row("range", *(range_text(bill.costs) for bill in bills))
    if any(bill.without for bill in bills):
        before = [total_text(bill.without.expected.total) if bill.without else "" for bill in bills]
        table.add_row("as the file has it", *before)
    table.add_row("known gaps", *(_gap_total(bill.gaps) for bill in bills))
    _add_economics(table, bills)
    console.print(table)


def _add_economics(table: Table, bills: Sequence[PhaseBill]) -> None:
    if any(bill.economics.cost_per_user_usd_month is not None for bill in bills):
        table.add_row("a user", *(_per_user(bill) for bill in bills))
    if any(bill.economics.revenue_share_high is not None for bill in bills):
        table.add_row(
            "of revenue, at most",
            *(share_text(bill.economics.revenue_share_high) for bill in bills),
        )
    if any(bill.costs.expected.labour_usd_month is not None for bill in bills):
        table.add_row(
            "labour beside it", *(format_usd(b.costs.expected.labour_usd_month) for b in bills)
        )


def _per_user(bill: PhaseBill) -> str:
    cost = bill.economics.cost_per_user_usd_month
    at_least = cost is not None and bill.costs.expected.total.at_least
    return f"at least {format_usd(cost)}" if at_least else format_usd(cost)


def _cell(bill: PhaseBill, component: str) -> str:
    resources = bill.costs.expected.topology.of(component)
    if not resources:
        return "-"
    if all(resource.runs_on for resource in resources):
        return f"on {resources[0].runs_on}"
    return total_text(bill.costs.expected.of(component))


def _extra(bill: PhaseBill, name: str) -> str:
    lines = [line for line in bill.costs.expected.extras if line.name == name]
    return format_usd(lines[0].amount_usd_month) if lines else "-"


def _gap_total(gaps: Sequence[Gap]) -> str:
    known = sum((gap.total.amount_usd_month for gap in gaps), start=Decimal(0))
    unknown = sum(1 for gap in gaps if gap.total.at_least or not gap.lines)
    return f"{format_usd(known)}" + (f" + {unknown} unknown" if unknown else "")


def show_gaps(console: Console, gaps: Sequence[Gap]) -> None:
    """Print what one phase leaves out, each with its price and its remedy."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("gap", "component"):
        table.add_column(name, no_wrap=True)
    table.add_column("USD/month", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    table.add_column("what to write", overflow="fold")
    for gap in gaps:
        table.add_row(gap.code, gap.component, gap_text(gap), gap.reason, gap.remedy)
    console.print(table)


def show_gaps_of_phases(console: Console, bills: Sequence[PhaseBill]) -> None:
    """Print what each phase leaves out: a row a gap, a column a phase."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("left out")
    for bill in bills:
        table.add_column(bill.phase, justify="right")
    found = dict.fromkeys((gap.code, gap.component) for bill in bills for gap in bill.gaps)
    for code, component in found:
        name = code if component in code else f"{code} ({component})"
        table.add_row(name, *(_gap_cell(bill, code, component) for bill in bills))
    console.print(table)


def _gap_cell(bill: PhaseBill, code: str, component: str) -> str:
    gaps = [gap for gap in bill.gaps if (gap.code, gap.component) == (code, component)]
    return gap_text(gaps[0]) if gaps else "-"


def gap_text(gap: Gap) -> str:
    """Return what a gap costs; its unit price where nobody says how much is used."""
    if not gap.lines:
        return "unknown"
    known = gap.total.amount_usd_month
    open_ends = [line for line in gap.lines if line.quantity is None]
    per_unit = [
        f"{price_text(line.unit_price_usd)}/{line.unit}"
        for line in open_ends
        if line.unit_price_usd is not None
    ]
    return " + ".join(([format_usd(known)] if known else []) + per_unit) or "unknown"
