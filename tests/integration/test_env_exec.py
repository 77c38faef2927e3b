"""`outgrow env exec` starts a program that reads its settings with outgrow-kit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, Ran, clean_environment, outgrow

STRATEGY = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    kit: true
    talks_to: [db, cache]
    environment: {LOG_LEVEL: info}
  db: {kind: postgres, needs: {connections: 40}}
  cache: {kind: redis}
phases:
  small:
    use: {api: {offering: self-hosted/docker}, db: {offering: self-hosted/docker}}
  grown:
    use:
      api: {offering: self-hosted/docker}
      db: {offering: self-hosted/docker}
      cache: {offering: self-hosted/docker}
environments:
  production: {}
  development: {phase: small}
  staging: {phase: grown}
http: {headers: {X-Odd: "$5 'and' \\"more\\""}}
"""
PRINTS_ITS_SETTINGS = """\
import json, os
from outgrow_kit import Settings
read = Settings.from_environment()
print(json.dumps({
    "url": read.database.url.reveal(), "shared": read.cache.shared, "phase": read.phase,
    "headers": dict(read.http.headers), "level": os.environ["LOG_LEVEL"], "shown": repr(read),
    "plugins": os.environ.get("PYDANTIC_DISABLE_PLUGINS"),
}))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "outgrow.yaml").write_text(STRATEGY, encoding="utf-8")
    (folder / ".env.development").write_text("DATABASE_URL=postgresql://u:planted@h/small\n")
    staging = "DATABASE_URL=postgresql://u:planted@h/grown\nREDIS_URL=redis://planted\n"
    (folder / ".env.staging").write_text(staging)
    return folder


def environment(home: Path, **extra: str) -> dict[str, str]:
    found = clean_environment(home, **extra)
    return found | {"PYTHONPATH": f"{found['PYTHONPATH']}:{REPOSITORY / 'kit' / 'src'}"}


def executed(shop: Path, *words: str, **extra: str) -> Ran:
    return outgrow(
        "env", "exec", *words, home=shop, folder=shop, environment=environment(shop, **extra)
    )


def test_the_same_program_finds_another_phase_in_another_environment(shop: Path) -> None:
    program = (sys.executable, "-c", PRINTS_ITS_SETTINGS)
    small = json.loads(executed(shop, "--", *program).out)
    grown = json.loads(executed(shop, "--environment", "staging", "--", *program).out)
    assert (small["phase"], small["shared"]) == ("small", "postgres")
    assert small["url"] == "postgresql://u:planted@h/small"
    assert (grown["phase"], grown["shared"]) == ("grown", "redis")
    assert grown["headers"] == {"X-Odd": "$5 'and' \"more\""}
    assert (grown["level"], grown["plugins"]) == ("info", None)
    assert "planted" not in grown["shown"]


def test_a_secret_of_the_process_comes_before_the_file(shop: Path) -> None:
    done = executed(shop, "printenv", "DATABASE_URL", DATABASE_URL="postgresql://here")
    assert done.out == "postgresql://here\n"


def test_the_exit_code_is_that_of_the_program(shop: Path) -> None:
    done = executed(shop, "--", "sh", "-c", "exit 41")
    assert done.code == 41
    assert done.err == "==> shop: api, phase small in development\n"


def test_what_is_missing_is_refused_before_anything_starts(shop: Path) -> None:
    (shop / ".env.staging").unlink()
    done = executed(shop, "--environment", "staging", "--", "touch", str(shop / "started"))
    assert done.code == 2
    assert "no value for DATABASE_URL, REDIS_URL" in done.err
    assert not (shop / "started").exists()


def test_show_prints_no_secret_and_where_each_comes_from(shop: Path) -> None:
    words = ("env", "show", "--environment", "staging")
    done = outgrow(*words, home=shop, folder=shop, environment=environment(shop))
    assert done.code == 0
    assert "planted" not in done.out + done.err
    assert "***" in done.out
    assert ".env.staging" in done.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_program(shop: Path, number: signal.Signals) -> None:
    program = (
        "import signal, sys\n"
        "for one in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(one, lambda number, frame: sys.exit(60 + number))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    command = [sys.executable, "-m", "outgrow", "env", "exec", "--", sys.executable, "-c", program]
    with subprocess.Popen(
        command,
        cwd=shop,
        env=environment(shop),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        os.kill(running.pid, number)
        assert running.wait(timeout=20) == 60 + number


def test_a_program_that_writes_into_a_closed_pipe_ends_as_it_would_alone(shop: Path) -> None:
    done = executed(shop, "--", "bash", "-c", "set -o pipefail; yes | head -1")
    assert (done.code, done.out) == (128 + signal.SIGPIPE, "y\n")
