"""The Compose files of what watches: both versions of Compose take them, and names agree."""

from __future__ import annotations

from pathlib import Path

import yaml
from tests.systems import all_systems
from tests.tools import run_tool, said

from outgrow.render.grafana.provisioning import compose_text as grafana_stack
from outgrow.render.prometheus.stack import needed_variables, project_name, stack_text


def test_compose_takes_the_stack_of_prometheus(tmp_path: Path) -> None:
    seen = set()
    for name, system in all_systems():
        text = stack_text(system)
        shape = text.replace(system.name, "").replace(system.environment, "")
        if shape in seen:
            continue
        seen.add(shape)
        (tmp_path / "compose.yaml").write_text(text)
        values = dict.fromkeys(needed_variables(system), "postgresql://somebody@somewhere")
        done = run_tool(
            "docker-compose", "--file", "compose.yaml", "config", "--quiet",
            cwd=tmp_path, environment=values,
        )  # fmt: skip
        assert done.returncode == 0, (name, said(done))
        schema = run_tool(
            "check-jsonschema", "--builtin-schema", "vendor.compose-spec",
            tmp_path / "compose.yaml",
        )  # fmt: skip
        assert schema.returncode == 0, (name, said(schema))


def test_grafana_joins_the_network_that_prometheus_makes() -> None:
    for name, system in all_systems():
        made = yaml.safe_load(stack_text(system))["networks"]["default"]["name"]
        assert made == project_name(system)
        joined = yaml.safe_load(grafana_stack(system)).get("networks")
        if joined:  # without Prometheus it has none to join
            assert made in [one.get("name") for one in joined.values() if one], name
