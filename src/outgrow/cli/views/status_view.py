"""What `outgrow status` prints: the verdict first, then its reasons, then what to do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.assessment import Assessment, Verdict
from outgrow.analysis.status.findings import Finding
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.totals import PhaseTotal
from outgrow.analysis.status.waiting import Bound, Money
from outgrow.analysis.status.watch import AlertResult, TargetResult
from outgrow.cli.money import quantity_text, total_text
from outgrow.units import format_usd

_VERDICTS = {
    Verdict.STAY: "[green]stay[/green]",
    Verdict.PREPARE: "[yellow]prepare to move[/yellow]",
    Verdict.MOVE: "[red]move now[/red]",
    Verdict.UNKNOWN: "[magenta]unknown[/magenta]",
}
_STATES = {
    State.HOLDS: "[red]full[/red]",
    State.WARN: "[yellow]near[/yellow]",
    State.NO: "[green]room[/green]",
    State.UNKNOWN: "[magenta]uncertain[/magenta]",
}
_BAR_WIDTH = 24
_MANY = 6


def show_assessment(console: Console, found: Assessment, *, explain: bool) -> None:
    """Print the phase, the verdict, headroom, signals, cost, what to do and what is unknown."""
    phase = found.phase or "unknown"
    console.print(f"[bold]{escape(found.strategy)}[/bold] is in phase [bold]{escape(phase)}[/bold]")
    console.print(f"  {escape(found.phase_because)}", style="dim")
    console.print(f"{_VERDICTS[found.verdict]}: {escape(found.because)}")
    if found.phase is not None and found.fitting and found.phase not in found.fitting:
        console.print(f"  what was measured fits {escape(', '.join(found.fitting))}")
    if found.measured_until is not None:
        console.print(f"  measured until {found.measured_until:%Y-%m-%d}", style="dim")
    _show_headroom(console, found.headroom, explain)
    _show_findings(console, "signals firing", found.firing, explain)
    _show_findings(console, "near firing", found.near, explain)
    _show_watched(console, found)
    _show_first_crossing(console, found)
    _show_costs(console, found, explain)
    _show_to_do(console, found)
    _show_unknowns(console, found, explain)
    for note in found.notes:
        console.print(f"note: {escape(note)}", style="dim")


def _show_headroom(console: Console, headroom: Sequence[Headroom], explain: bool) -> None:
    known = [one for one in headroom if one.share is not None]
    if not known:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("headroom", no_wrap=True)
    table.add_column("used", justify="right", no_wrap=True)
    table.add_column("of", justify="right", no_wrap=True)
    table.add_column("")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if explain:
        table.add_column("because", overflow="fold")
    for one in sorted(known, key=lambda each: each.share or Decimal(0), reverse=True):
        used = one.used.likely if one.used else None
        limit = one.limit.low if one.limit else None
        share = one.share or Decimal(0)
        cells = [
            escape(one.name),
            quantity_text(used) + ("" if one.measured else " est."),
            quantity_text(limit),
            bar(share),
            f"{share:.0%}",
            _STATES[one.state] + ("" if one.hard else " (then billed)"),
        ]
        table.add_row(*cells, *([escape(one.because)] if explain else []))
    console.print()
    console.print(table)


def bar(share: Decimal) -> str:
    """Return a bar of fixed width; beyond the limit it is full."""
    filled = min(_BAR_WIDTH, int(share * _BAR_WIDTH + Decimal("0.5")))
    return "█" * filled + "░" * (_BAR_WIDTH - filled)


def _show_findings(
    console: Console, title: str, findings: Sequence[Finding], explain: bool
) -> None:
    if not findings:
        return
    console.print(f"\n[bold]{title}[/bold]")
    for one in findings:
        to = f" -> {one.to}" if one.to else ""
        console.print(f"  {one.kind.value} {escape(one.name)}{escape(to)}: {escape(one.reason)}")
        if explain and one.because:
            console.print(f"    {escape(one.because)}", style="dim")


def _show_watched(console: Console, found: Assessment) -> None:
    watched: tuple[TargetResult | AlertResult, ...] = (*found.targets, *found.alerts)
    raised = [one for one in watched if one.state in (State.HOLDS, State.WARN)]
    if not raised:
        return
    console.print("\n[bold]targets missed and alerts raised[/bold]")
    for one in raised:
        to = f" (to {', '.join(one.to)})" if isinstance(one, AlertResult) and one.to else ""
        console.print(f"  {escape(one.name)}: {escape(one.reason)}{escape(to)}")


def _show_first_crossing(console: Console, found: Assessment) -> None:
    first = found.first_crossing
    shown = [first] if first is not None else found.crossings[:_MANY]
    if shown:
        console.print("\n[bold]first to run out[/bold]")
    for one in shown:
        console.print(f"  {escape(one.reason)}")


def _show_costs(console: Console, found: Assessment, explain: bool) -> None:
    if found.cost_now is None:
        return
    console.print("\n[bold]cost a month, list price[/bold]")
    _show_cost(console, "now", found.cost_now, explain)
    for way in found.ways_on:
        _show_cost(
            console, {"up": "next", "down": "back", "aside": "or"}[way.direction], way.cost, explain
        )
    for label, money in (("moving early", found.moving_early), ("waiting", found.waiting)):
        if money is not None:
            console.print(f"  {label}: {_money(money)}")


def _show_cost(console: Console, label: str, cost: PhaseTotal, explain: bool) -> None:
    total = total_text(cost.expected)
    low, high = cost.low.amount_usd_month, cost.high.amount_usd_month
    spread = f" ({format_usd(low)} - {format_usd(high)})" if low != high else ""
    console.print(f"  {label}: {escape(cost.phase)} {total}{spread}")
    if explain:
        console.print(f"    {escape(cost.because)}", style="dim")


def _money(money: Money) -> str:
    if money.amount_usd is None:
        return escape(money.because)
    bound = {Bound.AT_LEAST: "at least ", Bound.AT_MOST: "at most "}.get(money.bound, "")
    per = " a month" if money.per == "month" else ""
    return f"{bound}{format_usd(money.amount_usd)}{per}: {escape(money.because)}"


def _show_to_do(console: Console, found: Assessment) -> None:
    if not found.to_do:
        return
    console.print("\n[bold]what to do[/bold]")
    for number, step in enumerate(found.to_do, 1):
        console.print(f"  {number}. {escape(step)}")


def _show_unknowns(console: Console, found: Assessment, explain: bool) -> None:
    if not found.unknowns:
        return
    shown = found.unknowns if explain else found.unknowns[:_MANY]
    console.print("\n[bold]unknown[/bold]")
    for one in shown:
        measure = f"; {one.measure}" if one.measure else ""
        console.print(f"  {escape(one.about)}: {escape(one.because)}{escape(measure)}")
    if len(shown) < len(found.unknowns):
        console.print(f"  and {len(found.unknowns) - len(shown)} more (--explain)", style="dim")
