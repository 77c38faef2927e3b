"""The published schema accepts what outgrow accepts, and refuses what an editor should mark."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from outgrow.strategy.descriptions import described_names
from outgrow.strategy.schema import packaged_schema
from outgrow.strategy.yaml_nodes import to_data
from outgrow.strategy.yaml_source import read_yaml

SCHEMA = json.loads(packaged_schema())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/outgrow.yaml"))
TINY = (
    "{outgrow: 1, name: t, components: {a: {kind: cdn}}, phases: {p: {use: {a: {offering: x/y}}}}}"
)


def messages(text: str) -> list[str]:
    root = read_yaml(text.encode(), "x").root
    assert root is not None
    return [error.message for error in VALIDATOR.iter_errors(to_data(root))]


def test_the_schema_is_a_valid_schema_of_its_dialect() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema.Draft202012Validator.check_schema(SCHEMA) is None


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_every_example_is_valid(path: Path) -> None:
    assert messages(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("outgrow: 1", "outgrow: 2"),
        ("name: t, ", ""),
        ("kind: cdn", "kind: cnd"),
        ("kind: cdn", "kind: cdn, needs: {memory_gib: 8 gb}"),
        ("kind: cdn", "kind: cdn, needs: {memory_gib: 8000}"),
        ("kind: cdn", "kind: cdn, needs: {ports: [http]}"),
        ("kind: cdn", "kind: cdn, secrets: {A: hunter2}"),
        ("{a: {kind", "{a b: {kind"),
        ("x/y", "x/y, count: -1"),
        ("x/y", "x/y, ofering: z"),
        ("x/y", "x/y, limits: {a: [1]}"),
        ("use:", "serves: {users: many}, use:"),
        ("{a: {kind: cdn}}", "[a]"),
    ],
)
def test_wrong_files_are_marked(right: str, wrong: str) -> None:
    assert messages(TINY) == []
    assert messages(TINY.replace(right, wrong, 1))


def test_every_key_is_described_and_nothing_else_is() -> None:
    parts = {"Strategy": SCHEMA, **SCHEMA["$defs"]}
    keys = {
        f"{name}.{key}": field
        for name, part in parts.items()
        for key, field in part.get("properties", {}).items()
    }
    assert [key for key, field in keys.items() if not field.get("description")] == []
    assert described_names() <= keys.keys()
