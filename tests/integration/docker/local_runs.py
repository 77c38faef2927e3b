"""Runs of `outgrow up` on the engine of the tests, and what they leave."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.commands import Ran, clean_environment
from tests.engines.docker_engine import DockerEngine

_UP_SECONDS = 400


def environment(engine: DockerEngine, home: Path) -> dict[str, str]:
    host = engine.environment.get("DOCKER_HOST")
    return clean_environment(home, **({"DOCKER_HOST": host} if host else {}))


def outgrow(engine: DockerEngine, folder: Path, *arguments: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "outgrow", *arguments],
        cwd=folder,
        env=environment(engine, folder),
        capture_output=True,
        text=True,
        timeout=_UP_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def ask(port: int, method: str, path: str, body: str | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status in (200, 201), answer.read()
        return answer.read().decode()
    finally:
        connection.close()


@contextmanager
def nothing_left(engine: DockerEngine) -> Iterator[None]:
    """What existed before exists afterwards, and nothing else does."""
    before = engine.everything()
    yield
    assert engine.everything() == before


_APPLICATION = """
import http.server
import sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

def serve(address):
    http.server.ThreadingHTTPServer(address, Answer).serve_forever()

"""


def small_application(folder: Path, last_line: str) -> Path:
    """A strategy with one service of one file, which ends with `last_line`."""
    (folder / "app").mkdir()
    (folder / "app" / "main.py").write_text(_APPLICATION + last_line + "\n")
    (folder / "app" / "requirements.txt").write_text("")
    (folder / "outgrow.yaml").write_text(
        """
outgrow: 1
name: small
components:
  api:
    kind: service
    public: true
    needs: {ports: [8000], health_path: /, vcpu: 0.5, memory_gib: 0.125}
    build: {folder: app, runtime: python, installs_from: requirements.txt}
    run:
      command: [python, -u, main.py]
      health: {path: /, interval_seconds: 1, timeout_seconds: 2, retries: 2, start_seconds: 1}
phases:
  one: {use: {api: {offering: self-hosted/docker}}}
"""
    )
    return folder
