"""The command as installed: exit codes, streams, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, clean_environment, outgrow

TINY = """\
outgrow: 1
name: Tiny
demand: {users: {unit: people}}
components:
  web: {kind: frontend}
phases:
  launch:
    serves: {users: 0-100}
    use:
      web: {offering: vercel/pro, seats: 1}
    next:
      growth: {when: {metric: users, at_least: 100}}
  growth:
    serves: {users: 100+}
    use:
      web: {offering: vercel/pro, seats: 2}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a small strategy."""
    (tmp_path / "outgrow.yaml").write_text(TINY)
    return tmp_path


def test_version_is_one_line(tmp_path: Path) -> None:
    ran = outgrow("--version", home=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("outgrow ")


def test_the_nearest_strategy_upward_is_used(project: Path) -> None:
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    ran = outgrow("cost", home=project, folder=below)
    assert ran.code == 0
    assert "launch" in ran.out


def test_no_strategy_anywhere_says_what_to_do(tmp_path: Path) -> None:
    ran = outgrow("status", home=tmp_path, folder=tmp_path)
    assert ran.code == 2
    assert "no outgrow.yaml here or in any folder above" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("values", "code"), [("users=40", 0), ("users=100", 1)], ids=["stay", "move"]
)
def test_status_tells_a_scheduled_job_by_its_exit_code(
    project: Path, values: str, code: int
) -> None:
    (project / "outgrow.yaml").write_text(TINY + "current: launch\n")
    assert outgrow("status", "--set", values, home=project, folder=project).code == code


def test_status_without_any_usage_is_unknown_and_never_fine(project: Path) -> None:
    ran = outgrow("status", home=project, folder=project)
    assert ran.code == 2
    assert "unknown" in ran.out
    assert "no value for `users`" in ran.out


def test_a_misspelt_key_is_shown_where_it_stands_with_a_suggestion(project: Path) -> None:
    (project / "outgrow.yaml").write_text(TINY.replace("serves: {users: 0-100}", "servs: {}"))
    ran = outgrow("cost", home=project, folder=project)
    assert ran.code == 2
    assert "outgrow.yaml:8:5" in ran.err
    assert "serves" in ran.err
    assert ran.out == ""


def test_every_fault_is_reported_at_once(project: Path) -> None:
    broken = TINY.replace("kind: frontend", "kind: fronted").replace("seats: 2", "seats: -2")
    (project / "outgrow.yaml").write_text(broken)
    ran = outgrow("check", "--json", home=project, folder=project)
    findings = json.loads(ran.out)["result"][0]["findings"]
    assert ran.code == 2
    assert len(findings) == 2
    assert all(one["location"]["line"] and one["remedy"] for one in findings)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("not UTF-8", b"outgrow: 1\nname: \xff\xfe\n"),
        ("a tab", b"outgrow: 1\n\tname: x\n"),
        ("empty", b""),
        ("five megabytes", b"a: b\n" * 1_048_576),
        ("deep", b"[" * 200_000),
        ("a bomb", b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9))
            for n in range(12)
        )),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_is_no_strategy_gets_a_diagnostic_and_no_traceback(
    project: Path, name: str, content: bytes
) -> None:
    (project / "outgrow.yaml").write_bytes(content)
    ran = outgrow("check", home=project, folder=project)
    assert ran.code == 2, name
    assert "outgrow.yaml" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_a_missing_file_a_wrong_flag_and_a_wrong_name_end_with_2(project: Path) -> None:
    wrong = (
        ("cost", "nowhere.yaml"),
        ("cost", "--phase", "lunch"),
        ("cost", "--environment", "prod"),
        ("cost", "--set", "users"),
        ("cost", "--set", "visitors=3"),
        ("cost", "--autostop", "often"),
        ("cost", "--reserve", "2y"),
        ("cost", "--spot", "7"),
        ("status", "--usage", "nowhere.csv"),
        ("status", "--now", "tomorrow"),
        ("price", "nowhere.yaml"),
        ("catalog", "show", "vercel/por"),
        ("catalog", "refresh", "gcp"),
        ("cost", "--no-such-flag"),
        ("no-such-command",),
    )
    for arguments in wrong:
        ran = outgrow(*arguments, home=project, folder=project)
        assert ran.code == 2, (arguments, ran)
        assert ran.err, arguments
        assert "Traceback" not in ran.err, arguments


def test_json_is_versioned_and_has_null_for_unknown(project: Path) -> None:
    unknown = TINY.replace("offering: vercel/pro, seats: 1", "offering: vercel/enterprise")
    (project / "outgrow.yaml").write_text(unknown)
    ran = outgrow("cost", "--json", home=project, folder=project)
    answer = json.loads(ran.out)
    assert (answer["outgrow_json"], answer["command"]) == (1, "cost")
    costs = answer["result"][0]["costs"]["expected"]
    assert costs["resources"][0]["lines"][0]["unit_price_usd"] is None
    assert costs["total"] == {"amount_usd_month": 0, "at_least": True}


def test_colours_only_on_a_terminal_and_never_with_no_color(project: Path) -> None:
    plain = outgrow("status", "--set", "users=100", home=project, folder=project)
    assert "\x1b[" not in plain.out
    forced = clean_environment(project) | {"FORCE_COLOR": "1"}
    del forced["NO_COLOR"]
    coloured = outgrow(
        "status", "--set", "users=100", home=project, folder=project, environment=forced
    )
    assert "\x1b[" in coloured.out


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    shell = f"{sys.executable} -m outgrow catalog list | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell],
        cwd=REPOSITORY,
        env=clean_environment(project),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.count("\n") == 1


def _opened_for_writing(fifo: Path, deadline: float) -> int:
    """Return the fifo's writing end as soon as somebody reads it."""
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline, "nobody opened the usage file"


