"""The page is well-formed, complete in itself, and nothing a user wrote is markup in it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from tests.unit.document.samples import GROWING, HOSTILE_TEXTS, SMALLEST, document_about, hostile

from outgrow.render.document.html import to_html

_VOID = {"meta", "link", "br", "img", "input", "hr"}
_LOADING = {"src", "srcset", "poster", "data", "action", "background", "xlink:href"}
_KNOWN_TAGS = (
    "html head meta link title style body a header p h1 h2 h3 h4 h5 h6 div nav ol ul li main "
    "section dl dt dd figure figcaption table caption thead tbody tfoot tr th td strong span code "
    "br details summary i svg g rect path circle text desc"
)


class _Reader(HTMLParser):
    """Reads a page and keeps what the tests ask about."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in _LOADING or name == "href":
                self.loads.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


SAMPLES = {"smallest": SMALLEST, "growing": GROWING}
SAMPLES |= {f"hostile {index}": hostile(text) for index, text in enumerate(HOSTILE_TEXTS)}


@pytest.fixture(params=SAMPLES.values(), ids=SAMPLES)
def page(request: pytest.FixtureRequest) -> _Reader:
    return _Reader(to_html(document_about(request.param)))


def test_every_tag_is_closed_in_order(page: _Reader) -> None:
    assert (page.open, page.wrong) == ([], [])


def test_every_id_is_there_once_and_every_link_leads_to_one(page: _Reader) -> None:
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert {link for link in page.links if link.removeprefix("#") not in page.ids} == set()
    assert all(link.startswith("#") for link in page.links)


def test_the_page_loads_nothing(page: _Reader) -> None:
    assert page.loads == ["data:,"]
    assert page.tags["script"] == page.tags["img"] == page.tags["iframe"] == 0


def test_only_our_own_tags_and_attributes_are_in_the_page(page: _Reader) -> None:
    assert set(page.tags) - set(_KNOWN_TAGS.split()) == set()
    assert [name for name in page.attributes if name.startswith("on")] == []


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_what_a_user_wrote_is_shown_as_it_was_written(text: str) -> None:
    page = _Reader(to_html(document_about(hostile(text))))
    shown = " ".join(" ".join(page.texts).split())
    assert shown.count(" ".join(text.split())) > 30


def test_headings_descend_by_one_level_at_a_time() -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", to_html(document_about(GROWING)))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_table_has_a_caption_and_every_drawing_a_title() -> None:
    html = to_html(document_about(GROWING))
    assert html.count("<table>") == html.count("<caption>") > 10
    drawings = re.findall(r'<svg[^>]*role="img"[^>]*>\s*<title id=', html)
    assert len(drawings) == html.count("<svg") > 3


def test_rendering_twice_gives_the_same_bytes() -> None:
    document_about.cache_clear()
    first = to_html(document_about(GROWING))
    document_about.cache_clear()
    assert to_html(document_about(GROWING)) == first
