"""One phase in full: what runs, what it costs, where its limits are, where it leads."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.analysis.signals.condition_words import describe
from outgrow.render.document.architecture import draw_up
from outgrow.render.document.blocks import (
    Badge,
    Block,
    Code,
    Column,
    Details,
    Diagram,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Row,
    Section,
    Table,
    listed,
    text,
)
from outgrow.render.document.facts import PhaseFacts, StrategyFacts
from outgrow.render.document.mermaid import architecture_graph
from outgrow.render.document.sections.bill import bill, forgotten, running
from outgrow.render.document.sections.limits import limits
from outgrow.render.document.sections.overview import (
    forgotten_figure,
    phase_anchor,
    served,
    without_empty,
)
from outgrow.render.document.sections.transition import transition
from outgrow.render.document.sources import SourceBook
from outgrow.render.document.svg_architecture import architecture_svg
from outgrow.render.document.words import (
    NOTHING,
    cost_range,
    short_total,
    span,
    usd_span,
    words,
)
from outgrow.strategy.phases import AddOn
from outgrow.topology.model import Topology


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
        blocks.append(running(one))
    blocks += bill(one, sources)
    blocks += forgotten(one)
    blocks += limits(one, sources)
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


def _lists(one: PhaseFacts) -> Iterable[Block]:
    said = (("To do in it", one.phase.actions), ("What it accepts", one.phase.accepts))
    items = tuple((title, listed(found)) for title, found in said if found)
    if items:
        yield Details(items)


def _addons(one: PhaseFacts, facts: StrategyFacts) -> Iterable[Block]:
    columns = (
        Column("Add-on"),
        Column("What it is", wide=True),
        Column("Add it when"),
        Column("Steps", wide=True),
    )
    rows = tuple(
        _addon(name, addon, name in one.phase.addons)
        for name, addon in facts.strategy.addons.items()
        if name in one.phase.addons or one.name in addon.fits
    )
    if rows:
        yield without_empty(Table("Add-ons", columns, rows))


def _addon(name: str, addon: AddOn, included: bool) -> Row:
    state = Badge("included", "good") if included else Badge("possible")
    return Row(
        (
            text(Code(name), " ", state),
            text(addon.description or NOTHING),
            text(describe(addon.when) if addon.when is not None else NOTHING),
            listed(step.do for step in addon.steps) or text(NOTHING),
        )
    )
