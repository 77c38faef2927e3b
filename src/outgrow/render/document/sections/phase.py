"""One phase in full: what runs, what it costs, where its limits are, where it leads."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.cost import ResourceCost
from outgrow.analysis.gaps.gap import Gap
from outgrow.analysis.pricing.cost_line import CostLine, LineKind
from outgrow.render.document.architecture import draw_up
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Bullets,
    Code,
    Column,
    Details,
    Diagram,
    Fold,
    KeyFigure,
    KeyFigures,
    Meter,
    Muted,
    Paragraph,
    Piece,
    Row,
    Section,
    Strong,
    Table,
    Text,
    Tone,
    after,
    listed,
    marked,
    text,
)
from outgrow.render.document.facts import PhaseFacts, StrategyFacts
from outgrow.render.document.mermaid import architecture_graph
from outgrow.render.document.sections.overview import (
    forgotten_figure,
    phase_anchor,
    served,
    without_empty,
)
from outgrow.render.document.sections.resources import (
    instances_words,
    offering_text,
    sizing_words,
    used_text,
)
from outgrow.render.document.sections.transition import transition
from outgrow.render.document.sources import SourceBook
from outgrow.render.document.svg_architecture import architecture_svg
from outgrow.render.document.words import (
    NOTHING,
    cost_range,
    number,
    percent,
    short_total,
    span,
    total_words,
    usd_span,
    words,
)
from outgrow.strategy.fields import Spread
from outgrow.topology.model import ResolvedLimit, Resource, Topology
from outgrow.units import format_number, format_usd

_ALMOST = Decimal("0.8")


def phases(facts: StrategyFacts, sources: SourceBook) -> Section:
    """Return a section with one part for each phase."""
    parts = tuple(phase(one, facts, sources) for one in facts.phases)
    return Section("phases", "The phases", sections=parts)


def phase(one: PhaseFacts, facts: StrategyFacts, sources: SourceBook) -> Section:
    """Return everything about one phase."""
    spec = one.phase
    blocks: list[Block] = []
    if spec.description:
        blocks.append(Paragraph(text(spec.description)))
    blocks.append(KeyFigures(tuple(_figures(one))))
    if draw_up(one.topology, one.costs).boxes:
        blocks.append(_architecture(one))
    if one.topology.resources or one.topology.extra_costs:
        blocks.append(_running(one))
    blocks += _bill(one, sources)
    blocks += _forgotten(one)
    blocks += _limits(one, sources)
    blocks += _lists(one)
    blocks += _addons(one, facts)
    ways = tuple(transition(one.name, name, way, facts) for name, way in spec.next.items())
    return Section(phase_anchor(one.name), one.title, tuple(blocks), ways, short=one.title)


def _figures(one: PhaseFacts) -> Iterable[KeyFigure]:
    spec = one.phase
    said = served(one)
    if said != NOTHING:
        yield KeyFigure("Serves" if spec.serves or spec.weeks else "Priced for", text(said))
    if spec.holds:
        held = ", ".join(span(value, words(name)) for name, value in spec.holds.items())
        yield KeyFigure("Holds", text(held))
    note = cost_range(one.costs)
    total = short_total(one.total)
    yield KeyFigure("A month", text(total), text(note if note != total else ""))
    if one.gaps:
        yield forgotten_figure(one)
    if spec.budget_usd_month is not None:
        yield _budget(one)
    regions = one.topology.regions
    yield KeyFigure("Regions" if len(regions) > 1 else "Region", text(", ".join(regions)))
    if spec.complexity or spec.control:
        control = f"{spec.control} control" if spec.control else ""
        yield KeyFigure("Complexity", text(spec.complexity or NOTHING), text(control))


def _budget(one: PhaseFacts) -> KeyFigure:
    budget = one.phase.budget_usd_month
    assert budget is not None
    total = one.total
    if budget.high is not None and total.amount_usd_month > budget.high:
        return KeyFigure("Budget", text(usd_span(budget)), text("the bill is over it"), "bad")
    note = "not settled: a price is unknown" if total.at_least else "the bill is within it"
    return KeyFigure("Budget", text(usd_span(budget)), text(note))


def _architecture(one: PhaseFacts) -> Diagram:
    count = len({resource.component for resource in one.topology.resources})
    return Diagram(
        name=f"architecture-{one.name}",
        title=f"Architecture: {one.title}",
        description=f"{count} components and who talks to whom. {_said_links(one.topology)}",
        svg=architecture_svg(one.topology, one.costs),
        mermaid=architecture_graph(one.topology, one.costs),
    )


def _said_links(topology: Topology) -> str:
    present = {resource.component for resource in topology.resources}
    said: dict[str, None] = {}
    for resource in topology.resources:
        others = [name for name in resource.spec.talks_to if name in present]
        if others:
            said[f"{resource.component} talks to {', '.join(others)}"] = None
    return f"{'; '.join(said)}." if said else ""


_RUNNING = (
    Column("Component"),
    Column("Runs on", wide=True),
    Column("Instances", numeric=True),
    Column("Size and settings", wide=True),
    Column("Use a month", wide=True),
    Column("USD\u00a0a\u00a0month", numeric=True),
)


def _running(one: PhaseFacts) -> Table:
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


def _bill(one: PhaseFacts, sources: SourceBook) -> Iterable[Block]:
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
    price = round(line.unit_price_usd, 10)
    return f"-${format_number(-price)}" if price < 0 else f"${format_number(price)}"


def _forgotten(one: PhaseFacts) -> Iterable[Block]:
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


_LIMITS = (
    Column("Limit"),
    Column("Value", numeric=True),
    Column("Beyond it"),
    Column("Expected use", wide=True),
    Column("Source"),
)


def _limits(one: PhaseFacts, sources: SourceBook) -> Iterable[Block]:
    """Return the limits whose use is known, the fullest first; the others are folded away."""
    known: list[tuple[Decimal, Row]] = []
    others: list[Row] = []
    for resource in _once_each(one.topology):
        for limit in resource.limits:
            share = _expected_share(limit, one.topology)
            row = _limit_row(resource, limit, share, sources)
            if share is None:
                others.append(row)
            else:
                known.append((share.likely, row))
    if known:
        rows = tuple(row for _, row in sorted(known, key=lambda entry: -entry[0]))
        yield without_empty(Table("Limits, and how much of them is used", _LIMITS, rows))
    if others:
        table = Table("Limits whose use nothing tells", _LIMITS, tuple(others))
        yield Fold(f"Limits whose use nothing tells ({len(others)})", (without_empty(table),))


def _once_each(topology: Topology) -> Iterable[Resource]:
    first: dict[str, Resource] = {}
    for resource in topology.resources:
        first.setdefault(resource.component, resource)
    return first.values()


def _limit_row(
    resource: Resource, resolved: ResolvedLimit, share: Spread | None, sources: SourceBook
) -> Row:
    limit = resolved.limit
    name = f"{resource.component}.{limit.name}"
    note = (BREAK, Muted(limit.text)) if limit.text else ()
    return Row(
        (
            text(Code(name), note),
            text("unknown" if limit.value is None else number(limit.value)),
            text("it stops" if limit.hard else "it costs more"),
            text(NOTHING) if share is None else text(_used(share)),
            sources.mark(limit.provenance),
        )
    )


def _expected_share(resolved: ResolvedLimit, topology: Topology) -> Spread | None:
    value = resolved.limit.value
    metric = next((m for m in resolved.metrics if topology.demand.get(m) is not None), None)
    used = topology.demand.get(metric) if metric else None
    if used is None or not value:
        return None
    return Spread(low=used.low / value, likely=used.likely / value, high=used.high / value)


def _used(share: Spread) -> Meter:
    tone: Tone = "good"
    if share.likely > 1:
        tone = "bad"
    elif share.likely >= _ALMOST or share.high > 1:
        tone = "warn"
    ends = (
        f", at most {percent(share.high)}" if percent(share.high) != percent(share.likely) else ""
    )
    return Meter(share.likely, f"{percent(share.likely)}{ends}", tone)


def _lists(one: PhaseFacts) -> Iterable[Block]:
    said = (("To do in it", one.phase.actions), ("What it accepts", one.phase.accepts))
    items = tuple((title, listed(found)) for title, found in said if found)
    if items:
        yield Details(items)


def _addons(one: PhaseFacts, facts: StrategyFacts) -> Iterable[Block]:
    addons = facts.strategy.addons
    said = []
    for name, addon in addons.items():
        if name in one.phase.addons or one.name in addon.fits:
            state = Badge("included", "good") if name in one.phase.addons else Badge("possible")
            said.append(text(Code(name), " ", state, " ", addon.description))
    if said:
        yield Paragraph(text(Strong("Add-ons")))
        yield Bullets(tuple(said))
