"""The documents of the examples, byte for byte: what a reader of the repository sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from outgrow.analysis.usage.usage_csv import parse_usage_csv
from outgrow.catalog.load import load_catalog
from outgrow.render.document.build import build_document
from outgrow.render.document.facts import facts_of, with_usage
from outgrow.render.document.files import document_files
from outgrow.strategy.load import load_strategy

Golden = Callable[[str, str], None]
ROOT = Path(__file__).parents[2]
_DRAWINGS = {
    "floyo": ("phases", "cost-curve", "architecture-growth", "architecture-scale"),
    "nexod": ("architecture-production",),
    "pocketable": ("phases",),
}


@cache
def files(example: str) -> dict[str, str]:
    """Return the files of an example's document; floyo's with its recorded usage."""
    folder = ROOT / "examples" / example
    strategy = load_strategy(
        str(folder / "outgrow.yaml"), lambda path: Path(path).read_bytes()
    ).strategy
    facts = facts_of(strategy, load_catalog())
    if example == "floyo":
        usage = parse_usage_csv((folder / "usage.csv").read_text("utf-8"), "usage.csv")
        facts = with_usage(facts, load_catalog(), usage)
    return {file.path: file.text for file in document_files(build_document(facts))}


@pytest.mark.parametrize("example", ["pocketable", "sprint-one", "nowry", "floyo", "nexod"])
def test_markdown_of_every_example(example: str, golden: Golden) -> None:
    golden(f"tests/golden/document/{example}.md", files(example)["strategy.md"])


@pytest.mark.parametrize("example", ["floyo", "nexod"])
def test_page_of_an_example(example: str, golden: Golden) -> None:
    golden(f"tests/golden/document/{example}.html", files(example)["strategy.html"])


@pytest.mark.parametrize(
    ("example", "drawing"), [(name, one) for name, all_ in _DRAWINGS.items() for one in all_]
)
def test_drawing_of_an_example(example: str, drawing: str, golden: Golden) -> None:
    svg = files(example)[f"images/{drawing}.svg"]
    golden(f"tests/golden/document/{example}-{drawing}.svg", svg)
