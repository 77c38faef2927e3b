"""Mermaid diagrams for Markdown: what GitHub and editors draw by themselves.

Node ids are our own (`n0`, `n1`, ...); what a user wrote appears only inside quoted labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.render.document.architecture import Architecture, Box, Lane, draw_up
from outgrow.render.document.blocks import TreeNode
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.plain import plain
from outgrow.render.document.words import short_total, span, words
from outgrow.topology.model import Topology

_ENTITIES = {
    "#": "#35;",
    "&": "#amp;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "\\": "#92;",
}
_ENTITY_TABLE = str.maketrans(_ENTITIES)
_SHAPES: Mapping[Lane, tuple[str, str]] = {
    Lane.EDGE: ("([", "])"),
    Lane.DATA: ("[(", ")]"),
    Lane.ENTRY: ("{{", "}}"),
}
_ARROWS = {"up": "-->", "aside": "-.->", "down": "-.->"}


def label(*lines: str) -> str:
    """Return `lines` as one quoted label in which nothing is markup."""
    cleaned = (" ".join(line.split()).translate(_ENTITY_TABLE) for line in lines if line)
    return '"' + "<br/>".join(cleaned) + '"'


def architecture_graph(topology: Topology, costs: PhaseCosts) -> str:
    """Return the architecture of a phase, a box for each component."""
    drawn = draw_up(topology, costs)
    ids = {box.component: f"n{index}" for index, box in enumerate(drawn.boxes)}
    lines = ["flowchart LR"]
    if drawn.entries:
        lines.append(f"    users(({label('Users')}))")
    lines += _lanes(drawn, ids)
    lines += [f"    users --> {ids[name]}" for name in drawn.entries]
    lines += [f"    {ids[source]} --> {ids[target]}" for source, target in drawn.links]
    return "\n".join(lines)


def _lanes(drawn: Architecture, ids: Mapping[str, str]) -> Iterable[str]:
    for lane in Lane:
        boxes = [box for box in drawn.boxes if box.lane is lane]
        if boxes:
            yield f"    subgraph lane{lane.value}[{label(lane.title)}]"
            for box in boxes:
                opening, closing = _SHAPES.get(lane, ("[", "]"))
                yield f"        {ids[box.component]}{opening}{_box_label(box)}{closing}"
            yield "    end"


def _box_label(box: Box) -> str:
    count = f" ×{box.count}" if box.count else ""
    return label(box.component + count, box.runs_on, box.price)


def phase_graph(facts: StrategyFacts) -> str:
    """Return the phases and the ways between them."""
    ids = {one.name: f"n{index}" for index, one in enumerate(facts.phases)}
    lines = ["flowchart LR"]
    for one in facts.phases:
        serves = ", ".join(span(s, words(n)) for n, s in one.phase.serves.items())
        shown = label(one.title, serves, f"{short_total(one.total)} a month")
        lines.append(f"    {ids[one.name]}[{shown}]")
    for one in facts.phases:
        for target, way in one.phase.next.items():
            if target in ids:
                lines.append(f"    {ids[one.name]} {_ARROWS[way.direction]} {ids[target]}")
    lines.append(f"    style {ids[facts.current]} stroke-width:3px")
    return "\n".join(lines)


def tree_graph(root: TreeNode) -> str:
    """Return a tree from its root down."""
    lines = ["flowchart TD"]
    _branch(root, "", lines)
    return "\n".join(lines)


def _branch(node: TreeNode, parent: str, lines: list[str]) -> None:
    own = f"n{sum(line.startswith('    n') and '[' in line for line in lines)}"
    lines.append(f"    {own}[{label(plain(node.content))}]")
    if parent:
        lines.append(f"    {parent} --> {own}")
    for child in node.children:
        _branch(child, own, lines)
