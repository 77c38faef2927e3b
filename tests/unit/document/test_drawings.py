"""Drawings: boxes stand apart, links keep out of boxes, words stay inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from tests.unit.document.samples import GROWING, HOSTILE_TEXTS, facts_about, hostile

from outgrow.render.document.svg_architecture import architecture_svg
from outgrow.render.document.svg_curve import curve_svg
from outgrow.render.document.svg_page import standalone
from outgrow.render.document.svg_phases import phases_svg
from outgrow.render.document.svg_text import fit, text_width, wrap

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_STEP = re.compile(r"([MLHVC])([^MLHVCZ]*)")
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, point: Point, inset: float = 1.0) -> bool:
        x, y = point
        return (
            self.left + inset < x < self.right - inset
            and self.top + inset < y < self.bottom - inset
        )


def drawings() -> dict[str, str]:
    facts = facts_about(GROWING)
    found = {
        f"architecture of {one.name}": architecture_svg(one.topology, one.costs)
        for one in facts.phases
    }
    return found | {"phases": phases_svg(facts)}


def boxes(svg: str) -> list[Box]:
    """Return the front box of every component or phase."""
    found = []
    for rect in ElementTree.fromstring(svg).iter(f"{_SVG}rect"):
        kinds = rect.get("class", "").split()
        if kinds[0] == "box" and "behind" not in kinds:
            x, y, width, height = (float(rect.get(n, "0")) for n in ("x", "y", "width", "height"))
            found.append(Box(x, y, x + width, y + height))
    return found


def along(path: str) -> list[Point]:
    """Return points on a path, close to one another."""
    points: list[Point] = []
    x = y = 0.0
    for letter, rest in _STEP.findall(path):
        numbers = [float(n) for n in _NUMBER.findall(rest)]
        start = (x, y)
        if letter == "H":
            x = numbers[0]
        elif letter == "V":
            y = numbers[0]
        else:
            x, y = numbers[-2], numbers[-1]
        if letter == "M":
            continue
        curve = [start, *zip(numbers[::2], numbers[1::2], strict=True)] if letter == "C" else []
        points += [_at(curve or [start, (x, y)], step / 40) for step in range(41)]
    return points


def _at(points: list[Point], share: float) -> Point:
    while len(points) > 1:
        points = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
            for a, b in pairwise(points)
        ]
    return points[0]


def links(svg: str) -> list[str]:
    kinds = {"link", "aside", "down"}
    paths = ElementTree.fromstring(svg).iter(f"{_SVG}path")
    return [path.get("d", "") for path in paths if path.get("class") in kinds]


@pytest.mark.parametrize("name", drawings())
def test_no_box_lies_over_another(name: str) -> None:
    found = boxes(drawings()[name])
    assert len(found) >= 1
    assert [pair for pair in combinations(found, 2) if pair[0].overlaps(pair[1])] == []


@pytest.mark.parametrize("name", drawings())
def test_no_link_runs_through_a_box(name: str) -> None:
    svg = drawings()[name]
    crossed = [
        (path, box)
        for path in links(svg)
        for box in boxes(svg)
        if any(box.holds(point) for point in along(path))
    ]
    assert crossed == []


def test_every_link_between_two_components_that_run_is_drawn() -> None:
    large = facts_about(GROWING).phase("large")
    svg = architecture_svg(large.topology, large.costs)
    talking = {
        (one.component, other)
        for one in large.topology.resources
        for other in one.spec.talks_to
        if large.topology.of(other)
    }
    assert len(links(svg)) == len(talking) + 1  # and from the users to the CDN


def test_a_box_says_offering_count_and_price() -> None:
    large = facts_about(GROWING).phase("large")
    svg = architecture_svg(large.topology, large.costs)
    for words in ("ECS on Fargate", "×2–6", "db.m6g.large", "us-east-1, eu-west-1"):
        assert words in svg


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_what_a_user_wrote_is_text_in_every_drawing(text: str) -> None:
    facts = facts_about(hostile(text))
    for svg in (
        phases_svg(facts),
        curve_svg(facts),
        *(architecture_svg(one.topology, one.costs) for one in facts.phases),
    ):
        root = ElementTree.fromstring(standalone(svg))
        tags = {element.tag.removeprefix(_SVG) for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"}


def test_the_curve_draws_each_phase_from_its_first_to_its_last_value() -> None:
    svg = curve_svg(facts_about(GROWING))
    assert svg.count('class="band"') == 2
    assert ">First<" in svg
    assert ">large<" in svg
    assert "logarithmic" in svg


def test_words_are_cut_to_their_box() -> None:
    assert fit("short", 100, 11) == "short"
    cut = fit("a name that is far too long for its box", 100, 11)
    assert cut.endswith("…")
    assert text_width(cut, 11) <= 100
    lines = wrap("RDS for PostgreSQL db.r6g.large in two zones", 110, 11, most=2)
    assert len(lines) == 2
    assert all(text_width(line, 11) <= 110 for line in lines)


def test_a_drawing_of_its_own_has_its_style_inside() -> None:
    svg = standalone(phases_svg(facts_about(GROWING)))
    assert svg.count("<style>") == 1
    assert "prefers-color-scheme: dark" in svg
