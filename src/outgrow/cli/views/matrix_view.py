"""The table of `outgrow matrix`: a row a property, a column an option."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from outgrow.analysis.decision.matrix import Effort, Held, Matrix, Option, Timeout
from outgrow.cli.money import quantity_text, total_text
from outgrow.strategy.fields import Range, Spread
from outgrow.units import format_usd

_NONE_SAID = "unknown"


def show_matrix(console: Console, found: Matrix) -> None:
    """Print the options side by side."""
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    table.add_column(found.strategy, overflow="fold")
    for option in found.options:
        table.add_column(option.phase, overflow="fold")
    rows = (
        ("serves", _serves),
        ("cost a month", _cost),
        ("labour a month", lambda one: format_usd(one.cost.labour_usd_month)),
        ("control", lambda one: one.control or _NONE_SAID),
        ("complexity", lambda one: one.complexity or _NONE_SAID),
        ("DevOps hours a week", lambda one: _spread(one.devops_hours_week)),
        ("longest request", lambda one: _timeout(one.longest_request)),
        ("at once", lambda one: _held(one.concurrency)),
        ("requests", lambda one: _held(one.request_limits)),
        ("to get there", lambda one: _effort(one.effort)),
    )
    silent = []
    for title, cell in rows:
        cells = [cell(option) for option in found.options]
        if set(cells) <= {_NONE_SAID}:
            silent.append(title)
        else:
            table.add_row(title, *cells)
    console.print(table)
    if silent:
        console.print(f"\nunknown everywhere: {', '.join(silent)}")


def _serves(option: Option) -> str:
    return "\n".join(f"{span} {name}" for name, span in option.serves) or "-"


def _cost(option: Option) -> str:
    cost = option.cost
    text = total_text(cost.expected)
    if cost.low == cost.high:
        return text
    low, high = cost.low.amount_usd_month, cost.high.amount_usd_month
    return f"{text}\n{format_usd(low)} - {format_usd(high)}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return _NONE_SAID
    if spread.low == spread.high:
        return quantity_text(spread.low)
    return f"{quantity_text(spread.low)}-{quantity_text(spread.high)}"


def _timeout(timeout: Timeout | None) -> str:
    if timeout is None:
        return _NONE_SAID
    return f"{'at most ' if timeout.at_most else ''}{quantity_text(timeout.seconds)} s"


def _held(held: Sequence[Held]) -> str:
    known = [f"{one.name}: {_range(one.amount)}" for one in held if one.amount is not None]
    return "\n".join(known) or _NONE_SAID


def _range(span: Range) -> str:
    low = quantity_text(span.low)
    if span.high is None:
        return f"{low}+"
    return low if span.high == span.low else f"{low}-{quantity_text(span.high)}"


def _effort(effort: Sequence[Effort]) -> str:
    if not effort:
        return "-"
    return "\n".join(_one_effort(one) for one in effort)


def _one_effort(effort: Effort) -> str:
    parts = [f"from {effort.come_from}"]
    if effort.days is not None:
        parts.append(f"{effort.days} days")
    if effort.complexity is not None:
        parts.append(f"complexity {effort.complexity}")
    if effort.steps:
        parts.append(f"{effort.steps} step{'s' if effort.steps != 1 else ''}")
    return ", ".join(parts)
