"""The strategies of documents 003 and 004: accepted, and mapped section by section."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from outgrow.strategy.strategy import Strategy

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "docs" / "seed-map-2.md").read_text("utf-8")
NAMES = ("floyo", "nexod")


def written(name: str) -> dict[str, object]:
    path = ROOT / "examples" / name / "outgrow.yaml"
    return yaml.safe_load(path.read_text("utf-8"))


def mapped_paths(name: str) -> list[str]:
    section = next(part for part in MAP.split("\n## ")[1:] if f"examples/{name}/" in part)
    rows = [line.split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return [path for row in rows for path in re.findall(r"`([^`]+)`", row[2])]


def follow(tree: object, path: str) -> object:
    for key in path.split("/"):
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]  # type: ignore[index]
    return tree


@pytest.mark.parametrize("name", NAMES)
def test_every_mapped_path_stands_in_the_strategy(name: str) -> None:
    tree = written(name)
    paths = mapped_paths(name)
    assert paths
    assert all(follow(tree, path) is not None for path in paths)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_the_map_says_where_and_by_what(name: str) -> None:
    section = next(part for part in MAP.split("\n## ")[1:] if f"examples/{name}/" in part)
    rows = [line.split("|") for line in section.splitlines() if line.startswith("|")][2:]
    assert all("`" in row[2] and (row[3].strip() or row[4].strip()) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_strategy_is_accepted_and_survives_a_round_trip(name: str) -> None:
    strategy = Strategy.model_validate(written(name))
    again = Strategy.model_validate(strategy.model_dump(mode="python", exclude_unset=True))
    assert again == strategy


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_appears_in_the_readme(name: str) -> None:
    readme = (ROOT / "examples" / name / "README.md").read_text("utf-8")
    assert [claim for claim in written(name)["claims"] if f"`{claim}`" not in readme] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_usage_says_whose_it_is_not(name: str) -> None:
    text = (ROOT / "examples" / name / "usage.csv").read_text("utf-8")
    comments = " ".join(line[1:].strip() for line in text.splitlines() if line.startswith("#"))
    assert re.search(rf"(Neither|None of them) is {name.capitalize()}'s", comments)


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_usage_is_in_order_for_each_metric(name: str) -> None:
    text = (ROOT / "examples" / name / "usage.csv").read_text("utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    dates: dict[str, list[str]] = {}
    for row in rows:
        assert float(row["value"]) >= 0
        dates.setdefault(row["metric"], []).append(row["date"])
    assert all(found == sorted(set(found)) for found in dates.values())
