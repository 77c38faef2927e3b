"""Measures `outgrow env switch`: check the profile, ask its endpoint, replace the active file.

Run `python benchmarks/bench_env_switch.py`. Each row is the whole command in a process of its
own, as a person waits for it, Python's start included; the endpoint is on loopback and wants the
credential. The target is held against the seconds of the processor, because a busy machine says
nothing about the command; what it waited for stands beside them. There is no peer that checks
before it copies: the last row is `cp`, which the command replaces.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter
from typing import NamedTuple

_RUNS = 9
_TARGET_SECONDS = 1.0
_REPOSITORY = Path(__file__).resolve().parents[1]
_STRATEGY = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    secrets: {API_KEY: "env:API_KEY", API_URL: "env:API_URL"%s}
    credentials: {API_KEY: {endpoint: API_URL, probe: /me}}
phases: {one: {use: {api: {offering: self-hosted/docker}}}}
environments:
  production: {hosts: {API_URL: [localhost]}}
  development: {hosts: {API_URL: [localhost]}, rules: {production_data: false}}
"""
_JUDGED = "switch, its endpoint asked"
_MORE = 40  # variables beside the two, in a profile of usual size


class _Endpoint(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.headers.get("Authorization") else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Print a table; exit 1 where the target is missed."""
    with tempfile.TemporaryDirectory() as name, _endpoint() as port:
        folder = Path(name)
        _write_shop(folder, port)
        outgrow = [sys.executable, "-m", "outgrow", "env"]
        rows = {
            _JUDGED: _timed(folder, [*outgrow, "switch", "{}", "--yes"]),
            "switch --no-live": _timed(folder, [*outgrow, "switch", "{}", "--yes", "--no-live"]),
            "check, its endpoint asked": _timed(folder, [*outgrow, "check", "{}"]),
            "`cp .env.NAME .env`": _timed(folder, ["cp", ".env.{}", ".env"]),
        }
    print(f"| {_MORE + 2} variables, {_RUNS} runs | processor, s | waited, s | slowest, s |")
    print("| --- | ---: | ---: | ---: |")
    for told, runs in rows.items():
        used, waited = median(one.used for one in runs), [one.waited for one in runs]
        print(f"| {told} | {used:.2f} | {median(waited):.2f} | {max(waited):.2f} |")
    print(f"\nTarget: switch and verify in under {_TARGET_SECONDS:g} s.", end=" ")
    print(f"Load of this machine meanwhile: {os.getloadavg()[0]:.1f}")
    sys.exit(median(one.used for one in rows[_JUDGED]) >= _TARGET_SECONDS)


class _Run(NamedTuple):
    used: float
    waited: float


def _timed(folder: Path, words: Sequence[str]) -> list[_Run]:
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(_REPOSITORY / "src"),
    }  # fmt: skip
    found = []
    for run in range(_RUNS + 1):
        name = ("development", "production")[run % 2]
        command = [word.replace("{}", name) for word in words]
        before, began = _used(), perf_counter()
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        found.append(_Run(_used() - before, perf_counter() - began))
    return found[1:]  # the first one compiles and makes the state


def _used() -> float:
    """Return the seconds of the processor that ended children took."""
    children = getrusage(RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _write_shop(folder: Path, port: int) -> None:
    more = "".join(f', KEY_{number}: "env:KEY_{number}"' for number in range(_MORE))
    (folder / "outgrow.yaml").write_text(_STRATEGY % more)
    for name in ("development", "production"):
        lines = [f"API_KEY=key-of-{name}", f"API_URL=http://localhost:{port}"]
        lines += [f"KEY_{number}=value {number} of {name}" for number in range(_MORE)]
        (folder / f".env.{name}").write_text("\n".join(lines) + "\n")


@contextmanager
def _endpoint() -> Iterator[int]:
    with ThreadingHTTPServer(("localhost", 0), _Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


if __name__ == "__main__":
    main()
