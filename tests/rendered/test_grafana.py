"""Dashboards without a Grafana: Prometheus reads every query, a schema reads every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.systems import all_systems
from tests.tools import run_tool, said

from outgrow.render.alerts.cloudwatch_blocks import cloudwatch_alarms
from outgrow.render.grafana.target import TARGET

RENDERED = {name: TARGET.render(system) for name, system in all_systems()}
DATA = Path(__file__).parent.parent / "data"
YAMLLINT = (
    "{extends: default, rules: {line-length: {max: 120}, indentation: {spaces: 2},"
    " comments: {min-spaces-from-content: 1}}}"
)


def dashboards() -> Iterator[tuple[str, Any]]:
    for name, rendering in RENDERED.items():
        for file in rendering.files:
            if file.path.endswith(".json"):
                yield f"{name}/{file.path}", json.loads(file.text)


def written(folder: Path, suffix: str) -> list[Path]:
    """Write every rendered file with `suffix`, and return the paths."""
    found = []
    for name, rendering in RENDERED.items():
        for file in rendering.files:
            if file.path.endswith(suffix):
                path = folder / name / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text, encoding="utf-8")
                found.append(path)
    return found


def expressions(value: Any) -> Iterator[str]:
    """Yield every PromQL expression of a document, its variables filled in as Grafana does."""
    if isinstance(value, list):
        for one in value:
            yield from expressions(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "expr":
                yield one.replace("$__rate_interval", "5m").replace("$component", ".*")
            else:
                yield from expressions(one)


def rule_file(folder: Path, asked: list[str]) -> Path:
    rules = [{"record": f"panel:{i}", "expr": one} for i, one in enumerate(asked)]
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    return path


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    text = (DATA / "grafana_dashboard_schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    asked = sorted({one for _, found in dashboards() for one in expressions(found)})
    assert len(asked) > 80
    assert [one for one in asked if "$" in one] == []
    done = run_tool("promtool", "check", "rules", rule_file(tmp_path, asked))
    assert done.returncode == 0, said(done)
    assert f"{len(asked)} rules found" in done.stdout


def test_prometheus_would_refuse_a_broken_one(tmp_path: Path) -> None:
    asked = sorted({one for _, found in dashboards() for one in expressions(found)})
    broken = [*asked, asked[0].replace(")", "", 1)]
    assert run_tool("promtool", "check", "rules", rule_file(tmp_path, broken)).returncode != 0


def test_every_dashboard_follows_the_schema(schema: Draft202012Validator) -> None:
    Draft202012Validator.check_schema(schema.schema)
    found = [
        (name, error.message) for name, one in dashboards() for error in schema.iter_errors(one)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"gridPos"', '"gridpos"'),
        ('"schemaVersion": 39', '"schemaVersion": "39"'),
        ('"expr"', '"expression"'),
        ('"w": 6', '"w": 30'),
        ('"mode": "absolute"', '"mode": "relative"'),
        ('"unit": "ms"', '"unit": "millis"'),
    ],
)
def test_the_schema_refuses_a_fault(right: str, wrong: str, schema: Draft202012Validator) -> None:
    files = RENDERED["nexod-production-production"].files
    text = next(f.text for f in files if f.path == "dashboards/overview.json")
    assert right in text
    assert list(schema.iter_errors(json.loads(text.replace(right, wrong, 1)))) != []


def test_cloudwatch_is_asked_for_what_its_alarms_watch() -> None:
    """Namespaces and names are those of one table; a panel invents none."""
    alarmed = {
        (block.arguments["namespace"], block.arguments["metric_name"])
        for _, system in all_systems()
        for block in cloudwatch_alarms(system)
        if "namespace" in block.arguments
    }
    asked = {
        (target["namespace"], target["metricName"])
        for _, found in dashboards()
        for one in found["panels"]
        for target in one.get("targets", [])
        if "namespace" in target
    }
    assert len(alarmed) > 3
    # Prometheus of a cluster knows its machines, and is asked before CloudWatch.
    in_cluster = {one for one in alarmed if one[0] == "ContainerInsights"}
    assert in_cluster
    for name in ("floyo-self-hosted-production", "nowry-kubernetes-production"):
        told = " ".join(
            e for n, one in dashboards() if n.startswith(name) for e in expressions(one)
        )
        assert "node_memory_" in told, name
        assert "node_filesystem_" in told, name
    assert alarmed - in_cluster <= asked | {("AWS/CertificateManager", "DaysToExpiry")}


def test_yamllint_finds_nothing(tmp_path: Path) -> None:
    files = [*written(tmp_path, ".yml"), *written(tmp_path, ".yaml")]
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *files)
    assert done.returncode == 0, said(done)


def test_compose_accepts_the_container(tmp_path: Path) -> None:
    files = written(tmp_path, "compose.yaml")
    done = run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", *files)
    assert done.returncode == 0, said(done)


def test_docker_compose_reads_it(tmp_path: Path) -> None:
    written(tmp_path, "compose.yaml")
    folder = tmp_path / "nexod-production-production"
    done = run_tool("docker-compose", "config", "--quiet", cwd=folder)
    assert done.returncode == 0, said(done)
