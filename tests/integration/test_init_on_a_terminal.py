"""`outgrow init` on a terminal: questions, an interruption, and folders that are of no use."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.commands import clean_environment, outgrow

_PATIENCE_SECONDS = 40


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a store that only a driver speaks for: that is a question."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    (folder / "requirements.txt").write_text("fastapi\nuvicorn\npsycopg\n")
    return folder


class Terminal:
    """A program on a pseudo-terminal: what it prints so far, and keys for it."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process, self.seen = process, ""
        self._end = end

    def wait_for(self, text: str) -> None:
        """Read until `text` was printed."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.seen:
            if not self._read(until):
                raise AssertionError(f"{text!r} was not printed, but: {self.seen}")

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._end, keys.encode())

    def finish(self) -> int:
        """Read to the end; return the exit code."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._read(until):
            pass
        return self.process.wait(timeout=_PATIENCE_SECONDS)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], max(until - time.monotonic(), 0))
        try:
            piece = os.read(self._end, 4096) if ready else b""
        except OSError:  # the other end is closed
            piece = b""
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)


@contextmanager
def terminal(*arguments: str, home: Path, **environment: str) -> Iterator[Terminal]:
    """Run `outgrow` on a pseudo-terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "outgrow", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=clean_environment(home) | {"TERM": "xterm"} | environment,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=_PATIENCE_SECONDS)
        os.close(ours)


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
