"""Terraform for tests: a provider from a mirror on this machine or the network, or neither."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.systems import all_systems
from tests.tools import find_tool, run_tool, said

from outgrow.operations.opened import open_strategy
from outgrow.render.registry import target
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System

TWO_REGIONS = Path(__file__).parent / "data" / "aws" / "two-regions.yaml"
OTHER_STORES = TWO_REGIONS.with_name("other-stores.yaml")
BEHIND_A_CDN = TWO_REGIONS.with_name("behind-a-cdn.yaml")
_PROVIDER = "registry.terraform.io/hashicorp/aws"
_MIRRORS = (
    *filter(None, [os.environ.get("OUTGROW_TERRAFORM_MIRROR")]),
    *sorted(map(str, Path("/opt").glob("*"))),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    str(Path.home() / ".terraform.d" / "plugins"),
)


def two_regions() -> System:
    """Return a system on Fargate and RDS in two regions, with hostile text in it."""
    return _kept(TWO_REGIONS, "regions")


def other_stores() -> System:
    """Return a system with the stores of AWS that no example rents, far from us-east-1."""
    return _kept(OTHER_STORES, "only")


def behind_a_cdn() -> System:
    """Return a system whose load balancer is reached through CloudFront and no other way."""
    return _kept(BEHIND_A_CDN, "only")


def aws_systems() -> Mapping[str, System]:
    """Return every system that the targets for AWS apply to: the examples, and those kept here."""
    kept = {
        "two-regions": two_regions(),
        "other-stores": other_stores(),
        "behind-a-cdn": behind_a_cdn(),
    }
    applies = target("terraform-aws").applies
    return {n: s for n, s in {**dict(all_systems()), **kept}.items() if applies(s)}


def _kept(path: Path, phase: str) -> System:
    found = open_strategy(str(path))
    return build_system(found.strategy, found.catalog, phase, None, found.loaded.source.locate)


@cache
def trees() -> Mapping[str, tuple[RenderedFile, ...]]:
    """Return the files of every system that the target applies to, by the system's name."""
    render = target("terraform-aws").render
    return {name: render(system).files for name, system in aws_systems().items()}


def distinct_trees() -> Mapping[str, tuple[RenderedFile, ...]]:
    """Return one system of each set that differs in nothing but tags and names of places."""
    found: dict[str, tuple[str, ...]] = {}
    for name, files in trees().items():
        found[name] = tuple(sorted(f"{f.path}:{_shape(f.text)}" for f in files))
    first: dict[tuple[str, ...], str] = {}
    for name, shape in found.items():
        first.setdefault(shape, name)
    return {name: trees()[name] for name in first.values()}


def _shape(text: str) -> str:
    """Return what validation depends on: which blocks there are, with which arguments."""
    lines = [line.split("=")[0].strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def write(files: tuple[RenderedFile, ...], folder: Path) -> Path:
    """Write `files` below `folder`; return it."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return folder


@cache
def mirror() -> Path | None:
    """Return a folder of Terraform plugins that holds hashicorp/aws, or None."""
    return next((Path(m) for m in _MIRRORS if (Path(m) / _PROVIDER).is_dir()), None)


class Terraform:
    """The program with its provider; `folder` holds what runs share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = folder / "terraform.rc"
        found = mirror()
        lines = f'filesystem_mirror {{\n    path = "{found}"\n  }}' if found else "direct {}"
        config.write_text(f"provider_installation {{\n  {lines}\n}}\n", encoding="utf-8")
        self.environment = {
            "TF_CLI_CONFIG_FILE": str(config),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Return what terraform said in `folder`."""
        return run_tool(
            "terraform",
            *arguments,
            cwd=folder,
            environment=self.environment,
            timeout_seconds=240,
        )

    def initialised(self, folder: Path) -> Path:
        """Return `folder` after `terraform init`, without its backend."""
        done = self.run(folder, "init", "-backend=false", "-input=false", "-no-color")
        assert done.returncode == 0, said(done)
        return folder

    def schema(self, folder: Path) -> dict[str, Any]:
        """Return what the provider says of every resource."""
        done = self.run(self.initialised(folder), "providers", "schema", "-json")
        found: dict[str, Any] = json.loads(done.stdout)["provider_schemas"][_PROVIDER]
        return found


def terraform(folder: Path) -> Terraform:
    """Return Terraform with its provider, or skip the test and say why."""
    if find_tool("terraform") is None:
        pytest.skip("terraform is not installed; the schema kept with the tests still checks")
    found = Terraform(folder)
    if mirror() is None:
        probe = write((RenderedFile("versions.tf", _PROBE),), folder / "probe")
        if found.run(probe, "init", "-input=false").returncode != 0:
            pytest.skip(
                "no mirror on this machine holds hashicorp/aws and the registry cannot be reached;"
                " the schema kept with the tests still checks every block"
            )
    return found


_PROBE = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}
"""
