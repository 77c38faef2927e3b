"""Links between pages lead somewhere: to a file that is there, and to a heading in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from tests.commands import REPOSITORY
from tests.docs.pages import name_of, pages, without_code

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
FENCE = re.compile(r"^ *(`{3,})[^\n]*\n.*?^ *\1 *$", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of `text`."""
    found: Counter[str] = Counter()
    names = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def broken(page: Path) -> list[str]:
    """Return the links of `page` that lead nowhere."""
    targets = LINK.findall(without_code(page.read_text("utf-8")))
    return [one for one in targets if not OUTSIDE.match(one) and not _leads(page, one)]


def _leads(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(REPOSITORY.resolve()):
        return False
    return not anchor or anchor in anchors(target.read_text("utf-8"))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_the_index_links_every_page_of_the_documentation(repository: Path) -> None:
    docs = repository / "docs"
    linked = set(LINK.findall((docs / "README.md").read_text("utf-8")))
    wanted = {page.name for page in docs.glob("*.md")} - {"README.md"} | {"adr/README.md"}
    assert wanted - linked == set()


def test_a_link_to_a_heading_that_is_gone_is_broken(tmp_path: Path) -> None:
    text = "# One thing: `two`\n\n```sh\n# three\n```\n\n# Four\n\n# Four\n"
    assert anchors(text) == {"one-thing-two", "four", "four-1"}
