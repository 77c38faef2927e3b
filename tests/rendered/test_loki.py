"""Loki's and Alloy's files: YAML by yamllint and a schema, Alloy by a reader, by docker-compose.

Neither Loki nor Alloy can be had without the network. The schema and the table of components
hold what their documentation says of the keys that are written here, and name it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from tests.commands import REPOSITORY
from tests.rendered.alloy_syntax import AlloyError, Block, Reference, read_alloy
from tests.rendered.container_files import write
from tests.rendered.test_compose import YAMLLINT
from tests.rendered.test_dockerfile import different
from tests.systems import all_systems, system
from tests.tools import run_tool, said

from outgrow.render.loki import TARGET

SCHEMA = REPOSITORY / "tests/data/loki_config.schema.json"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target for every system, asked for or not."""
    folder = tmp_path_factory.mktemp("loki")
    for name, found in all_systems():
        write(TARGET.render(found), folder / name)
    return folder


@cache
def components() -> dict[str, dict[str, list[str]]]:
    read = json.loads((REPOSITORY / "tests/data/alloy_components.json").read_text("utf-8"))
    return {name: table for name, table in read.items() if not name.startswith("$")}


def wrong_with(file: Block) -> list[str]:
    """Return what of a file Alloy's documentation does not know."""
    return [
        *(found for block in file.blocks for found in _wrong_block(block)),
        *(found for block in file.blocks for found in _dangling(block, file)),
    ]


def _wrong_block(block: Block) -> list[str]:
    table = components().get(block.name)
    if table is None:
        return [f"no component {block.name}"]
    unknown = block.attributes.keys() - set(table["arguments"])
    missing = set(table.get("required", ())) - block.attributes.keys()
    found = [f"{block.name}: {name}" for name in (*unknown, *missing)]
    for inner in block.blocks:
        known = inner.name in table.get("blocks", ())
        found += _wrong_block(inner) if known else [f"{inner.name} in {block.name}"]
    return found


def _dangling(block: Block, file: Block) -> list[str]:
    exports = {
        f"{one.name}.{one.label}.{name}"
        for one in file.blocks
        for name in components().get(one.name, {}).get("exports", ())
    }
    return [one.name for one in _references(block) if one.name not in (*exports, "sys.env")]


def _references(block: Block) -> list[Reference]:
    values: list[object] = []
    for value in block.attributes.values():
        values += value if isinstance(value, list) else [value]
    inner = [found for one in block.blocks for found in _references(one)]
    return [one for one in values if isinstance(one, Reference)] + inner


def test_loki_knows_every_key(rendered: Path) -> None:
    files = different(rendered, "loki.yaml")
    done = run_tool("check-jsonschema", "--schemafile", SCHEMA, *files)
    assert done.returncode == 0, said(done)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("retention_enabled", "retention_is_enabled"),
        ("  delete_request_store: filesystem\n", ""),
        ("period: 24h", "period: 168h"),
        ("schema: v13", "schema: v11"),
    ],
)
def test_the_schema_refuses_a_fault(rendered: Path, tmp_path: Path, good: str, bad: str) -> None:
    text = (rendered / "sample-app-one-server-production" / "loki.yaml").read_text("utf-8")
    assert good in text
    faulty = tmp_path / "loki.yaml"
    faulty.write_text(text.replace(good, bad), encoding="utf-8")
    done = run_tool("check-jsonschema", "--schemafile", SCHEMA, faulty)
    assert done.returncode != 0


def test_yamllint_finds_nothing(rendered: Path) -> None:
    files = (*different(rendered, "loki.yaml"), *different(rendered, "compose.yaml"))
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *files)
    assert done.returncode == 0, said(done)


def test_the_containers_follow_the_schema_of_compose(rendered: Path) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    done = run_tool("check-jsonschema", *schema, *different(rendered, "compose.yaml"))
    assert done.returncode == 0, said(done)


