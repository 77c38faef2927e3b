"""docs/five-documents.md maps every section of the five documents, and every path in it exists."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
import yaml
from tests.commands import REPOSITORY

from outgrow.strategy.strategy import Strategy

PAGE = REPOSITORY / "docs" / "five-documents.md"
SECTIONS = REPOSITORY / "tests" / "data" / "document_sections.csv"
NAMES = ("pocketable", "sprint-one", "nowry", "floyo", "nexod")
COMMANDS = r"(check|cost|status|decide|matrix|docs)( \([^)]*\))?"
LATER = r"(issue [345]|no issue yet)( \([^)]*\))?"


@dataclass(frozen=True)
class Row:
    """One line of a document's table."""

    section: str
    where: str
    now: str
    later: str


@cache
def written(name: str) -> object:
    return yaml.safe_load((REPOSITORY / "examples" / name / "outgrow.yaml").read_text("utf-8"))


@cache
def rows(name: str) -> tuple[Row, ...]:
    parts = PAGE.read_text("utf-8").split("\n## ")
    part = next(part for part in parts if f"examples/{name}/outgrow.yaml" in part.split("\n")[0])
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return tuple(Row(*(cell.strip() for cell in line.split("|")[1:-1])) for line in lines)


def sections() -> list[tuple[str, str, int]]:
    with SECTIONS.open(encoding="utf-8") as file:
        return [(*row[:2], int(row[2])) for row in list(csv.reader(file))[1:]]


def found(tree: object, keys: list[str]) -> Iterator[object]:
    """Return what stands at the path `keys`; `*` is any key, and a number one of a list."""
    if not keys:
        yield tree
        return
    for key, value in _below(tree):
        if keys[0] in ("*", key):
            yield from found(value, keys[1:])


def _below(tree: object) -> list[tuple[str, object]]:
    if isinstance(tree, dict):
        return [(str(key), value) for key, value in tree.items()]
    return [(str(at), one) for at, one in enumerate(tree)] if isinstance(tree, list) else []


@pytest.mark.parametrize("name", NAMES)
def test_every_mapped_path_stands_in_the_strategy(name: str) -> None:
    paths = [path for row in rows(name) for path in re.findall(r"`([^`]+)`", row.where)]
    assert paths
    assert [one for one in paths if not [*found(written(name), one.split("/"))]] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_where_by_what_and_by_which_open_work(name: str) -> None:
    for row in rows(name):
        assert "`" in row.where, row
        assert re.fullmatch(rf"{COMMANDS}(, {COMMANDS})*", row.now), row
        assert re.fullmatch(rf"({LATER}([,;] {LATER})*)?", row.later), row


@pytest.mark.parametrize(("name", "section", "blocks"), sections())
def test_every_section_and_code_block_of_a_document_has_a_row(
    name: str, section: str, blocks: int
) -> None:
    mine = [row.section for row in rows(name) if row.section.startswith(section)]
    assert mine
    code = [one for one in mine if one.removeprefix(section).startswith(": code")]
    assert len(code) == blocks


@pytest.mark.parametrize("name", NAMES)
def test_the_strategy_is_accepted_and_survives_a_round_trip(name: str) -> None:
    strategy = Strategy.model_validate(written(name))
    again = Strategy.model_validate(strategy.model_dump(mode="python", exclude_unset=True))
    assert again == strategy
