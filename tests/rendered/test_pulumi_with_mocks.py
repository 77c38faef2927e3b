"""Every rendered Pulumi program runs, makes what Terraform makes, and reads as Python should."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.terraform import aws_systems
from tests.tools import run_tool, said, tool

from outgrow.render.aws.graph import aws_modules
from outgrow.render.pulumi_aws.places import address
from outgrow.render.pulumi_aws.program import logical_name
from outgrow.render.pulumi_aws.target import TARGET
from outgrow.render.system.model import System
from outgrow.render.terraform_aws import TARGET as TERRAFORM
from outgrow.render.writers.pulumi_python import pulumi_type
from outgrow.render.writers.pulumi_usage import used_names

pytestmark = pytest.mark.xdist_group("pulumi-programs")  # they run once for all of them
HERE = Path(__file__).parent
TABLE = "src/outgrow/render/writers/pulumi_names.json"


def python_of_the_tools(script: str, question: object) -> Any:
    """Return what `script` answers in the Python that has pulumi_aws: the one beside checkov."""
    python = Path(tool("checkov")).with_name("python")
    done = _run(python, script, json.dumps(question))
    assert done.returncode == 0, said(done)
    return json.loads(done.stdout)


def _run(python: Path, script: str, question: str) -> Any:
    command = [str(python), str(HERE / script)]
    return subprocess.run(
        command, input=question, text=True, capture_output=True, timeout=300, check=False
    )


def write(system: System, folder: Path) -> Path:
    for file in TARGET.render(system).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return folder


def configuration(folder: Path) -> dict[str, str]:
    """Return a value of its type for every setting that the program asks for."""
    settings = folder / "settings.py"
    asked = (
        re.findall(r'config\.(\w+)\(\s*"(\w+)"', settings.read_text()) if settings.exists() else []
    )
    known = {"domain": "example.com", "alert_email": "team@example.com"}
    kinds = {"require_bool": "true", "require_object": '["203.0.113.7/32"]'}
    return {name: known.get(name, kinds.get(method, "100")) for method, name in asked}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every program registers, run one after another in one process."""
    asked = {}
    for name, system in aws_systems().items():
        folder = write(system, tmp_path_factory.mktemp("pulumi") / name)
        asked[name] = {"folder": str(folder), "config": configuration(folder)}
    found: dict[str, Any] = python_of_the_tools("pulumi_run.py", asked)
    return found


def short(token: str) -> str:
    _, module, kind = token.split(":")
    return f"{module.split('/')[0]}.{kind}"


