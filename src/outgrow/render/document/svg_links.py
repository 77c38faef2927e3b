"""The lines between boxes that `svg_layout` has placed, with their arrowheads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outgrow.render.document.svg_layout import Layout, Slot
from outgrow.render.document.svg_text import coordinate as c

_PORT = 12.0
_HEAD = 7.0
_BEND = 0.55
_CLEAR = 10.0
_BOW = 16.0

Link = tuple[str, str]
Side = tuple[str, str]  # a box, and "left" or "right"


@dataclass(frozen=True, slots=True)
class Columns:
    """The left and right edge of each column, in pixels."""

    edges: tuple[tuple[float, float], ...]

    def left(self, slot: Slot) -> float:
        """Return where `slot` begins."""
        return self.edges[slot.column][0]

    def right(self, slot: Slot) -> float:
        """Return where `slot` ends."""
        return self.edges[slot.column][1]


def draw_links(
    layout: Layout, columns: Columns, top: float, style: Callable[[Link], str]
) -> list[str]:
    """Return a path and an arrowhead for each link; `style` names its class."""
    ports = _ports(layout)
    drawn: list[str] = []
    for link, route in layout.routes.items():
        if route[0].column == route[-1].column:
            path, head = _within(route, layout, columns, top)
        else:
            path, head = _across(link, route, layout, columns, top, ports)
        name = style(link)
        drawn.append(f'<path class="{name}" d="{path}"/><path class="head {name}" d="{head}"/>')
    return drawn


def _ports(layout: Layout) -> Mapping[tuple[Link, str], float]:
    """Return how far from the middle of its box each end of a link stands."""
    ends: dict[Side, list[tuple[float, Link, str]]] = {}
    for link, route in layout.routes.items():
        if route[0].column == route[-1].column:
            continue
        forward = route[-1].column > route[0].column
        first, last = ("right", "left") if forward else ("left", "right")
        beside_first, beside_last = layout.middles[route[1].key], layout.middles[route[-2].key]
        ends.setdefault((route[0].key, first), []).append((beside_first, link, "source"))
        ends.setdefault((route[-1].key, last), []).append((beside_last, link, "target"))
    heights = {slot.key: slot.height for route in layout.routes.values() for slot in route}
    ports: dict[tuple[Link, str], float] = {}
    for (key, _), found in ends.items():
        room = heights[key] - 2 * _CLEAR
        apart = min(_PORT, room / max(1, len(found) - 1))
        start = -apart * (len(found) - 1) / 2
        for index, (_, link, end) in enumerate(sorted(found)):
            ports[(link, end)] = start + index * apart
    return ports


def _across(
    link: Link,
    route: tuple[Slot, ...],
    layout: Layout,
    columns: Columns,
    top: float,
    ports: Mapping[tuple[Link, str], float],
) -> tuple[str, str]:
    forward = route[-1].column > route[0].column
    leave, arrive = (columns.right, columns.left) if forward else (columns.left, columns.right)
    ahead = 1 if forward else -1
    x = leave(route[0])
    y = top + layout.middles[route[0].key] + ports[(link, "source")]
    path = [f"M{c(x)} {c(y)}"]
    for slot in route[1:-1]:
        path.append(_curve(x, y, arrive(slot), top + layout.middles[slot.key]))
        x, y = leave(slot), top + layout.middles[slot.key]
        path.append(f"H{c(x)}")
    end_x = arrive(route[-1])
    end_y = top + layout.middles[route[-1].key] + ports[(link, "target")]
    path.append(_curve(x, y, end_x - ahead * _HEAD, end_y))
    return "".join(path), _head(end_x, end_y, ahead)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = (to_x - x) * _BEND
    return f"C{c(x + bend)} {c(y)} {c(to_x - bend)} {c(to_y)} {c(to_x)} {c(to_y)}"


def _head(x: float, y: float, ahead: int) -> str:
    back = x - ahead * _HEAD
    return f"M{c(x)} {c(y)}L{c(back)} {c(y - 3.5)}V{c(y + 3.5)}Z"


def _within(
    route: tuple[Slot, ...], layout: Layout, columns: Columns, top: float
) -> tuple[str, str]:
    """Return a line within a column: straight between neighbours, around what stands between."""
    source, target = route
    down = layout.middles[target.key] > layout.middles[source.key]
    ahead = 1 if down else -1
    start = top + layout.middles[source.key] + ahead * source.height / 2
    end = top + layout.middles[target.key] - ahead * target.height / 2
    if not _between(source, target, layout):
        x = (columns.left(source) + columns.right(source)) / 2
        head = f"M{c(x)} {c(end)}L{c(x - 3.5)} {c(end - ahead * _HEAD)}h7Z"
        return f"M{c(x)} {c(start)}V{c(end - ahead * _HEAD)}", head
    x = columns.right(source)
    y, to_y = top + layout.middles[source.key], top + layout.middles[target.key]
    y, to_y = y + ahead * _CLEAR, to_y - ahead * _CLEAR
    bow = x + _BOW
    path = f"M{c(x)} {c(y)}C{c(bow)} {c(y)} {c(bow)} {c(y)} {c(bow)} {c(y + ahead * _BOW)}"
    path += f"V{c(to_y - ahead * _BOW)}"
    path += f"C{c(bow)} {c(to_y)} {c(bow)} {c(to_y)} {c(x + _HEAD)} {c(to_y)}"
    return path, _head(x, to_y, -1)


def _between(source: Slot, target: Slot, layout: Layout) -> bool:
    low, high = sorted((layout.middles[source.key], layout.middles[target.key]))
    return any(
        low < middle < high
        for key, middle in layout.middles.items()
        if "\0" not in key and layout.columns[key] == source.column
    )
