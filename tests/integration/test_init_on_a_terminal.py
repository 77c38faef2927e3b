"""`outgrow init` on a terminal: questions, an interruption, and folders that are of no use."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.commands import clean_environment, outgrow
from tests.terminals import terminal


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a store that only a driver speaks for: that is a question."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    (folder / "requirements.txt").write_text("fastapi\nuvicorn\npsycopg\n")
    return folder


def test_questions_are_answered_one_after_the_other(repository: Path, tmp_path: Path) -> None:
    with terminal("init", str(repository), home=tmp_path) as run:
        run.wait_for("] ")
        run.press("till\n")
        for _ in range(12):
            run.press("\n")
        assert run.finish() == 0, run.seen
    assert "name: till\n" in (repository / "outgrow.yaml").read_text()


def test_an_interruption_in_the_middle_writes_nothing(repository: Path, tmp_path: Path) -> None:
    with terminal("init", str(repository), home=tmp_path) as run:
        run.wait_for("] ")
        os.killpg(run.process.pid, signal.SIGINT)
        assert run.finish() == 130
        assert "Traceback" not in run.seen
    assert sorted(one.name for one in repository.iterdir()) == ["main.py", "requirements.txt"]


def test_with_yes_nothing_is_asked(repository: Path, tmp_path: Path) -> None:
    with terminal("init", str(repository), "--yes", home=tmp_path) as run:
        assert run.finish() == 0
    assert "name: shop\n" in (repository / "outgrow.yaml").read_text()


def test_the_end_of_the_input_takes_the_defaults(repository: Path, tmp_path: Path) -> None:
    with terminal("init", str(repository), home=tmp_path) as run:
        run.wait_for("] ")
        run.press("\x04" * 12)
        assert run.finish() == 0, run.seen
    assert "name: shop\n" in (repository / "outgrow.yaml").read_text()


@pytest.mark.parametrize("files", [{}, {"README.md": "# Plans\n\nNothing yet.\n"}], ids=len)
def test_a_folder_in_which_nothing_runs_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    ran = outgrow("init", str(folder), "--yes", home=tmp_path)
    assert ran.code == 2
    assert "nothing was found that runs" in ran.err
    assert "compose files, Dockerfiles" in ran.err
    assert not (folder / "outgrow.yaml").exists()


def test_a_folder_that_cannot_be_written_to_is_named(repository: Path, tmp_path: Path) -> None:
    target = repository / "sealed"
    target.write_text("a file, not a folder\n")
    ran = outgrow(
        "init", str(repository), "--yes", "--output", str(target / "outgrow.yaml"), home=tmp_path
    )
    assert ran.code in (2, 3)
    assert "Traceback" not in ran.err
    assert "sealed" in ran.err


def test_a_locale_without_utf8_is_no_obstacle(repository: Path, tmp_path: Path) -> None:
    (repository / "Procfile").write_text("web: uvicorn main:app  # \u00fcber alles\n", "utf-8")
    environment = clean_environment(tmp_path) | {"LC_ALL": "C", "PYTHONUTF8": "0"}
    environment["PYTHONCOERCECLOCALE"] = "0"
    for extra in ("--print", "--yes"):
        ran = outgrow("init", str(repository), extra, home=tmp_path, environment=environment)
        assert ran.code == 0, ran.err
        assert "Traceback" not in ran.err
    assert "name: shop" in (repository / "outgrow.yaml").read_text("utf-8")