def registered(outcome: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(
        (short(one["type"]), one["name"])
        for one in outcome["resources"]
        if one["type"].startswith("aws:")
    )


def of_terraform(system: System) -> list[tuple[str, str]]:
    found = []
    for file in TERRAFORM.render(system).files:
        module, _, name = file.path.rpartition("/")
        if not name.endswith(".tf") or module == "bootstrap":
            continue
        for type_, block in re.findall(r'^resource "(\w+)" "(\w+)"', file.text, re.MULTILINE):
            prefix = f"{module.rsplit('/', 1)[-1].replace('_', '-')}-" if module else ""
            found.append((pulumi_type(type_).call.replace("lambda_.", "lambda."), prefix + block))
    return sorted(found)


def inputs(outcome: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["inputs"] for one in outcome["resources"] if short(one["type"]) == kind]


def test_every_program_runs(outcomes: dict[str, Any]) -> None:
    failed = {name: one["failed"] for name, one in outcomes.items() if one["failed"]}
    assert outcomes
    assert not failed


def test_every_program_makes_what_terraform_makes(outcomes: dict[str, Any]) -> None:
    for name, system in aws_systems().items():
        assert registered(outcomes[name]) == of_terraform(system), name


def test_every_program_makes_what_the_graph_holds(outcomes: dict[str, Any]) -> None:
    for name, system in aws_systems().items():
        wanted = sorted(
            logical_name(address(key, block))
            for key, module in aws_modules(system).items()
            for block in module.resources
            if block.kind == "resource"
        )
        assert sorted(block for _, block in registered(outcomes[name])) == wanted, name


def test_no_dictionary_holds_a_key_that_the_provider_does_not_know(
    outcomes: dict[str, Any],
) -> None:
    assert {name: one["unknown"] for name, one in outcomes.items() if one["unknown"]} == {}


def test_sizes_and_addresses_arrive(outcomes: dict[str, Any]) -> None:
    nexod = outcomes["nexod-production-production"]
    (vpc,) = inputs(nexod, "ec2.Vpc")
    assert vpc["cidrBlock"] == "10.0.0.0/16"
    capacities = {
        (t["minCapacity"], t["maxCapacity"]) for t in inputs(nexod, "appautoscaling.Target")
    }
    assert (2, 10) in capacities
    assert any(db.get("multiAz") for db in inputs(nexod, "rds.Instance"))
    subnets = [subnet["cidrBlock"] for subnet in inputs(nexod, "ec2.Subnet")]
    assert len(subnets) == len(set(subnets)) >= 4


def test_regions_are_made_by_their_own_providers(outcomes: dict[str, Any]) -> None:
    floyo = outcomes["floyo-scale-production"]
    far = [one for one in floyo["resources"] if one["name"].startswith("eu-west-1-")]
    assert far
    assert all("eu_west_1" in one["provider"] for one in far)


def test_an_unknown_argument_and_an_unknown_key_are_found(tmp_path: Path) -> None:
    folder = write(aws_systems()["nexod-production-production"], tmp_path)
    balancer = next(p for p in folder.glob("*.py") if '"path": "' in p.read_text())
    balancer.write_text(balancer.read_text().replace('"path": "', '"pth": "', 1))
    asked = {"broken": {"folder": str(folder), "config": configuration(folder)}}
    found = python_of_the_tools("pulumi_run.py", asked)["broken"]
    assert any(".pth" in place for place in found["unknown"])
    network = folder / "network.py"
    network.write_text(network.read_text().replace("vpc_id=", "vpcid=", 1))
    found = python_of_the_tools("pulumi_run.py", asked)["broken"]
    assert "vpcid" in found["failed"]


def formatter(folder: Path) -> Any:
    """Ask about the program; the source of functions is the same as Terraform's."""
    arguments = ("--isolated", "--line-length", "88", "--check", "--exclude", "lambda")
    return run_tool("ruff", "format", *arguments, folder)


def test_every_program_is_formatted_and_compiles(tmp_path: Path) -> None:
    for name, system in aws_systems().items():
        write(system, tmp_path / name)
        for path in (tmp_path / name).rglob("*.py"):
            compile(path.read_text(), str(path), "exec", ast.PyCF_ONLY_AST)
        rules = ("--select", "E4,E7,E9,F,I,B,UP,SIM", "--exclude", "lambda")
        done = run_tool("ruff", "check", "--isolated", *rules, ".", cwd=tmp_path / name)
        assert done.returncode == 0, said(done)
    done = formatter(tmp_path)
    assert done.returncode == 0, said(done)


def test_the_formatter_can_fail(tmp_path: Path) -> None:
    folder = write(aws_systems()["nexod-production-production"], tmp_path)
    network = folder / "network.py"
    network.write_text(network.read_text().replace("vpc_id=", "vpc_id = ", 1))
    assert formatter(tmp_path).returncode == 1


def test_the_table_of_names_is_what_the_installed_provider_says(golden: Any) -> None:
    used = used_names(aws_modules(system) for system in aws_systems().values())
    table = python_of_the_tools("pulumi_evidence.py", used)
    lines = [f"{json.dumps(kind)}: {json.dumps(entry)}" for kind, entry in table.items()]
    golden(TABLE, "{\n" + ",\n".join(lines) + "\n}\n")
