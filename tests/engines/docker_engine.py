"""A Docker engine for the tests: the machine's own, or one with a private socket and data.

No registry can be relied on, so the images that the tests run on are made here, once, from
Debian's packages with debootstrap, and kept in `.cache/`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.tools import find_tool, said, tool

CACHE = Path(__file__).parent.parent.parent / ".cache" / "images"
BASE_IMAGE = "outgrow-test-base:bookworm"
_PACKAGES = "python3,python3-venv,ca-certificates,postgresql,redis-server,nginx-light,procps,wget"
_START_SECONDS = 60
_STARTS = 3


@dataclass(frozen=True)
class DockerEngine:
    """An engine that answers at `host` (the value of DOCKER_HOST; "" for the default one)."""

    host: str

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which a command reaches this engine."""
        return {**os.environ, **({"DOCKER_HOST": self.host} if self.host else {})}

    def docker(
        self, *arguments: str | Path, input_file: Path | None = None, timeout_seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Return what `docker` said."""
        command = [tool("docker"), *map(str, arguments)]
        source = input_file.open("rb") if input_file else None
        try:
            return subprocess.run(
                command,
                env=self.environment,
                stdin=source or subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
        finally:
            if source:
                source.close()

    def now(self) -> str:
        """Return the time on the engine's clock, as its flags `--since` and `--until` read it."""
        return self.docker("info", "--format", "{{.SystemTime}}").stdout.strip()

    def everything(self) -> dict[str, frozenset[str]]:
        """Return the containers, networks and volumes that exist: what a test must leave alone."""
        asked = {
            "containers": ("ps", "--all", "--quiet"),
            "networks": ("network", "ls", "--quiet"),
            "volumes": ("volume", "ls", "--quiet"),
        }
        return {
            kind: frozenset(self.docker(*arguments).stdout.split())
            for kind, arguments in asked.items()
        }


@contextmanager
def docker_engine() -> Iterator[DockerEngine]:
    """Yield the engine that runs here, or one of our own that ends with the block."""
    default = DockerEngine("")
    if default.docker("version", "--format", "{{.Server.Version}}").returncode == 0:
        yield default
        return
    if os.geteuid() != 0 or find_tool("dockerd") is None:
        pytest.fail("no Docker engine runs, and starting one needs root and the package docker.io")
    with _own_engine() as engine:
        yield engine


@contextmanager
def _own_engine() -> Iterator[DockerEngine]:
    """Yield an engine of our own.

    dockerd asks iptables for a chain and makes it when it is absent, two steps between which
    somebody else may come on a shared machine. It then ends at once, and the next start finds
    the chain, so one that ends before it answers is started again.
    """
    for attempts_left in reversed(range(_STARTS)):
        with _started() as (engine, log):
            if log is None:
                yield engine
                return
            if not attempts_left:
                pytest.fail(f"dockerd does not start:\n{log}")


@contextmanager
def _started() -> Iterator[tuple[DockerEngine, str | None]]:
    """Yield an engine and None, or what it wrote when it does not answer."""
    # The path of a socket may have 107 bytes at most, so it does not lie under tmp_path.
    with tempfile.TemporaryDirectory(prefix="og-docker-") as name, _own_bridge() as bridge:
        folder = Path(name)
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [
                tool("dockerd"),
                f"--host=unix://{folder}/d.sock",
                f"--data-root={folder}/data",
                f"--exec-root={folder}/exec",
                f"--pidfile={folder}/pid",
                f"--bridge={bridge}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            engine = DockerEngine(f"unix://{folder}/d.sock")
            answers = _answers(engine, process)
            said_so_far = (folder / "log").read_text(errors="replace")[-3000:]
            yield engine, None if answers else said_so_far
        finally:
            _remove_containers(engine)
            _stop(process)
            log.close()
            _unmount(folder)


@contextmanager
def _own_bridge() -> Iterator[str]:
    """Yield the name of a bridge for the containers of one engine.

    Two engines on docker0 would give their first containers the same address.
    """
    number = secrets.randbelow(128 * 256)
    name, address = f"og{number:x}", f"10.{128 + number // 256 % 127}.{number % 256}.1/24"
    _ip("link", "add", "name", name, "type", "bridge")
    try:
        _ip("addr", "add", address, "dev", name)
        _ip("link", "set", name, "up")
        yield name
    finally:
        _ip("link", "delete", name)


def _ip(*arguments: str) -> None:
    done = subprocess.run([tool("ip"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, said(done)


def _answers(engine: DockerEngine, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the engine answers; False when it ends before, or takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while engine.docker("version", "--format", "{{.Server.Version}}").returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        with _ended_within(process, 0.3):
            pass
    return True


@contextmanager
def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> Iterator[bool]:
    """Wait for the end of a process for so long: a pause that ends early when it dies."""
    try:
        process.wait(seconds)
        yield True
    except subprocess.TimeoutExpired:
        yield False


def _remove_containers(engine: DockerEngine) -> None:
    running = engine.docker("ps", "--all", "--quiet").stdout.split()
    if running:
        engine.docker("rm", "--force", "--volumes", *running)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _unmount(folder: Path) -> None:
    """Unmount what the engine left behind, so that the folder can be removed."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)


def base_image(engine: DockerEngine) -> str:
    """Return the name of a Debian image with Python, PostgreSQL, Redis and nginx in `engine`."""
    if engine.docker("image", "inspect", BASE_IMAGE).returncode == 0:
        return BASE_IMAGE
    imported = engine.docker("import", "-", BASE_IMAGE, input_file=_base_archive())
    assert imported.returncode == 0, said(imported)
    return BASE_IMAGE


def _base_archive() -> Path:
    """Return an archive of Debian 12 with what the tests run, made once by debootstrap.

    Several workers come here at once; the first makes it, the others wait for it.
    """
    archive = CACHE / "bookworm.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _make_archive(archive)
    return archive


def _make_archive(archive: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="og-image-") as name:
        root = Path(name) / "root"
        command = [
            tool("debootstrap"),
            "--variant=minbase",
            f"--include={_PACKAGES}",
            "bookworm",
            str(root),
            *_mirror(),
        ]
        made = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        assert made.returncode == 0, said(made)
        _trust_what_this_machine_trusts(root)
        shutil.rmtree(root / "var" / "cache" / "apt", ignore_errors=True)
        aside = archive.with_suffix(".part")
        subprocess.run(["tar", "-C", str(root), "-cf", str(aside), "."], check=True, timeout=300)
        aside.replace(archive)


def _mirror() -> list[str]:
    """Return the mirror that this machine's apt uses for Debian; none means Debian's own."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    mirrors = [uri for uri in listed.stdout.split() if uri.rstrip("/").endswith("/debian")]
    return mirrors[:1]


def _trust_what_this_machine_trusts(root: Path) -> None:
    """Let pip inside the image reach the package index that this machine uses."""
    for name in ("etc/ssl/certs/ca-certificates.crt", "etc/pip.conf"):
        source = Path("/") / name
        if source.is_file():
            shutil.copy(source, root / name)
