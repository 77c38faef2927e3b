"""Hooks of a deploy as programs of this machine."""

from __future__ import annotations

from pathlib import Path

from outgrow.clients.hook_commands import LocalHooks
from outgrow.deploy.values import Ran, Version

VERSION = Version("v1a", "shop/api@sha256:1", "shop/api:1")


def run(folder: Path, *command: str) -> tuple[Ran, list[str]]:
    told: list[str] = []
    hooks = LocalHooks(folder, "staging", "api", told.append)
    return hooks.run(command, VERSION), told


def test_a_text_is_run_by_a_shell_in_the_folder_of_the_strategy(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("a\nb\n")
    ran, told = run(tmp_path, "wc -l < names | tr -d ' '; exit 3")
    assert ran == Ran(3, ("2",))
    assert told == ["2"]


def test_a_list_is_run_as_it_stands(tmp_path: Path) -> None:
    ran, _ = run(tmp_path, "echo", "$HOME; exit 3")
    assert ran == Ran(0, ("$HOME; exit 3",))


def test_it_is_told_what_is_deployed_where(tmp_path: Path) -> None:
    names = ("VERSION", "ARTIFACT", "ENVIRONMENT", "COMPONENT")
    ran, _ = run(tmp_path, "echo " + " ".join(f"$OUTGROW_{name}" for name in names))
    assert ran.lines == ("v1a shop/api@sha256:1 staging api",)


def test_what_it_says_against_itself_is_kept_too(tmp_path: Path) -> None:
    ran, _ = run(tmp_path, "echo broken >&2; exit 1")
    assert ran == Ran(1, ("broken",))


def test_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    ran, told = run(tmp_path, "seq 200")
    assert (len(told), ran.lines[-1], len(ran.lines)) == (200, "200", 50)


def test_a_program_that_is_not_there_fails(tmp_path: Path) -> None:
    ran, _ = run(tmp_path, "no-such-program", "--flag")
    assert ran == Ran(127, ("no-such-program: No such file or directory",))