def test_docker_compose_starts_from_the_example_of_variables(rendered: Path) -> None:
    folder = rendered / "sample-app-one-server-production"
    (folder / ".env").write_text((folder / ".env.example").read_text("utf-8"), encoding="utf-8")
    done = run_tool("docker-compose", "config", cwd=folder)
    assert done.returncode == 0, said(done)
    assert "127.0.0.1:3100:3100" in done.stdout


def test_alloy_knows_every_component_argument_and_reference(rendered: Path) -> None:
    files = different(rendered, "config.alloy")
    assert len(files) > 10
    for file in files:
        assert wrong_with(read_alloy(file.read_text("utf-8"))) == [], file


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("stage.label_keep", "stage.label_keeps"),
        ("target_label", "label_target"),
        ("loki.process.lines.receiver", "loki.process.line.receiver"),
        ("forward_to = [loki.write.loki.receiver]", ""),
        ('"[redacted]"', '"[redacted]'),
        ('action        = "keep"\n\t}', 'action        = "keep"\n\t'),
        ('replace    = "[redacted]"', 'replace    = "\\[redacted]"'),
        ('environment = "production",', 'environment = "production" component = "x"'),
    ],
)
def test_a_fault_in_alloys_file_is_found(rendered: Path, good: str, bad: str) -> None:
    text = (rendered / "sample-app-one-server-production" / "config.alloy").read_text("utf-8")
    assert good in text
    try:
        found = wrong_with(read_alloy(text.replace(good, bad, 1)))
    except AlloyError:
        return
    assert found


def test_labels_are_the_component_and_the_environment_and_nothing_else(rendered: Path) -> None:
    for file in different(rendered, "config.alloy"):
        read = read_alloy(file.read_text("utf-8"))
        (kept,) = read.all("stage.label_keep")
        assert kept.attributes["values"] == ["component", "environment"], file


def lines_after(text: str, line: str) -> str | None:
    """Return what the stages make of a line: redacted, or None where it is dropped.

    RE2 and Python read the expressions that are written here alike.
    """
    read = read_alloy(text)
    for stage in read.all("stage.replace"):
        pattern = str(stage.attributes["expression"])
        shown = str(stage.attributes["replace"])
        line = re.sub(pattern, lambda found, shown=shown: _covered(found, shown), line)
    for stage in read.all("stage.drop"):
        text_of = _path_and_status(line) if "source" in stage.attributes else line
        if text_of is not None and re.search(str(stage.attributes["expression"]), text_of):
            return None
    return line


def _covered(found: re.Match[str], shown: str) -> str:
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return found[0][:start] + shown + found[0][end:]


def _path_and_status(line: str) -> str | None:
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return f"{read['path']};{read['status']}" if {"path", "status"} <= read.keys() else None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('10.0.0.1 - "GET /readyz HTTP/1.1" 200', None),
        ('10.0.0.1 - "GET /readyz HTTP/1.1" 503', '10.0.0.1 - "GET /readyz HTTP/1.1" 503'),
        ('10.0.0.1 - "GET /readyzz HTTP/1.1" 200', '10.0.0.1 - "GET /readyzz HTTP/1.1" 200'),
        ('{"path": "/readyz", "status": 204}', None),
        ('{"path": "/notes", "status": 200}', '{"path": "/notes", "status": 200}'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ('{"authorization": "Basic Zm9v"}', '{"authorization": "Basic [redacted]"}'),
        (r'{"body": "{\"password\": \"x1\"}"}', r'{"body": "{\"password\": \"[redacted]\"}"}'),
        ("postgresql://notes:x1@db:5432/notes", "postgresql://notes:[redacted]@db:5432/notes"),
        ("the password was changed", "the password was changed"),
    ],
)
def test_what_becomes_of_a_line(line: str, kept: str | None) -> None:
    files = {f.path: f.text for f in TARGET.render(system("sample-app", "one-server")).files}
    assert lines_after(files["config.alloy"], line) == kept
