"""Whatever a phase is rendered as, the application finds its settings as they were written.

Every target quotes text by its own rules: Compose, Kustomize, Terraform, Pulumi's Python and the
scripts of machines each hand the same value on.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from base64 import b64decode
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from tests.rendered.checkers import YAMLLINT
from tests.rendered.container_files import fill_in, write
from tests.systems import EXAMPLES
from tests.tools import find_tool, run_tool, said, tool

from outgrow.catalog.load import load_catalog
from outgrow.render.aws.region import regions_of
from outgrow.render.aws.user_data import user_data
from outgrow.render.compose.target import local_rendering
from outgrow.render.kubernetes.target import cluster_rendering
from outgrow.render.pulumi_aws.target import TARGET as PULUMI
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.terraform_aws import TARGET as TERRAFORM
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for

HOSTILE = """'$HOME' ${x} $${y} $(z) %{if} ${{ w }} "q" \\n {{ v }} `u` %%{t}  end"""
Settings = dict[str, Any]


@cache
def with_kit(example: str, phase: str) -> System:
    """Return a phase of an example whose services import the kit and send a hostile header."""
    text = (EXAMPLES / example / "outgrow.yaml").read_text("utf-8")
    text = re.sub(r"^    kind: (service|worker)$", r"    kind: \1\n    kit: true", text, flags=re.M)
    told = {"X-Hostile": HOSTILE, "X-Long": "default-src 'self'; " * 12}
    headers = json.dumps(told, ensure_ascii=False)
    loaded = parse_strategy(f"{text}\nhttp: {{headers: {headers}}}\n")
    catalog = catalogue_for(loaded.strategy, load_catalog())
    return build_system(loaded.strategy, catalog, phase, None, loaded.source.locate)


def wanted(system: System, name: str) -> Settings:
    """Return the settings of a part as the system has them."""
    part = system.part(name)
    assert part is not None
    read: Settings = json.loads(part.environment["OUTGROW_KIT"])
    assert read["http"]["headers"]["X-Hostile"] == HOSTILE
    return read


def test_compose_hands_the_settings_on(tmp_path: Path) -> None:
    system = with_kit("sample-app", "one-server")
    fill_in(write(local_rendering(system), tmp_path))
    done = run_tool("docker-compose", "config", cwd=tmp_path)
    assert done.returncode == 0, said(done)
    # What `config` prints is a Compose file again, in which `$` would stand twice.
    services = yaml.safe_load(done.stdout)["services"]
    for name in ("api", "worker"):
        assert json.loads(services[name]["environment"]["OUTGROW_KIT"]) == _settings(system, name)


def _settings(system: System, name: str) -> Settings:
    part = system.part(name)
    assert part is not None
    read: Settings = json.loads(part.environment["OUTGROW_KIT"])
    return read


def test_compose_stays_readable(tmp_path: Path) -> None:
    system = with_kit("sample-app", "one-server")
    write(local_rendering(system), tmp_path)
    rules = YAMLLINT.replace("line-length: disable", "line-length: {max: 120}")
    linted = run_tool("yamllint", "--strict", "-d", rules, tmp_path / "compose.yaml")
    assert linted.returncode == 0, said(linted)
    formatted = run_tool("prettier", "--check", "--no-config", tmp_path / "compose.yaml")
    assert formatted.returncode == 0, said(formatted)


def test_kustomize_hands_the_settings_on(tmp_path: Path) -> None:
    system = with_kit("nowry", "kubernetes")
    for file in cluster_rendering(system).files:
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    overlay = next(tmp_path.glob("overlays/*/kustomization.yaml"))
    assert _config_of(overlay, "backend") == wanted(system, "backend")
    formatted = run_tool("prettier", "--check", "--no-config", overlay)
    assert formatted.returncode == 0, said(formatted)


def _config_of(overlay: Path, name: str) -> Settings:
    """Return what the ConfigMap of a part holds, as Kustomize makes it."""
    if find_tool("kubectl") is not None:
        done = run_tool("kubectl", "kustomize", overlay.parent)
        assert done.returncode == 0, said(done)
        made = [one for one in yaml.safe_load_all(done.stdout) if one["kind"] == "ConfigMap"]
        (data,) = [one["data"] for one in made if one["metadata"]["name"].startswith(name)]
        found: Settings = json.loads(data["OUTGROW_KIT"])
        return found
    generated = yaml.safe_load(overlay.read_text())["configMapGenerator"]
    (literals,) = [one["literals"] for one in generated if one["name"].startswith(name)]
    (text,) = [one for one in literals if one.startswith("OUTGROW_KIT=")]
    read: Settings = json.loads(text.removeprefix('OUTGROW_KIT="').removesuffix('"'))
    return read


def test_terraform_reads_the_settings(tmp_path: Path) -> None:
    system = with_kit("sample-app", "aws")
    texts = [file.text for file in TERRAFORM.render(system).files if file.path.endswith(".tf")]
    written = [
        found
        for text in texts
        for found in re.findall(r'"((?:[^"\\\n]|\\.)*\\"version\\"(?:[^"\\\n]|\\.)*)"', text)
    ]
    read = {one["service"]: one for one in map(_terraform_string, written)}
    assert read["api"] == wanted(system, "api")
    assert read["worker"] == _settings(system, "worker")


def _terraform_string(literal: str) -> Settings:
    """Return the settings in a quoted string of Terraform, which must hold no template."""
    assert re.search(r"(?<![$%])[$%]\{", literal) is None
    if find_tool("terraform") is None:
        plain = literal.replace("%%{", "%{").replace("$${", "${")
        found: Settings = json.loads(json.loads(f'"{plain}"'))
        return found
    return _evaluated(f'"{literal}"')


def _evaluated(expression: str) -> Settings:
    """Return what Terraform itself takes for a text of its language."""
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [tool("terraform"), "console"],
            input=f"base64encode({expression})\n",
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, said(done)
    read: Settings = json.loads(b64decode(done.stdout.strip().strip('"')))
    return read


def test_pulumi_programs_hold_the_settings() -> None:
    system = with_kit("sample-app", "aws")
    programs = [f.text for f in PULUMI.render(system).files if f.path.endswith(".py")]
    texts = [
        node.value
        for program in programs
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    read = [json.loads(text) for text in texts if text.startswith('{"version":')]
    assert wanted(system, "api") in read


def test_the_script_of_a_machine_writes_the_settings_to_the_file_that_docker_reads(
    tmp_path: Path,
) -> None:
    system = with_kit("pocketable", "multi-instance")
    (region,) = regions_of(system)
    (machine,) = [one for one in system.parts if one.name == "machine"]
    script = user_data(region, machine)
    head, tail = script.split("OUTGROW_KIT=")
    group = head[head.rindex("\n{\n") :] + "OUTGROW_KIT=" + tail[: tail.index("\n} >")]
    writing = group + '\n} >"$file"'
    no_secrets_manager = 'secret() { printf "%s=kept\\n" "$1"; }'
    done = run_tool("bash", "-c", f"file={tmp_path}/env\n{no_secrets_manager}\n{writing}")
    assert done.returncode == 0, said(done)
    (written,) = [
        line.removeprefix("OUTGROW_KIT=")
        for line in (tmp_path / "env").read_text("utf-8").splitlines()
        if line.startswith("OUTGROW_KIT=")
    ]
    assert json.loads(written) == wanted(system, "backend")


def test_terraform_puts_the_addresses_of_replicas_together() -> None:
    texts = [file.text for file in TERRAFORM.render(with_kit("nexod", "production")).files]
    for number in (1, 2):
        address = f"${{aws_db_instance.db_replica_{number}.address}}:5432"
        assert any(address in text for text in texts)
        assert any(f"/DATABASE_REPLICA_{number}_URL" in text for text in texts)
