"""A strategy with one service on this machine, behind a HAProxy that outgrow keeps."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.commands import clean_environment
from tests.engines.docker_engine import DockerEngine
from tests.engines.http_app.running import APP, app_image
from tests.engines.processes import free_port

from outgrow.deploy.load_plan import LoadPlan

# A deploy block whose waits are short; without enough requests a canary goes on.
QUICK: Mapping[str, Any] = {
    "health_gate_seconds": 20,
    "bake_seconds": 0.5,
    "drain_seconds": 5,
    "keep_warm_seconds": 600,
    "gate": {"minimum_requests": 20, "hold_seconds": 5, "when_undecided": "go_on"},
}
_COMMAND_SECONDS = 120
_SLOTS = 8
_STRATEGY = """\
outgrow: 1
name: {name}
components:
  api:
    kind: service
    public: true
    needs: {{ports: [8080], health_path: /healthz, vcpu: 0.25, memory_gib: 0.125}}
    run:
      command: [python3, app.py]
      health: {{path: /healthz, interval_seconds: 1, timeout_seconds: 2}}
      stop_seconds: 5
phases:
  one: {{use: {{api: {{offering: self-hosted/docker, count: {instances}}}}}}}
deploy: {deploy}
environments:
  production: {{phase: one, machines: {{here: {{}}}}}}
  staging:
    phase: one
    rules: {{load_tests: {load_tests}}}
    machines: {{here: {{runner: {runner}}}}}
    proxy: {{listen: "127.0.0.1:{port}", first_port: {first_port}}}
