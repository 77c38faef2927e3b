"""`outgrow init` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.commands import outgrow
from tests.unit.discovery.shapes import FULL_STACK, MONOREPO, Shape


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return written(MONOREPO, tmp_path / "shop")


def written(shape: Shape, folder: Path) -> Path:
    for path, text in shape.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_a_draft_is_written_that_checks_without_errors(repository: Path, tmp_path: Path) -> None:
    ran = outgrow("init", str(repository), "--yes", home=tmp_path)
    assert ran.code == 0, ran.err
    assert "backend/app/main.py:3" in ran.out
    checked = outgrow("check", str(repository), home=tmp_path)
    assert "0 errors, 0 warnings" in checked.out


def test_a_strategy_that_is_there_is_not_replaced(repository: Path, tmp_path: Path) -> None:
    (repository / "outgrow.yaml").write_text("mine\n")
    ran = outgrow("init", str(repository), "--yes", home=tmp_path)
    assert ran.code == 2
    assert "--force" in ran.err
    assert (repository / "outgrow.yaml").read_text() == "mine\n"


def test_force_keeps_a_copy_of_every_file_it_replaces(repository: Path, tmp_path: Path) -> None:
    for text in ("first\n", "second\n"):
        (repository / "outgrow.yaml").write_text(text)
        assert outgrow("init", str(repository), "--force", home=tmp_path).code == 0
    kept = [path.read_text() for path in sorted(repository.glob("*.bak"))]
    assert kept == ["first\n", "second\n"]


def test_print_writes_nothing(repository: Path, tmp_path: Path) -> None:
    ran = outgrow("init", str(repository), "--print", home=tmp_path)
    assert ran.out.startswith("# Drafted by `outgrow init`")
    assert not (repository / "outgrow.yaml").exists()


def test_an_answer_wins_over_what_was_found(repository: Path, tmp_path: Path) -> None:
    answers = ("--answer", "backend.command=hypercorn app.main:app", "--answer", "name=till")
    ran = outgrow("init", str(repository), "--print", *answers, home=tmp_path)
    assert 'command: ["hypercorn app.main:app"]' in ran.out
    assert "\nname: till\n" in ran.out


def test_an_answer_to_no_question_is_refused(repository: Path, tmp_path: Path) -> None:
    ran = outgrow("init", str(repository), "--print", "--answer", "nothing=x", home=tmp_path)
    assert ran.code == 2
    assert "backend.command" in ran.err


def test_two_drafts_of_one_repository_are_the_same_bytes(tmp_path: Path) -> None:
    folder = written(FULL_STACK, tmp_path / "shop")
    first, second = (outgrow("init", str(folder), "--print", home=tmp_path).out for _ in range(2))
    assert first == second


def test_json_names_each_part_with_its_evidence(repository: Path, tmp_path: Path) -> None:
    ran = outgrow("init", str(repository), "--json", "--print", home=tmp_path)
    found = json.loads(ran.out)["result"]
    (backend,) = (one for one in found["services"] if one["name"] == "backend")
    assert backend["command"] == "uvicorn app.main:app --host 0.0.0.0 --port 8000"
    assert backend["command_evidence"]["file"] == "backend/app/main.py"
    assert [one["kind"] for one in found["stores"]] == ["postgres"]
