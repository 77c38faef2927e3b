"""The map of the phases: growth from left to right, ways aside and ways back beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outgrow.render.document.facts import PhaseFacts, StrategyFacts
from outgrow.render.document.svg_layout import Slot, lay_out
from outgrow.render.document.svg_links import Columns, Link, draw_links
from outgrow.render.document.svg_page import box_at, frame, text_at
from outgrow.render.document.svg_text import fit, text_width, wrap
from outgrow.render.document.words import short_total, span, words

_WIDTH = 150.0
_GAP = 42.0
_ROW_GAP = 20.0
_MARGIN = 6.0
_PAD = 12.0
_LINE = 14.0
_TITLE_LINE = 16.0
_PULLS = {"up": 20.0, "aside": 1.0, "down": 0.2}
_STYLES = {"up": "link", "aside": "aside", "down": "down"}


@dataclass(frozen=True, slots=True)
class _Card:
    """A phase with its words already in lines."""

    title: tuple[str, ...]
    lines: tuple[str, ...]
    price: str
    now: bool

    @property
    def height(self) -> float:
        rows = len(self.title) * _TITLE_LINE + len(self.lines) * _LINE
        return 2 * _PAD + rows + 17 + (20 if self.now else 0)


def phases_svg(facts: StrategyFacts) -> str:
    """Return the map of all phases with the ways between them."""
    columns_of = _columns_of(facts)
    cards = {one.name: _card(one, facts) for one in facts.phases}
    slots = [Slot(name, columns_of[name], card.height) for name, card in cards.items()]
    ways = {
        (one.name, target): way.direction
        for one in facts.phases
        for target, way in one.phase.next.items()
        if target in cards and target != one.name
    }
    layout = lay_out(slots, list(ways), _ROW_GAP, lambda link: _PULLS[ways[link]])
    columns = _columns(1 + max(columns_of.values()))

    def style(link: Link) -> str:
        return _STYLES[ways[link]]

    parts = draw_links(layout, columns, _MARGIN, style)
    for name, card in cards.items():
        top = _MARGIN + layout.middles[name] - card.height / 2
        parts += _drawn(card, columns.edges[columns_of[name]][0], top)
    size = (columns.edges[-1][1] + _MARGIN, layout.height + 2 * _MARGIN)
    said = "; ".join(f"{source} to {target} ({way})" for (source, target), way in ways.items())
    return frame("phases", "The phases and the ways between them", said or "no ways", size, parts)


def _columns_of(facts: StrategyFacts) -> Mapping[str, int]:
    """Return how many steps of growth lie before each phase; ways back do not count."""
    columns = {one.name: 0 for one in facts.phases}
    for _ in facts.phases:  # the longest way has fewer steps than there are phases
        for one in facts.phases:
            for target, way in one.phase.next.items():
                if target in columns and way.direction != "down" and target != one.name:
                    further = min(columns[one.name] + 1, len(columns) - 1)
                    columns[target] = max(columns[target], further)
    used = sorted(set(columns.values()))
    return {name: used.index(column) for name, column in columns.items()}


def _card(one: PhaseFacts, facts: StrategyFacts) -> _Card:
    room = _WIDTH - 2 * _PAD
    serves = ", ".join(span(value, words(name)) for name, value in one.phase.serves.items())
    total = short_total(one.total)
    return _Card(
        title=tuple(wrap(one.title, room, 13, most=3, bold=True)),
        lines=tuple(wrap(serves, room, 11, most=2)) if serves else (),
        price=f"{total} price" if total == "unknown" else f"{total} a month",
        now=one.name == facts.current,
    )


def _columns(count: int) -> Columns:
    starts = [_MARGIN + index * (_WIDTH + _GAP) for index in range(count)]
    return Columns(tuple((start, start + _WIDTH) for start in starts))


def _drawn(card: _Card, x: float, y: float) -> Iterable[str]:
    yield box_at(x, y, _WIDTH, card.height, "box now" if card.now else "box", 10)
    baseline = y + _PAD + 11
    if card.now:
        width = text_width("now", 11, bold=True) + 14
        yield box_at(x + _PAD - 2, y + _PAD - 2, width, 17, "pill", 8.5)
        yield text_at(x + _PAD - 2 + width / 2, y + _PAD + 10, "now", "pill-text", "middle")
        baseline += 20
    for line in card.title:
        yield text_at(x + _PAD, baseline, line, "name")
        baseline += _TITLE_LINE
    for line in card.lines:
        yield text_at(x + _PAD, baseline, line, "soft")
        baseline += _LINE
    yield text_at(x + _PAD, baseline + 3, fit(card.price, _WIDTH - 2 * _PAD, 12, True), "strong")