"""


class Events:
    """The events of a command that runs, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def __iter__(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def kill(self) -> None:
        """End the command as a power cut would."""
        self._process.kill()


@dataclass(frozen=True)
class Shop:
    """One component, `api`, in the environment `staging`; `engine` is None for processes."""

    folder: Path
    port: int
    first_port: int
    instances: int
    engine: DockerEngine | None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the system is called; no two shops are called the same."""
        return f"shop-{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        host = self.engine.environment.get("DOCKER_HOST") if self.engine else None
        extra = {"DOCKER_HOST": host} if host else {}
        return clean_environment(self.folder, **extra, **self.variables)

    def write(self, *, load_tests: bool = True, **deploy: object) -> None:
        """Write the strategy, with this `deploy:` block."""
        text = _STRATEGY.format(
            name=self.name,
            deploy=json.dumps(deploy),
            load_tests=json.dumps(load_tests),
            instances=self.instances,
            runner="docker" if self.engine else "processes",
            port=self.port,
            first_port=self.first_port,
        )
        (self.folder / "outgrow.yaml").write_text(text)

    def version(self, name: str, **settings: str) -> str:
        """Make a version of the application; return what `--image` calls it."""
        if self.engine is not None:
            app_image(self.engine, f"{self.name}:{name}", name, **settings)
            return f"{self.name}:{name}"
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        shutil.copy(APP, folder / "app.py")
        (folder / "settings.json").write_text(json.dumps({"VERSION": name, **settings}))
        return name

    def command(self, *arguments: str) -> list[str]:
        """Return the command `outgrow ARGUMENTS` for this strategy."""
        return [sys.executable, "-m", "outgrow", *arguments]

    def outgrow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `outgrow ARGUMENTS` here and return what came of it."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def deploy(self, image: str, *flags: str) -> subprocess.CompletedProcess[str]:
        """Deploy a version; the test fails when the command does not answer 0."""
        return self.done(*self.deploying(image, *flags))

    def done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `outgrow ARGUMENTS`; the test fails when the command does not answer 0."""
        done = self.outgrow(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def doing(self, *arguments: str) -> Callable[[], None]:
        """Return what runs `outgrow ARGUMENTS` when it is called, and fails with it."""

        def run() -> None:
            self.done(*arguments)

        return run

    @contextmanager
    def events(self, *arguments: str) -> Iterator[Events]:
        """Give the events of `outgrow ARGUMENTS --json` as they happen, then wait for its end."""
        with (
            (self.folder / "stderr").open("wb") as errors,
            subprocess.Popen(
                self.command(*arguments, "--json"),
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
            ) as process,
        ):
            yield Events(process)
            process.communicate(timeout=_COMMAND_SECONDS)

    def kill(self, version: str) -> int:
        """End everything that runs `version` with SIGKILL; return how much there was."""
        if self.engine is not None:
            labels = ("--filter", f"label=outgrow.system={self.name}")
            image = ("--filter", f"ancestor={self.name}:{version}")
            found = self.engine.docker("ps", "--quiet", *labels, *image).stdout.split()
            self.engine.docker("kill", *found)
            return len(found)
        pids = [pid for pid in _programs(self.folder) if _version_of(pid) == version]
        for pid in pids:
            _kill(pid)
        return len(pids)

    def cut_power(self) -> None:
        """End all that outgrow has started here at once, as a machine that loses power does."""
        _end_programs(self.folder)

    def reload_proxy(self) -> None:
        """Reload HAProxy as an administrator would: its master is told to."""
        state = json.loads(next(self.folder.rglob("proxy/now.json")).read_text())
        os.kill(state["program"]["pid"], signal.SIGUSR2)

    def running_version(self) -> str:
        """Return the version that answers now."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/", timeout=5)
        return str(answer.headers["x-version"])

    def traffic(self, requests: int) -> set[str]:
        """Return which versions answer so many requests."""
        return {self.running_version() for _ in range(requests)}

    def deploying(self, image: str, *flags: str) -> tuple[str, ...]:
        """Return the arguments of a deploy."""
        return ("deploy", "api", "--environment", "staging", "--image", image, "--yes", *flags)

    def load(self, *, seconds: float = 60.0, seed: int = 0) -> LoadPlan:
        """Return the load of all runs here: 8 % POST, 2 % slow, 20 % on new connections."""
        return LoadPlan(
            address="127.0.0.1",
            port=self.port,
            name="shop.example",
            path="/",
            post_path="/echo",
            slow_path="/slow",
            longest_seconds=seconds,
            echoes=True,
            seed=seed,
        )


@contextmanager
def shop(
    engine: DockerEngine | None = None, instances: int = 1, **variables: str
) -> Iterator[Shop]:
    """Give a shop on free ports; everything that was started for it ends with the block."""
    # A short path: HAProxy's socket lies below it, and may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="og-s-"))
    found = Shop(folder, free_port(), _free_block(), instances, engine, variables)
    try:
        yield found
    finally:
        if engine is not None:
            _remove_containers(engine, found)
        _end_programs(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _free_block() -> int:
    """Return the first of some ports in a row that are free, below those given to clients."""
    for first in range(20000 + os.getpid() % 97 * 100, 31900, 20):
        with suppress(OSError):
            for port in range(first, first + _SLOTS):
                socket.create_server(("127.0.0.1", port)).close()
            return first
    raise RuntimeError("no ports are free")


def _programs(folder: Path) -> list[int]:
    states = [json.loads(path.read_text()) for path in folder.rglob("now.json")]
    return [state["program"]["pid"] for state in states if state["program"]]


def _end_programs(folder: Path) -> None:
    """End the supervisors that outgrow has started below `folder`, then their programs."""
    states = [json.loads(path.read_text()) for path in folder.rglob("now.json")]
    for role in ("supervisor", "program"):
        for state in states:
            if state[role]:
                _kill(state[role]["pid"])
                _wait_for_end(state[role]["pid"])


def _wait_for_end(pid: int) -> None:
    """Return once a program of another session has ended, with its workers: HAProxy has some."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        threading.Event().wait(0.01)


def _version_of(pid: int) -> str | None:
    """Return the version whose folder a program runs in."""
    with suppress(OSError, KeyError):
        settings = Path(f"/proc/{pid}/cwd/settings.json").read_text()
        return str(json.loads(settings)["VERSION"])
    return None


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _remove_containers(engine: DockerEngine, found: Shop) -> None:
    asked = ("ps", "--all", "--quiet", "--filter", f"label=outgrow.system={found.name}")
    mine = engine.docker(*asked).stdout.split()
    if mine:
        engine.docker("rm", "--force", "--volumes", *mine)
