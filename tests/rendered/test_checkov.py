"""checkov reads every tree of `terraform-aws`: what it finds is fixed, or waived with a reason.

It takes longer to start than to read, so one run reads all trees and the seeded faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.terraform import trees as rendered_trees
from tests.terraform import write
from tests.tools import run_tool, said

pytestmark = pytest.mark.xdist_group("checkov")  # one run of it for all of them

# What a careless hand would change, and the finding that tells of it.
_FAULTS = {
    "database.tf": (
        ("storage_encrypted     = true", "storage_encrypted     = false", "CKV_AWS_16"),
        ("publicly_accessible    = false", "publicly_accessible    = true", "CKV_AWS_17"),
    ),
    "storage.tf": (("block_public_acls       = true", "block_public_acls = false", "CKV_AWS_53"),),
    "keys.tf": (("enable_key_rotation     = true", "enable_key_rotation = false", "CKV_AWS_7"),),
    "cdn.tf": (("redirect-to-https", "allow-all", "CKV_AWS_34"),),
}
_WAIVER = re.compile(r"#checkov:skip=(\w+)(.*)")


class Finding(NamedTuple):
    """A check that failed, and where."""

    tree: str
    check: str
    resource: str


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every distinct tree of the examples, and one more with seeded faults."""
    folder = tmp_path_factory.mktemp("checkov")
    for tree, files in rendered_trees().items():
        write(files, folder / tree)
    write(rendered_trees()["nexod-production-production"], folder / "faults")
    for name, changes in _FAULTS.items():
        path = folder / "faults" / name
        text = path.read_text(encoding="utf-8")
        for right, wrong, check in changes:
            assert right in text, f"{check}: {right!r} is not in {name}"
            text = text.replace(right, wrong)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def findings(trees: Path) -> Sequence[Finding]:
    """What checkov finds in all of them."""
    arguments = ("--framework", "terraform", "--compact", "--quiet", "--skip-download")
    done = run_tool("checkov", *arguments, "-o", "json", "-d", trees, timeout_seconds=300)
    assert done.stdout.startswith("{"), said(done)
    report = json.loads(done.stdout)
    assert report["summary"]["resource_count"] > 1000, report["summary"]
    assert report["summary"]["parsing_errors"] == 0, report["results"]["parsing_errors"]
    return [_finding(one) for one in report["results"]["failed_checks"]]


def _finding(one: Mapping[str, str]) -> Finding:
    return Finding(one["file_path"].split("/")[1], one["check_id"], one["resource"])


def test_nothing_is_found_that_has_no_reason(findings: Sequence[Finding]) -> None:
    assert [one for one in findings if one.tree != "faults"] == []


@pytest.mark.parametrize("check", [fault[2] for faults in _FAULTS.values() for fault in faults])
def test_a_seeded_fault_is_found(findings: Sequence[Finding], check: str) -> None:
    assert check in {one.check for one in findings if one.tree == "faults"}


def test_every_waiver_says_why(trees: Path) -> None:
    waivers = [
        found
        for path in sorted(trees.rglob("*.tf"))
        for found in _WAIVER.findall(path.read_text(encoding="utf-8"))
    ]
    assert waivers
    assert [code for code, why in waivers if len(why.removeprefix(":").split()) < 4] == []
