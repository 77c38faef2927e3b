"""Rules of the repository that no linter knows."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

LOCK_FILES = ["requirements.lock", "requirements-dev.lock"]
# Ruff bans unittest.mock, but cannot see an attribute of a fixture.
PATCH = re.compile(r"\bmonkeypatch\.(setattr|setitem|delattr)\(")


def normalized(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pinned(lock: str) -> set[str]:
    return {normalized(line) for line in lock.splitlines() if re.match(r"\w", line)}


def test_tests_pass_fakes_and_patch_nothing(repository: Path) -> None:
    files = sorted((repository / "tests").rglob("*.py"))
    assert files
    assert [f.name for f in files if PATCH.search(f.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_names_no_address_and_no_folder(repository: Path, name: str) -> None:
    lock = (repository / name).read_text(encoding="utf-8")
    assert re.findall(r"\S*://\S*|--\S*index\S*|--find-links|(?<!\S)/\S+", lock) == []


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_locked_package_has_a_version_and_a_hash(repository: Path, name: str) -> None:
    lock = (repository / name).read_text(encoding="utf-8")
    entries = re.findall(r"^\w.*(?:\n +--hash.*)*", lock, re.MULTILINE)
    # A package has two entries where Pythons need different versions of it.
    assert {normalized(e) for e in entries} == pinned(lock) != set()
    assert [e for e in entries if "==" not in e or "--hash=sha256:" not in e] == []


def test_the_lock_files_hold_everything_that_pyproject_asks_for(repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = settings["project"], settings["dependency-groups"]
    runtime = {normalized(name) for name in project["dependencies"] + groups["build"]}
    development = {normalized(name) for name in project["optional-dependencies"]["dev"]}
    locks = [pinned((repository / name).read_text(encoding="utf-8")) for name in LOCK_FILES]
    assert runtime - locks[0] == set()
    assert (runtime | development) - locks[1] == set()


def test_every_decision_is_in_the_index_of_decisions(repository: Path) -> None:
    decisions = repository / "docs" / "adr"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    names = sorted(path.name for path in decisions.glob("[0-9]*.md"))
    assert names
    assert [name for name in names if f"({name})" not in index] == []
