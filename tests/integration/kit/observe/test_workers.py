"""Metrics of an application that runs as several worker processes of uvicorn."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from tests.engines.processes import answers, free_port, running

_APP = """
import os
from outgrow_kit.observe import Metrics, observe
metrics = Metrics(workers=2)
from fastapi import FastAPI
app = FastAPI()
users = metrics.gauge("active_users", "Users.")

@app.get("/pid")
def pid() -> int:
    return os.getpid()

@app.get("/users/{count}")
def set_users(count: int) -> int:
    users.set(count)
    return count

observe(app, metrics)
"""


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def ask(port: int, path: str) -> str:
    # A connection of its own each time, so that both workers get some.
    return httpx.get(f"http://127.0.0.1:{port}{path}").text


def test_workers_add_up_and_a_worker_that_dies_takes_nothing_away(
    tmp_path: Path, repository: Path
) -> None:
    (tmp_path / "served.py").write_text(_APP)
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "served:app", "--port", str(port), "--workers", "2",
        "--log-level", "warning",
    ]  # fmt: skip
    environment = {
        "PYTHONPATH": f"{repository / 'kit' / 'src'}:{tmp_path}",
        "TMPDIR": str(tmp_path),
    }
    name = 'http_requests_total{endpoint="/pid",method="GET",status="200"}'
    with running(command, tmp_path, lambda: answers(port), environment):
        pids, sent = set(), 0
        deadline = time.monotonic() + 30
        while len(pids) < 2 and time.monotonic() < deadline:
            pids.add(int(ask(port, "/pid")))
            sent += 1
        assert len(pids) == 2, "only one worker answered"
        assert [value(ask(port, "/metrics"), name) for _ in range(4)] == [sent] * 4
        ask(port, "/users/41")
        ask(port, "/users/42")
        assert value(ask(port, "/metrics"), "active_users") == 42
        assert value(ask(port, "/metrics"), "process_resident_memory_bytes") > 0
        os.kill(min(pids), signal.SIGKILL)
        again = value(_when_it_answers(port), name)
        assert again == sent


def _when_it_answers(port: int) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            return ask(port, "/metrics")
        except httpx.TransportError:
            assert time.monotonic() < deadline


def test_a_folder_that_somebody_else_laid_there_is_not_used(
    tmp_path: Path, repository: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"outgrow-kit-metrics-{os.getuid()}").symlink_to(elsewhere)
    done = subprocess.run(
        [sys.executable, "-c", "from outgrow_kit.observe import Metrics; Metrics(workers=2)"],
        env={"PYTHONPATH": str(repository / "kit" / "src"), "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "KitError" in done.stderr
    assert "PROMETHEUS_MULTIPROC_DIR" in done.stderr
    assert not list(elsewhere.iterdir())
