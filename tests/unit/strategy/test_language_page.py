"""The language page tells the truth: its examples load, and no key is missing from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from outgrow.strategy.load import LoadedStrategy, load_strategy
from outgrow.strategy.schema import EDITOR_LINE, packaged_schema
from outgrow.strategy.schema_tables import models_with_tables
from outgrow.strategy.yaml_nodes import to_data
from outgrow.strategy.yaml_source import read_yaml

PAGE = (Path(__file__).parents[3] / "docs" / "strategy-language.md").read_text(encoding="utf-8")
SHORTEST, *FRAGMENTS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def load(fragment: str) -> LoadedStrategy:
    files = {
        "outgrow.yaml": SHORTEST.encode(),
        "example.yaml": f"extends: [outgrow.yaml]\n{fragment}".encode(),
    }
    return load_strategy("example.yaml", files.__getitem__)


def test_the_shortest_useful_file_has_under_25_lines_and_the_editor_line() -> None:
    loaded = load("")
    assert len(SHORTEST.splitlines()) < 25
    assert SHORTEST.splitlines()[0] == EDITOR_LINE
    assert list(loaded.strategy.phases) == ["free", "pro"]
    assert loaded.warnings == ()


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=[f.split(":")[0] for f in FRAGMENTS])
def test_every_example_loads_and_says_what_it_writes(fragment: str) -> None:
    loaded = load(fragment)
    for key in read_yaml(fragment.encode(), "x").root.entries:
        assert key in loaded.strategy.model_fields_set


def test_the_shortest_file_is_valid_by_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(packaged_schema()))
    data = to_data(read_yaml(SHORTEST.encode(), "x").root)
    assert [error.message for error in validator.iter_errors(data)] == []


def test_every_part_of_the_file_has_its_table_of_keys() -> None:
    definitions = json.loads(packaged_schema())["$defs"]
    documented = {name for name, found in definitions.items() if "properties" in found}
    assert set(models_with_tables(PAGE)) == {*documented, "Strategy"}
