"""Markdown says what was written, whatever it looks like."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.unit.document.samples import GROWING, HOSTILE_TEXTS, SMALLEST, document_about, hostile

from outgrow.render.document.markdown import to_markdown
from outgrow.render.document.markdown_text import code_span, escape, escape_block, github_slug

_OUR_HTML = re.compile(r"</?(details|summary)>|<br>")


def _read(markdown: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)


def _inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_no_table_breaks_whatever_stands_in_its_cells(text: str) -> None:
    lines = to_markdown(document_about(hostile(text))).splitlines()
    written = sum(line.startswith("| ---") for line in lines)
    tokens = _read("\n".join(lines))
    tables = [token for token in tokens if token.type == "table_open"]
    rows = [token for token in tokens if token.type == "tr_open"]
    assert len(tables) == written > 10
    assert len(rows) == sum(line.startswith("| ") for line in lines) - written


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_what_a_user_wrote_becomes_no_markup(text: str) -> None:
    tokens = _read(to_markdown(document_about(hostile(text))))
    html = [t.content for t in (*tokens, *_inline(tokens)) if t.type.startswith("html")]
    assert "<" not in _OUR_HTML.sub("", "".join(html))
    images = [t.attrs["src"] for t in _inline(tokens) if t.type == "image"]
    assert images == ["images/cost-curve.svg"]
    assert [t for t in _inline(tokens) if t.type == "s_open"] == []
    links = [t.attrs["href"] for t in _inline(tokens) if t.type == "link_open"]
    assert all(link.startswith(("#", "images/")) for link in links)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_the_headings_are_ours_alone(text: str) -> None:
    assert _headings(text) == _headings("plain")


def _headings(text: str) -> list[str]:
    tokens = _read(to_markdown(document_about(hostile(text))))
    return [token.tag for token in tokens if token.type == "heading_open"]


def test_every_entry_of_the_contents_leads_to_a_heading() -> None:
    markdown = to_markdown(document_about(GROWING))
    headings = [github_slug(line.lstrip("# ")) for line in re.findall(r"^#+ .*$", markdown, re.M)]
    wanted = re.findall(r"\]\(#([^)]+)\)", markdown)
    assert len(wanted) > 20
    assert [
        w for w in wanted if re.sub(r"-\d+$", "", w) not in headings and w not in headings
    ] == []


def test_the_smallest_strategy_has_only_the_sections_it_speaks_of() -> None:
    headings = re.findall(r"^## (.*)$", to_markdown(document_about(SMALLEST)), re.M)
    assert headings == [
        "At a glance",
        "What it costs",
        "The phases",
        "What it is made of",
        "Sources",
    ]


def test_escaping_leaves_plain_sentences_alone() -> None:
    plain = "Upgrade database_gb from $25 to 8 GB, by users - or not (see 4.2)."
    assert escape_block(plain) == escape(plain) == plain


@pytest.mark.parametrize("start", ["# a", "- a", "+ a", "1. a", "2) a", "> a", "=== a", "--- a"])
def test_a_paragraph_never_begins_as_something_else(start: str) -> None:
    tokens = _read(escape_block(start))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert tokens[1].children is not None
    assert "".join(child.content for child in tokens[1].children) == start


def test_code_holds_backticks_and_pipes() -> None:
    assert code_span("a`b", cell=False) == "`` a`b ``"
    assert code_span("a|b", cell=True) == "`a\\|b`"
    assert code_span("a|b", cell=False) == "`a|b`"


def test_rendering_twice_gives_the_same_bytes() -> None:
    document_about.cache_clear()
    first = to_markdown(document_about(GROWING))
    document_about.cache_clear()
    assert to_markdown(document_about(GROWING)) == first
