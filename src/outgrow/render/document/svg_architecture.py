"""The architecture of a phase as a drawing: users at the left, what lies outside at the right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.render.document.architecture import Architecture, Box, Lane, draw_up
from outgrow.render.document.svg_layout import Layout, Slot, lay_out
from outgrow.render.document.svg_links import Columns, draw_links
from outgrow.render.document.svg_page import box_at, frame, text_at
from outgrow.render.document.svg_text import coordinate as c
from outgrow.render.document.svg_text import escape_xml, fit, text_width, wrap
from outgrow.topology.model import Topology

_USERS = "\0users"
_WIDTH = 154.0
_USERS_WIDTH = 46.0
_GAP = 38.0
_ROW_GAP = 16.0
_MARGIN = 10.0
_TOP = 38.0
_PAD = 11.0
_LINE = 14.0
_STACK = 4.0
_GLYPHS = {
    Lane.EDGE: "M7 1.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11zM1.5 7h11M7 1.5c-3.4 3.6-3.4 7.4 0 11"
    "c3.4-3.6 3.4-7.4 0-11",
    Lane.ENTRY: "M2 7h3.5M5.5 7l3-4.2H12M5.5 7H12M5.5 7l3 4.2H12",
    Lane.COMPUTE: "M7 1.5l5 2.8v5.4l-5 2.8l-5-2.8V4.3zM2 4.3l5 2.8l5-2.8M7 7.1v5.4",
    Lane.DATA: "M2 3.5c0-2.4 10-2.4 10 0v7c0 2.4-10 2.4-10 0zM2 3.5c0 2.4 10 2.4 10 0M2 7c0 2.4 10 "
    "2.4 10 0",
    Lane.SERVICES: "M1.5 7h2.6l1.7-4.2l2.6 8.4L10 7h2.5",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """A box with its text already in lines."""

    box: Box
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        rows = len(self.lines) + bool(self.box.price)
        return 2 * _PAD + 22 + rows * _LINE + (1 if self.box.price else -2)


def architecture_svg(topology: Topology, costs: PhaseCosts) -> str:
    """Return the drawing of one topology, with what each component costs a month."""
    drawn = draw_up(topology, costs)
    shapes = {box.component: _shape(box) for box in drawn.boxes}
    lanes = [lane for lane in Lane if any(box.lane is lane for box in drawn.boxes)]
    layout = _placed(drawn, shapes, lanes)
    columns = _columns(lanes, bool(drawn.entries))
    parts = [
        *_lane_titles(lanes, columns, bool(drawn.entries)),
        *draw_links(layout, columns, _TOP, lambda _: "link"),
        *_users(layout, columns, bool(drawn.entries)),
    ]
    for shape in shapes.values():
        column = layout.columns[shape.box.component]
        middle = _TOP + layout.middles[shape.box.component]
        parts.append(_drawn(shape, columns.edges[column][0], middle - shape.height / 2))
    bottom = _TOP + layout.height + _STACK
    parts += _regions(topology, bottom)
    several = len(topology.regions) > 1
    right = max((edge for _, edge in columns.edges), default=_WIDTH)
    size = (right + _MARGIN + _STACK, bottom + (30 if several else _MARGIN))
    return frame(f"architecture-{topology.phase}-{topology.environment}", *_said(drawn, topology),
                 size, parts)  # fmt: skip


def _said(drawn: Architecture, topology: Topology) -> tuple[str, str]:
    boxes = "; ".join(
        f"{box.component}, {box.runs_on}" + (f", {box.price} a month" if box.price else "")
        for box in drawn.boxes
    )
    links = "; ".join(f"{source} to {target}" for source, target in drawn.links)
    regions = ", ".join(topology.regions)
    return f"Architecture of {topology.phase} in {regions}", f"{boxes}. Links: {links or 'none'}."


def _shape(box: Box) -> _Shape:
    return _Shape(box, tuple(wrap(box.runs_on, _WIDTH - 2 * _PAD, 11, most=2)))


def _placed(drawn: Architecture, shapes: dict[str, _Shape], lanes: list[Lane]) -> Layout:
    shift = 1 if drawn.entries else 0
    slots = [
        Slot(box.component, lanes.index(box.lane) + shift, shapes[box.component].height)
        for box in drawn.boxes
    ]
    links = list(drawn.links)
    if drawn.entries:
        slots.insert(0, Slot(_USERS, 0, 62))
        links = [(_USERS, name) for name in drawn.entries] + links
    return lay_out(slots, links, _ROW_GAP)


def _columns(lanes: list[Lane], users: bool) -> Columns:
    edges: list[tuple[float, float]] = []
    x = _MARGIN
    if users:
        edges.append((x, x + _USERS_WIDTH))
        x += _USERS_WIDTH + _GAP
    for _ in lanes:
        edges.append((x, x + _WIDTH))
        x += _WIDTH + _GAP
    return Columns(tuple(edges))


def _lane_titles(lanes: list[Lane], columns: Columns, users: bool) -> Iterable[str]:
    for lane, (left, _) in zip(lanes, columns.edges[1 if users else 0 :], strict=True):
        yield text_at(left, 18, lane.title, "lane")


def _users(layout: Layout, columns: Columns, shown: bool) -> Iterable[str]:
    if not shown:
        return
    left, right = columns.edges[0]
    x, y = (left + right) / 2, _TOP + layout.middles[_USERS]
    yield (
        f'<g class="edge"><circle class="box" cx="{c(x)}" cy="{c(y)}" r="23"/>'
        f'<g class="glyph" transform="translate({c(x - 10)} {c(y - 11)})">'
        '<circle cx="10" cy="6.5" r="4"/><path d="M2.5 19.5c0-9 15-9 15 0"/></g></g>'
    )
    yield text_at(x, y + 38, "Users", "soft", "middle")


def _drawn(shape: _Shape, x: float, y: float) -> str:
    box = shape.box
    parts = [f'<g class="{box.lane.name.lower()}">']
    behind = min(2, len(box.regions) - 1)
    kind = "box hosted" if box.hosted else "box"
    for depth in range(behind, 0, -1):
        shift = depth * _STACK
        parts.append(box_at(x + shift, y + shift, _WIDTH, shape.height, f"{kind} behind"))
    parts.append(box_at(x, y, _WIDTH, shape.height, kind))
    parts.append(f"<title>{_hover(box)}</title>")
    parts.append(box_at(x + _PAD - 2, y + _PAD - 2, 22, 22, "tile", 6))
    parts.append(
        f'<path class="glyph" transform="translate({c(x + _PAD + 2)} {c(y + _PAD + 2)})" '
        f'd="{_GLYPHS[box.lane]}"/>'
    )
    parts += _words(shape, x, y)
    parts.append("</g>")
    return "".join(parts)


def _hover(box: Box) -> str:
    price = f", {box.price} a month" if box.price else ""
    where = f", in {', '.join(box.regions)}" if len(box.regions) > 1 else ""
    return escape_xml(f"{box.component}: {box.runs_on}{price}{where}")


def _words(shape: _Shape, x: float, y: float) -> Iterable[str]:
    box = shape.box
    pill = _pill_words(box)
    room = _WIDTH - 2 * _PAD - 25
    if pill:  # on the upper edge, where it takes no room from the name
        width = text_width(pill, 11, bold=True) + 12
        left = x + _WIDTH - _PAD - width
        yield box_at(left, y - 9, width, 18, "count", 9)
        yield text_at(left + width / 2, y + 4, pill, "pill-text", "middle")
    yield text_at(x + _PAD + 27, y + _PAD + 13.5, fit(box.component, room, 13, True), "name")
    baseline = y + _PAD + 35
    for line in shape.lines:
        yield text_at(x + _PAD, baseline, line, "soft")
        baseline += _LINE
    if box.price:
        yield text_at(x + _PAD, baseline + 2.5, box.price, "strong")


def _pill_words(box: Box) -> str:
    return f"×{box.count}" if box.count else ""


def _regions(topology: Topology, bottom: float) -> Iterable[str]:
    if len(topology.regions) > 1:
        words = (
            f"Each stacked box runs in {', '.join(topology.regions)}; prices are for all of them."
        )
        yield text_at(_MARGIN, bottom + 18, words, "soft")
