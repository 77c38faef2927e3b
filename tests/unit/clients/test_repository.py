"""Walking a repository that nobody vouches for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outgrow.clients.repository import MOST_FILES, walk_repository
from outgrow.discovery.combine import discover
from outgrow.errors import InputError


def test_no_symbolic_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "Dockerfile").write_text("FROM python:3\nCMD secret\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "folder").symlink_to(outside)
    (inside / "Dockerfile").symlink_to(outside / "Dockerfile")
    (inside / "loop").symlink_to(inside)
    assert dict(walk_repository(str(inside)).files) == {}


def test_a_pipe_is_neither_listed_nor_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Procfile")
    repository = walk_repository(str(tmp_path))
    assert "Procfile" not in repository.files
    repository.sizes["Procfile"] = 10  # it became one after it was listed
    assert repository.read("Procfile", 100) is None
    assert repository.problems


def test_a_file_that_cannot_be_read_is_survived_and_mentioned(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("web: x\n")
    repository = walk_repository(str(tmp_path))
    (tmp_path / "Procfile").unlink()
    assert repository.read("Procfile", 100) is None
    assert repository.problems == ["Procfile: No such file or directory"]


def test_names_that_are_no_text_are_left_out(tmp_path: Path) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe.py")).write_text("x")
    (tmp_path / "a\nb.py").write_text("x")
    assert dict(walk_repository(str(tmp_path)).files) == {}


def test_other_peoples_code_and_build_output_are_left_out(tmp_path: Path) -> None:
    for folder in ("node_modules/x", ".git", "venv/lib", "vendor/y", "dist", "__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text("{}")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "Dockerfile").write_text("FROM scratch\n")
    assert list(walk_repository(str(tmp_path)).files) == ["build/Dockerfile"]


def test_a_huge_file_is_never_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "docker-compose.yml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    found = discover(walk_repository(str(tmp_path)))
    assert found.services == []


def test_a_repository_without_end_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("web: python app.py\n")
    (tmp_path / "deep").mkdir()
    for n in range(MOST_FILES + 10):
        (tmp_path / "deep" / f"{n}.txt").touch()
    repository = walk_repository(str(tmp_path))
    assert len(repository.files) == MOST_FILES
    assert "only the first" in repository.problems[0]
    assert [one.name for one in discover(repository).services] == ["api"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        walk_repository(str(tmp_path / "gone"))
