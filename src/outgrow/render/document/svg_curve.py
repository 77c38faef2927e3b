"""What each phase costs over users: a line with its band, labelled where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from outgrow.analysis.costs.cost_curve import PhaseCurve
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.svg_axes import (
    Scale,
    is_wide,
    linear_ticks,
    log_ticks,
    short_number,
)
from outgrow.render.document.svg_page import frame, text_at
from outgrow.render.document.svg_text import coordinate as c
from outgrow.render.document.svg_text import fit, text_width
from outgrow.render.document.words import number, rough, words

_WIDTH = 940.0
_HEIGHT = 380.0
_LEFT = 66.0
_RIGHT = 20.0
_TOP = 44.0
_BOTTOM = 52.0
_COLOURS = 6
_LABEL = 11.5


_Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class _Chart:
    x: Scale
    y: Scale


def curve_svg(facts: StrategyFacts) -> str:
    """Return the chart of all phases that have a known price somewhere."""
    curves = drawn_curves(facts)
    chart = _chart(curves, facts)
    parts = [*_grid(chart), *_axis_titles(chart, facts)]
    tones = {one.phase: f"t{1 + index % _COLOURS}" for index, one in enumerate(curves)}
    for one in curves:
        parts += _drawn(one, chart, tones[one.phase])
    parts += _here(chart, facts)
    parts += _labels(curves, chart, facts, tones)
    demand = words(facts.curve_demand)
    said = "; ".join(
        f"{facts.phase_title(one.phase)} from {number(one.points[0].value)} to "
        f"{number(one.points[-1].value)} {demand}"
        for one in curves
    )
    return frame("cost-curve", f"Cost a month over {demand}", said, (_WIDTH, _HEIGHT), parts)


def drawn_curves(facts: StrategyFacts) -> list[PhaseCurve]:
    """Return the curves with a known price somewhere; one of $0 is known, too."""
    return [
        one
        for one in facts.curve
        if any(p.high.amount_usd_month or not p.high.at_least for p in one.points)
    ]


def _chart(curves: list[PhaseCurve], facts: StrategyFacts) -> _Chart:
    values = [float(point.value) for one in curves for point in one.points]
    here = facts.measured.get(facts.curve_demand)
    values += [float(here)] if here else []
    amounts = [
        float(total.amount_usd_month)
        for one in curves
        for point in one.points
        for total in (point.low, point.expected, point.high)
    ]
    right = _WIDTH - _RIGHT
    wide = is_wide(values)
    x_low = min(values) if wide else 0.0
    x = Scale(max(x_low, 1.0) if wide else 0.0, max(values), _LEFT, right, wide)
    return _Chart(x, _money_scale(amounts))


def _money_scale(amounts: list[float]) -> Scale:
    bottom, top = _HEIGHT - _BOTTOM, _TOP
    highest = max(amounts) * 1.08 or 1.0
    positive = [amount for amount in amounts if amount > 0]
    if is_wide(amounts) and len(positive) == len(amounts):
        return Scale(min(positive) * 0.8, highest, bottom, top, log=True)
    return Scale(0.0, highest, bottom, top, log=False)


def _ticks(scale: Scale, most: int) -> list[float]:
    if scale.log:
        return log_ticks(scale.low, scale.high)
    return linear_ticks(scale.low, scale.high, most)


def _grid(chart: _Chart) -> Iterable[str]:
    left, right = chart.x.start, chart.x.end
    bottom, top = chart.y.start, chart.y.end
    for tick in _ticks(chart.y, 5):
        y = chart.y.at(tick)
        yield f'<path class="grid" d="M{c(left)} {c(y)}H{c(right)}"/>'
        yield text_at(left - 9, y + 4, f"${short_number(tick)}", "soft", "end")
    for tick in _ticks(chart.x, 8):
        x = chart.x.at(tick)
        yield f'<path class="axis" d="M{c(x)} {c(bottom)}v5"/>'
        yield text_at(x, bottom + 19, short_number(tick), "soft", "middle")
    yield f'<path class="axis" d="M{c(left)} {c(top)}V{c(bottom)}H{c(right)}"/>'


def _axis_titles(chart: _Chart, facts: StrategyFacts) -> Iterable[str]:
    demand = words(facts.curve_demand)
    x_note = " (logarithmic)" if chart.x.log else ""
    y_note = " (logarithmic)" if chart.y.log else ""
    yield text_at(chart.x.end, _HEIGHT - 12, f"{demand}{x_note}", "lane", "end")
    yield text_at(6, 16, f"USD a month{y_note}", "lane")


def _drawn(one: PhaseCurve, chart: _Chart, tone: str) -> Iterable[str]:
    kind = "line open" if one.at_least else "line"
    xs = [chart.x.at(float(point.value)) for point in one.points]
    expected = [chart.y.at(float(p.expected.amount_usd_month)) for p in one.points]
    low = [chart.y.at(float(p.low.amount_usd_month)) for p in one.points]
    high = [chart.y.at(float(p.high.amount_usd_month)) for p in one.points]
    if len(xs) == 1:
        yield f'<g class="{tone}"><path class="line" d="M{c(xs[0])} {c(low[0])}V{c(high[0])}"/>'
        yield f'<circle class="dot" cx="{c(xs[0])}" cy="{c(expected[0])}" r="4.5"/></g>'
        return
    band = _polyline(xs, high) + "L" + _polyline(xs[::-1], low[::-1])[1:] + "Z"
    yield f'<g class="{tone}"><path class="band" d="{band}"/>'
    yield f'<path class="{kind}" d="{_polyline(xs, expected)}"/></g>'


def _polyline(xs: list[float], ys: list[float]) -> str:
    return "M" + "L".join(f"{c(x)} {c(y)}" for x, y in zip(xs, ys, strict=True))


def _here(chart: _Chart, facts: StrategyFacts) -> Iterable[str]:
    value = facts.measured.get(facts.curve_demand)
    if value is None or value <= 0:
        return
    x = chart.x.at(float(value))
    yield f'<path class="here" d="M{c(x)} {c(chart.y.start)}V{c(_TOP - 16)}"/>'
    said = f"now: {rough(value)}"
    end = x + text_width(said, 11, bold=True) + 12 > chart.x.end
    yield text_at(x + (-6 if end else 6), _TOP - 18, said, "pill-text", "end" if end else "")


def _labels(
    curves: list[PhaseCurve], chart: _Chart, facts: StrategyFacts, tones: dict[str, str]
) -> Iterable[str]:
    """Return a label above each line, moved up until it covers no label and no other line."""
    placed: list[_Area] = []
    for one in curves:
        title = fit(facts.phase_title(one.phase), 240, _LABEL, bold=True)
        width = text_width(title, _LABEL, bold=True)
        x, y = _anchor(one, chart, width)
        others = [a for other in curves if other is not one for a in _areas(other, chart)]
        y = _free(x, y, width, [*placed, *others])
        placed.append((x, y - 11, x + width, y + 4))
        yield f'<g class="{tones[one.phase]}">{text_at(x, y, title, "tag")}</g>'


def _areas(one: PhaseCurve, chart: _Chart) -> Iterable[_Area]:
    """Return what the line of a phase covers, piece by piece."""
    places = [
        (chart.x.at(float(p.value)), chart.y.at(float(p.expected.amount_usd_month)))
        for p in one.points
    ]
    if len(places) == 1:
        x, y = places[0]
        yield (x - 6, y - 6, x + 6, y + 6)
    for (x, y), (to_x, to_y) in pairwise(places):
        yield (x, min(y, to_y) - 3, to_x, max(y, to_y) + 3)


def _anchor(one: PhaseCurve, chart: _Chart, width: float) -> tuple[float, float]:
    first, last = one.points[0], one.points[-1]
    if first is last:
        x = chart.x.at(float(first.value)) + 9
        if x + width > chart.x.end:
            x -= width + 18
        return x, chart.y.at(float(first.expected.amount_usd_month)) + 4
    left, right = chart.x.at(float(first.value)), chart.x.at(float(last.value))
    x = min(max((left + right - width) / 2, chart.x.start + 4), chart.x.end - width)
    over = [p for p in one.points if x - 8 <= chart.x.at(float(p.value)) <= x + width + 8]
    highest = max(float(p.high.amount_usd_month) for p in over or [last])
    return x, chart.y.at(highest) - 8


def _free(x: float, y: float, width: float, placed: list[_Area]) -> float:
    for _ in range(24):
        clash = [
            box
            for box in placed
            if x < box[2] + 6 and box[0] < x + width + 6 and y - 11 < box[3] and box[1] < y + 4
        ]
        if not clash:
            return y
        y = min(box[1] for box in clash) - 5
    return y