def _interrupted(running: subprocess.Popen[str], deadline: float) -> tuple[str, str]:
    """Press Ctrl-C until the command ends: one just before a read blocks goes unnoticed."""
    while True:
        running.send_signal(signal.SIGINT)
        try:
            return running.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            assert time.monotonic() < deadline, "it does not stop"


def test_interrupting_prints_no_traceback(project: Path) -> None:
    fifo = project / "usage.csv"
    os.mkfifo(fifo)  # reading it blocks until somebody writes
    running = subprocess.Popen(
        [sys.executable, "-m", "outgrow", "status", "--usage", str(fifo)],
        cwd=project,
        env=clean_environment(project),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    writer = _opened_for_writing(fifo, deadline=time.monotonic() + 30)
    out, err = _interrupted(running, deadline=time.monotonic() + 30)
    os.close(writer)
    assert running.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in out + err


def _no_room() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def test_a_full_disk_leaves_the_old_document_whole(project: Path) -> None:
    out = project / "docs"
    assert outgrow("docs", "--out", str(out), home=project, folder=project).code == 0
    before = {path: path.read_bytes() for path in out.rglob("*.*")}
    (project / "outgrow.yaml").write_text(TINY.replace("name: Tiny\n", "name: Tinier\n"))
    ran = outgrow("docs", "--out", str(out), home=project, folder=project, preexec_fn=_no_room)
    assert ran.code == 3
    assert "cannot be written" in ran.err
    assert {path: path.read_bytes() for path in out.rglob("*.*")} == before


def test_docs_check_tells_whether_the_document_is_current(project: Path) -> None:
    arguments = ("docs", "--out", "out")
    assert outgrow(*arguments, "--check", home=project, folder=project).code == 1
    assert outgrow(*arguments, home=project, folder=project).code == 0
    assert outgrow(*arguments, "--check", home=project, folder=project).code == 0


def test_the_schema_can_be_written_and_is_json(project: Path) -> None:
    assert outgrow("schema", "--out", "s.json", home=project, folder=project).code == 0
    schema = json.loads((project / "s.json").read_text())
    assert schema["title"] == "outgrow strategy"


def test_every_command_shows_an_example_in_its_help(tmp_path: Path) -> None:
    commands = ("check", "status", "cost", "compare", "price", "decide", "matrix", "docs", "schema")
    for command in (*commands, "catalog list", "catalog show", "catalog search", "catalog refresh"):
        ran = outgrow(*command.split(), "--help", home=tmp_path)
        assert ran.code == 0
        assert f"Example: outgrow {command}" in ran.out


def test_shell_completion_can_be_shown(tmp_path: Path) -> None:
    ran = outgrow("--show-completion", "bash", home=tmp_path)
    assert ran.code == 0
    assert "_OUTGROW_COMPLETE" in ran.out
