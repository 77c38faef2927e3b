"""What a phase runs, its bill line by line, and what the plan forgot."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.costs.phase_costs import ResourceCost
from outgrow.analysis.gaps.gap import Gap
from outgrow.analysis.pricing.cost_line import CostLine, LineKind
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Code,
    Column,
    Fold,
    Muted,
    Piece,
    Row,
    Strong,
    Table,
    Text,
    after,
    marked,
    text,
)
from outgrow.render.document.facts import PhaseFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.sections.resources import (
    instances_words,
    offering_text,
    sizing_words,
    used_text,
)
from outgrow.render.document.sources import SourceBook
from outgrow.render.document.words import NOTHING, number, total_words, words
from outgrow.topology.model import Resource
from outgrow.units import format_number, format_usd, round_to

_RUNNING = (
    Column("Component"),
    Column("Runs on", wide=True),
    Column("Instances", numeric=True),
    Column("Size and settings", wide=True),
    Column("Use a month", wide=True),
    Column("USD\u00a0a\u00a0month", numeric=True),
)


def running(one: PhaseFacts) -> Table:
    """Return what a phase runs: offering, count, size, use and price of each component."""
    rows = [_running_row(cost, one) for cost in _once_a_component(one)]
    for extra in one.topology.extra_costs:
        rows.append(Row((text(words(extra.name)), *([text(NOTHING)] * 4), _extra(one, extra.name))))
    total = Row((text(Strong("Total")), *([text("")] * 4), text(Strong(total_words(one.total)))))
    return without_empty(Table("What runs", _RUNNING, tuple(rows), (total,)))


def _once_a_component(one: PhaseFacts) -> Iterable[ResourceCost]:
    """Return each component once: in several regions it is the same thing again."""
    seen: set[str] = set()
    for cost in one.costs.expected.resources:
        if cost.resource.component not in seen:
            seen.add(cost.resource.component)
            yield cost


def _running_row(cost: ResourceCost, one: PhaseFacts) -> Row:
    resource = cost.resource
    regions = len(one.topology.of(resource.component))
    count = instances_words(resource) + (f" × {regions} regions" if regions > 1 else "")
    price: Text = text(total_words(one.costs.expected.of(resource.component)))
    if one.topology.is_part(resource):
        price = text(NOTHING)
    note = (BREAK, Muted(resource.note)) if resource.note else ()
    return Row(
        (
            text(Code(resource.component)),
            text(offering_text(resource, one.topology), note),
            text(count),
            text(sizing_words(resource, one.topology) or NOTHING),
            used_text(resource) or text(NOTHING),
            price,
        )
    )


def _extra(one: PhaseFacts, name: str) -> Text:
    amounts = [
        line.amount_usd_month
        for line in one.costs.expected.extras
        if line.name.startswith(f"{name}: ")
    ]
    if any(amount is None for amount in amounts):
        return text("unknown")
    return text(format_usd(sum((a for a in amounts if a is not None), Decimal(0))))


_BILL = (
    Column("Component"),
    Column("Line", wide=True),
    Column("Quantity", numeric=True),
    Column("Unit price", numeric=True),
    Column("USD\u00a0a\u00a0month", numeric=True),
    Column("Source"),
)
_KINDS = {LineKind.ALLOWANCE: "allowance", LineKind.ONCE: "once"}


def bill(one: PhaseFacts, sources: SourceBook) -> Iterable[Block]:
    """Return every line of the bill with its source, folded away."""
    several = len(one.topology.regions) > 1
    rows = [
        _bill_row(_named(cost.resource, several), line, sources)
        for cost in one.costs.expected.resources
        for line in cost.lines
    ]
    rows += [_bill_row(text(""), line, sources) for line in one.costs.expected.extras]
    if rows:
        table = Table("The bill, line by line", _BILL, tuple(rows))
        yield Fold(f"The bill, line by line ({len(rows)})", (table,))


def _named(resource: Resource, several: bool) -> Text:
    return text(Code(resource.component), after(several, " ", Muted(resource.region)))


def _bill_row(name: Text, line: CostLine, sources: SourceBook) -> Row:
    kind: tuple[Piece, ...] = (" ", Badge(_KINDS[line.kind])) if line.kind in _KINDS else ()
    formula = (BREAK, Muted(line.formula)) if line.formula else ()
    return Row(
        (
            name,
            text(line.name, kind, formula),
            text(number(line.quantity), " ", Muted(line.unit)),
            text(_unit_price(line)),
            text(format_usd(line.amount_usd_month)),
            sources.mark(line.provenance),
        )
    )


def _unit_price(line: CostLine) -> str:
    if line.unit_price_usd is None:
        return "unknown"
    price = round_to(line.unit_price_usd, 10)
    return f"-${format_number(-price)}" if price < 0 else f"${format_number(price)}"


def forgotten(one: PhaseFacts) -> Iterable[Block]:
    """Return what the plan left out, what to write instead, and what it costs."""
    if not one.gaps:
        return
    columns = (
        Column("Component"),
        Column("What the plan forgot", wide=True),
        Column("What to write", wide=True),
        Column("USD\u00a0a\u00a0month", numeric=True),
    )
    total = Row(
        (text(Strong("Total")), text(""), text(""), text(Strong(f"+ {total_words(one.forgotten)}")))
    )
    rows = tuple(_gap_row(gaps) for gaps in _same_gaps(one.gaps))
    yield Table("What the plan forgot", columns, rows, (total,))


def _same_gaps(gaps: tuple[Gap, ...]) -> Iterable[tuple[Gap, ...]]:
    """Return the gaps grouped by what they say: several regions miss the same thing."""
    groups: dict[tuple[str, str, str], tuple[Gap, ...]] = {}
    for gap in gaps:
        key = (gap.code, gap.component, gap.reason)
        groups[key] = (*groups.get(key, ()), gap)
    return groups.values()


def _gap_row(gaps: tuple[Gap, ...]) -> Row:
    gap = gaps[0]
    times = f" ({len(gaps)} times)" if len(gaps) > 1 else ""
    total = gap.total
    for other in gaps[1:]:
        total += other.total
    priced = total_words(total) if gap.lines else NOTHING
    return Row(
        (
            text(Code(gap.component) if gap.component else NOTHING),
            text(marked(gap.reason), times),
            marked(gap.remedy) or text(NOTHING),
            text(f"+ {priced}" if priced != NOTHING else NOTHING),
        )
    )
