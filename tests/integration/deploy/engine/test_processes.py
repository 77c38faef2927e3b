"""Deploys as processes on one state: killed with SIGKILL, two at once, and Ctrl-C."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, Ran
from tests.unit.deploy.commanding import STRATEGY

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.deploy.values import SlotState

_SECONDS = 60
_SHORT = "{bake_seconds: 0, drain_seconds: 0}"


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a command on the shop in `tmp_path`; whatever still runs at the end is ended."""
    with ExitStack() as stack:

        def one(*arguments: str) -> subprocess.Popen[str]:
            process = begin(tmp_path, *arguments)
            stack.callback(ended, process)
            return process

        yield one


def ended(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("process.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str], words: str) -> None:
    """Return once `process` has told `words` on stderr."""
    assert process.stderr is not None
    while words not in (line := process.stderr.readline()):
        assert line, f"it ended and never said {words!r}"


def ran(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=_SECONDS)
    return Ran(process.returncode, out, err)


def write(folder: Path, deploy: str) -> None:
    text = STRATEGY.replace("{RUN}", "{}").replace("{RULES}", "{}").replace("{DEPLOY}", deploy)
    (folder / "outgrow.yaml").write_text(text)


def shop(folder: Path) -> Path:
    write(folder, _SHORT)
    assert ran(begin(folder, "deploy", "shop/api:1")).code == 0
    return folder


def slots(folder: Path) -> dict[str, SlotState]:
    found: dict[str, SlotState] = pickle.loads((folder / "production.fleet").read_bytes())
    return found


def taking(folder: Path) -> set[str | None]:
    """Return the versions that have traffic; every instance has one."""
    with_traffic = [one for one in slots(folder).values() if one.has_traffic]
    assert {one.number for one in with_traffic} == {1, 2}
    return {one.version for one in with_traffic}


def until(there: Path) -> None:
    end = monotonic_seconds() + _SECONDS
    while not there.exists():
        assert monotonic_seconds() < end, f"{there} did not appear"
        wait_seconds(0.02)


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary"])
def test_killed_with_sigkill_the_next_command_brings_one_version(
    kind: str, tmp_path: Path, start: Start
) -> None:
    folder = shop(tmp_path)
    (old,) = taking(folder)
    for moments, command in ((9, ("rollback",)), (19, ("deploy", "shop/api:2"))):
        killed = ran(start("--moments", str(moments), "--kind", kind, "deploy", "shop/api:2"))
        assert killed.code == -signal.SIGKILL
        done = ran(start(*command))
        assert done.code == 0, done.err
        (found,) = taking(folder)
        assert (found == old) == (command == ("rollback",))
        word = "it is taken back first" if command == ("rollback",) else "it goes on from there"
        assert word in done.out


def test_the_second_of_two_deploys_is_refused_with_who_holds_the_lock(
    tmp_path: Path, start: Start
) -> None:
    gate = shop(tmp_path) / "go"
    first = start("--hold", str(gate), "deploy", "shop/api:2")
    until(gate.with_suffix(".here"))
    second = ran(start("deploy", "shop/api:3"))
    assert second.code == 3
    assert f"(process {first.pid}) deploys api in production" in second.err
    gate.touch()
    assert ran(first).code == 0


def test_the_second_of_two_deploys_can_wait(tmp_path: Path, start: Start) -> None:
    gate = shop(tmp_path) / "go"
    first = start("--hold", str(gate), "deploy", "shop/api:2")
    until(gate.with_suffix(".here"))
    second = start("--wait", "50", "deploy", "shop/api:3")
    said(second, "waiting for")
    gate.touch()
    assert ran(first).code == 0
    done = ran(second)
    assert done.code == 0, done.err
    assert "(shop/api:3)" in done.out


def test_ctrl_c_takes_a_deploy_back_in_order(tmp_path: Path, start: Start) -> None:
    folder = shop(tmp_path)
    write(folder, "{strategy: blue_green, bake_seconds: 50, drain_seconds: 0}")
    (old,) = taking(folder)
    process = start("deploy", "shop/api:2")
    said(process, "==> bake")
    process.send_signal(signal.SIGINT)
    done = ran(process)
    assert done.code == 1
    assert "why: interrupted by Ctrl-C (at `bake`)" in done.out
    assert taking(folder) == {old}
