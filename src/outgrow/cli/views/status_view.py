"""What `outgrow status` prints: the verdict first, then its reasons, then what to do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outgrow.analysis.figures import figure
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.assessment import Assessment, Unknown, Verdict
from outgrow.analysis.status.findings import Finding, FindingKind
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.totals import PhaseTotal
from outgrow.analysis.status.waiting import Bound, Money
from outgrow.analysis.status.watch import AlertResult, TargetResult
from outgrow.cli.money import total_text
from outgrow.units import format_usd

_COLOURS = {
    Verdict.STAY: "green",
    Verdict.PREPARE: "yellow",
    Verdict.MOVE: "red",
    Verdict.UNKNOWN: "magenta",
}
_STATES = {
    State.HOLDS: "[red]full[/red]",
    State.WARN: "[yellow]near[/yellow]",
    State.NO: "[green]room[/green]",
    State.UNKNOWN: "[magenta]uncertain[/magenta]",
}
_BAR_WIDTH = 24
_MANY = 6
_MANY_TIMES = 10
_NO_VALUE = "no value for "


def show_assessment(console: Console, found: Assessment, *, explain: bool) -> None:
    """Print the answer in five lines: verdict, why, phase, cost, data; and then the details."""
    colour = _COLOURS[found.verdict]
    console.print(
        f"[bold]{escape(found.strategy)}[/bold]: [{colour}]{escape(_headline(found))}[/{colour}]"
    )
    console.print(f"  why: {escape(found.because)}")
    console.print(f"  phase: {escape(_where(found))}")
    if found.cost_now is not None:
        console.print(f"  cost: {escape(_cost_line(found))}")
    console.print(f"  data: {escape(_age(found))}")
    _show_headroom(console, found.headroom, explain)
    _show_findings(console, "signals firing", found.firing, explain)
    _show_findings(console, "near firing", found.near, explain)
    _show_watched(console, found)
    _show_first_crossing(console, found)
    _show_costs(console, found, explain)
    _show_to_do(console, found)
    _show_unknowns(console, found, explain)


def _headline(found: Assessment) -> str:
    phase = found.phase
    if phase is None:
        return "the phase is not known"
    if found.verdict is Verdict.MOVE:
        return f"move now, from {phase}" + (f" to {found.move.phase}" if found.move else " on")
    if found.verdict is Verdict.PREPARE:
        what = "prepare to leave it" if found.ways_on else "something needs attention"
        return f"stay in {phase}; {what}"
    if found.verdict is Verdict.STAY:
        return f"stay in {phase}"
    return f"in {phase}; whether to move cannot be told"


def _where(found: Assessment) -> str:
    if found.phase is None:
        return "unknown"
    said = f"{found.phase}, {found.phase_because}"
    if found.fitting and found.phase not in found.fitting:
        said += f"; what was measured fits {', '.join(found.fitting)}"
        said += " (correct `current` if you are there)" if "`current`" in said else ""
    return said


def _cost_line(found: Assessment) -> str:
    assert found.cost_now is not None
    said = f"{total_text(found.cost_now.expected)} a month"
    ahead = found.next
    return said if ahead is None else f"{said}; {ahead.phase} {total_text(ahead.cost.expected)}"


def _age(found: Assessment) -> str:
    until = found.measured_until
    if until is None:
        return "nothing was measured; give --usage FILE or --set NAME=NUMBER"
    days = (found.now - until).days
    said = f"until {until:%Y-%m-%d}" + (f", {days:,} days ago" if days > 1 else "")
    return f"{said}; all that follows is as of then" if found.notes else said


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
            _figure(used) + ("" if one.measured else " est."),
            _figure(limit),
            bar(share),
            f"{share:.0%}" if share < _MANY_TIMES else f"{share:,.0f} x",
            _STATES[one.state] + ("" if one.hard else " (then billed)"),
        ]
        table.add_row(*cells, *([escape(one.because)] if explain else []))
    console.print()
    console.print(table)


def _figure(value: Decimal | None) -> str:
    return "unknown" if value is None else figure(value)


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
        console.print(f"  {escape(_labelled(one))}")
        if explain and one.because:
            console.print(f"    {escape(one.because)}", style="dim")


def _labelled(one: Finding) -> str:
    """Return the reason with what it is about, unless the reason says that already."""
    if one.kind in (FindingKind.RANGE, FindingKind.LIMIT):
        return one.reason
    if one.kind is FindingKind.TRANSITION:
        return f"to {one.to}: {one.reason}"
    return f"{one.kind.value} {one.name}: {one.reason}"


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
    limits = [] if explain else [one for one in found.unknowns if _is_limit_alone(one)]
    others = [one for one in found.unknowns if one not in limits]
    shown = others if explain else others[:_MANY]
    console.print("\n[bold]unknown[/bold]")
    for one in shown:
        measure = f"; {one.measure}" if one.measure else ""
        console.print(f"  {escape(one.because)}{escape(measure)} ({escape(one.about)})")
    if limits:
        names = [one.because.removeprefix(_NO_VALUE).strip("`") for one in limits]
        more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
        console.print(f"  limits without data: {escape(', '.join(names[:_MANY]))}{more}")
    if len(shown) < len(others) or len(limits) > _MANY:
        hidden = len(others) - len(shown)
        counted = f"{hidden} more reasons; " if hidden else ""
        console.print(f"  {counted}--explain lists all of them", style="dim")


def _is_limit_alone(one: Unknown) -> bool:
    """Return whether nothing but one limit waits for the value, and no place to measure it."""
    alone = one.about.startswith("limit ") and ", " not in one.about
    return alone and one.because.startswith(_NO_VALUE) and not one.measure
