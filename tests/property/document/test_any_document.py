"""Any strategy has a document, and any layout keeps links out of boxes."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import KNOWN_OFFERINGS, strategies

from outgrow.catalog.load import load_catalog
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import facts_of
from outgrow.render.document.files import document_files
from outgrow.render.document.svg_layout import Slot, lay_out
from outgrow.strategy.strategy import Strategy

_GAP = 16.0


@given(strategies(KNOWN_OFFERINGS))
def test_any_strategy_has_a_document_of_well_formed_files(strategy: Strategy) -> None:
    files = document_files(build_document(facts_of(strategy, load_catalog())))
    assert len({file.path for file in files}) == len(files) >= 3
    for file in files[2:]:
        ElementTree.fromstring(file.text)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Slot], list[tuple[str, str]]]:
    """Draw boxes in columns, and links between any two of them."""
    columns = draw(st.lists(st.integers(0, 4), min_size=1, max_size=12))
    heights = st.sampled_from([40.0, 62.0, 88.0])
    slots = [Slot(f"n{i}", column, draw(heights)) for i, column in enumerate(columns)]
    names = st.sampled_from([slot.key for slot in slots])
    pairs = draw(st.lists(st.tuples(names, names), max_size=20, unique=True))
    return slots, [pair for pair in pairs if pair[0] != pair[1]]


@given(graphs())
def test_nothing_in_a_column_stands_on_anything_else(
    graph: tuple[list[Slot], list[tuple[str, str]]],
) -> None:
    slots, links = graph
    layout = lay_out(slots, links, _GAP)
    everything = {slot.key: slot for slot in slots}
    everything |= {slot.key: slot for route in layout.routes.values() for slot in route}
    for column in {slot.column for slot in everything.values()}:
        stacked = sorted(
            (layout.middles[slot.key], slot.height)
            for slot in everything.values()
            if slot.column == column
        )
        for (middle, height), (below, below_height) in pairwise(stacked):
            assert below - middle >= (height + below_height) / 2


@given(graphs())
def test_a_link_goes_through_every_column_between_its_ends(
    graph: tuple[list[Slot], list[tuple[str, str]]],
) -> None:
    slots, links = graph
    layout = lay_out(slots, links, _GAP)
    for link in links:
        columns = [slot.column for slot in layout.routes[link]]
        assert all(abs(after - before) == 1 for before, after in pairwise(columns)) or (
            len(columns) == 2 and columns[0] == columns[1]
        )
    assert layout.height >= max(slot.height for slot in slots)


@given(graphs())
def test_the_same_boxes_are_always_placed_the_same(
    graph: tuple[list[Slot], list[tuple[str, str]]],
) -> None:
    slots, links = graph
    assert lay_out(slots, links, _GAP) == lay_out(slots, links, _GAP)
