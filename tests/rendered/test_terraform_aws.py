"""Terraform's own tools on every tree that outgrow renders for AWS."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from tests.aws_schema import FILE, faults, kept, rendered_blocks, slim
from tests.conftest import REPOSITORY
from tests.terraform import (
    Terraform,
    distinct_trees,
    terraform,
    trees,
    write,
)
from tests.terraform_together import complaints
from tests.tools import run_tool, said, tool

from outgrow.render.rendered_file import RenderedFile

pytestmark = pytest.mark.xdist_group("terraform-aws")  # validates every tree, in two minutes
NEXOD = "nexod-production-production"
# Together these hold every kind of block that a test in a tree speaks of.
TESTED = (
    NEXOD,
    "nowry-aws-production",
    "floyo-self-hosted-production",
    "pocketable-development-production",
    "sprint-one-scaled-production",
    "two-regions",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All trees, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("trees")
    for name, files in trees().items():
        write(files, folder / name)
    return folder


def _changed(
    files: tuple[RenderedFile, ...], path: str, old: str, new: str
) -> tuple[RenderedFile, ...]:
    """Return `files` with a fault in one of them."""
    before = next(file.text for file in files if file.path == path)
    assert old in before
    text = before.replace(old, new, 1)
    return tuple(RenderedFile(path, text) if file.path == path else file for file in files)


def test_terraform_fmt_finds_nothing_to_change(written: Path) -> None:
    done = run_tool("terraform", "fmt", "-check", "-recursive", "-diff", cwd=written)
    assert done.returncode == 0, said(done)


def test_terraform_fmt_would_change_a_file_that_is_not_aligned(tmp_path: Path) -> None:
    files = _changed(trees()[NEXOD], "network.tf", "  cidr_block           =", "  cidr_block =")
    done = run_tool("terraform", "fmt", "-check", "-recursive", cwd=write(files, tmp_path))
    assert done.returncode != 0


FAULTS = (
    ("ecs.tf", "desired_count ", "desired_cuont "),
    ("security.tf", "aws_vpc.main.id", "aws_vpc.mein.id"),
    ("load_balancer.tf", "vpc_id ", "vpc_identifier "),
)


@pytest.fixture(scope="module")
def refused(program: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What `terraform validate` has against each tree and each fault, all in one process."""
    bootstrap = tuple(
        RenderedFile(file.path.removeprefix("bootstrap/"), file.text)
        for file in trees()[NEXOD]
        if file.path.startswith("bootstrap/")
    )
    faulty = {f"fault in {path}": _changed(trees()[NEXOD], path, o, n) for path, o, n in FAULTS}
    asked = {**distinct_trees(), "bootstrap": bootstrap, **faulty}
    return complaints(asked, program, tmp_path_factory.mktemp("together") / "root")


def test_terraform_validates_every_tree_and_the_module_of_the_state_bucket(
    refused: Mapping[str, set[str]],
) -> None:
    assert len(distinct_trees()) >= 10
    assert {name: said_of for name, said_of in refused.items() if "fault" not in name} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_terraform_refuses_a_seeded_fault(
    fault: tuple[str, str, str], refused: Mapping[str, set[str]]
) -> None:
    path, _, wrong = fault
    assert any(
        text.startswith(path) and wrong.strip().rpartition("aws_vpc.")[2].split(".")[0] in text
        for text in refused[f"fault in {path}"]
    )


def _modules(folder: Path) -> list[Path]:
    return sorted(path.parent.parent for path in folder.rglob("properties.tftest.hcl"))


@pytest.mark.parametrize("name", TESTED)
def test_the_tests_that_stand_in_the_tree_pass(
    name: str, program: Terraform, written: Path
) -> None:
    for module in _modules(written / name):
        done = program.run(program.initialised(module), "test", "-no-color")
        assert done.returncode == 0, said(done)
        assert "Success!" in done.stdout


def test_the_tests_that_stand_in_the_tree_catch_seeded_faults(
    program: Terraform, tmp_path: Path
) -> None:
    files = trees()[NEXOD]
    for path, old, new in (
        ("load_balancer.tf", "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
        ("ecs.tf", "assign_public_ip = false", "assign_public_ip = true"),
        ("ecs.tf", "rollback = true", "rollback = false"),
    ):
        files = _changed(files, path, old, new)
    done = program.run(program.initialised(write(files, tmp_path)), "test", "-no-color")
    assert done.returncode != 0
    for message in ("TLS 1.2 or newer", "no public address", "rolled back"):
        assert message in done.stdout + done.stderr


def test_every_block_has_only_arguments_that_the_provider_knows() -> None:
    schema = kept()
    found = [
        fault
        for name, block in rendered_blocks()
        for fault in faults(
            schema[f"{block.kind}.{block.type}"], block.arguments, f"{name}: {block.type}"
        )
    ]
    assert found == []


def test_an_argument_that_the_provider_does_not_know_is_found() -> None:
    schema = kept()["resource.aws_vpc"]
    assert list(faults(schema, {"cidr": "10.0.0.0/16"}, "vpc")) == ["vpc: no argument cidr"]
    schema = kept()["resource.aws_ecs_service"]
    assert list(faults(schema, {}, "service")) == ["service: name is missing"]


def test_the_schema_kept_with_the_tests_is_the_providers(
    program: Terraform, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    versions = tuple(file for file in trees()[NEXOD] if file.path == "versions.tf")
    provider = program.schema(write(versions, tmp_path))
    text = json.dumps(slim(provider), indent=1, sort_keys=True) + "\n"
    golden(str(FILE.relative_to(REPOSITORY)), text)


_OVERRIDE = """provider "aws" {{
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {{
    sts     = "{0}"
    route53 = "{0}"
    ssm     = "{0}"
  }}
}}

# moto knows Amazon's own images, and not those of Canonical.
data "aws_ssm_parameter" "ubuntu_amd64" {{
  name = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
}}
"""


@pytest.fixture
def accounts() -> Iterator[str]:
    """The address of a server that answers for STS, SSM and Route 53, with the zone example.com."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [tool("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    retries = Config(retries={"total_max_attempts": 40, "mode": "standard"})
    try:
        boto3.client(
            "route53",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=retries,
        ).create_hosted_zone(Name="example.com", CallerReference="test")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_plan_with_fake_credentials_builds_the_whole_phase(
    accounts: str, program: Terraform, tmp_path: Path
) -> None:
    files = tuple(file for file in trees()[NEXOD] if file.path != "backend.tf")
    folder = write(files, tmp_path)
    (folder / "test_override.tf").write_text(_OVERRIDE.format(accounts), encoding="utf-8")
    checks = (folder / "tests" / "properties.tftest.hcl").read_text(encoding="utf-8")
    values = checks.split("variables {\n")[1].split("\n}")[0]
    (folder / "terraform.tfvars").write_text(f'{values}\ndomain = "example.com"\n')
    done = program.run(program.initialised(folder), "plan", "-input=false", "-no-color")
    assert done.returncode == 0, said(done)
    planned = re.search(r"Plan: (\d+) to add, 0 to change, 0 to destroy", done.stdout)
    assert planned is not None
    blocks = sum(file.text.count('\nresource "') for file in files if "/" not in file.path)
    assert int(planned[1]) >= blocks
