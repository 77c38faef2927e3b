"""Places for panels: left to right, 24 columns wide, a heading above each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outgrow.render.grafana.panel import FULL_WIDTH, Panel


@dataclass(frozen=True, slots=True)
class Group:
    """Panels that stand together below a heading; without a title there is none."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel with its number, which no other of the dashboard has, and its place."""

    panel: Panel
    number: int
    x: int
    y: int


def placed(groups: Sequence[Group]) -> tuple[Placed, ...]:
    """Return every panel of `groups` with its place; groups without panels are left out."""
    found: list[Placed] = []
    y = 0
    for group in groups:
        if group.title and group.panels:
            heading = Panel(group.title, kind="row", width=FULL_WIDTH, height=1)
            found.append(Placed(heading, len(found) + 1, 0, y))
            y += 1
        for line in _lines(group.panels):
            x = 0
            for panel in line:
                found.append(Placed(panel, len(found) + 1, x, y))
                x += panel.width
            y += max(panel.height for panel in line)
    return tuple(found)


def _lines(panels: Sequence[Panel]) -> Iterator[list[Panel]]:
    line: list[Panel] = []
    for panel in panels:
        if line and sum(one.width for one in line) + panel.width > FULL_WIDTH:
            yield line
            line = []
        line.append(panel)
    if line:
        yield line
