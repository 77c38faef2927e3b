"""A machine of the team's own, this one or another over SSH: asked, written to, connected to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, JsonValue

from outgrow.clients.host_archive import host_archive
from outgrow.clients.on_host.verbs import answer
from outgrow.errors import OutsideError

ANSWER_SECONDS = 20.0
THIS_MACHINE = "this machine"
_PATH_BYTES = 100  # of a Unix socket; Linux takes 107
Question = Mapping[str, object]
Address = str | tuple[str, int]


class OwnHost(Protocol):
    """A machine that versions or the proxy run on. All raise OutsideError when it fails."""

    @property
    def name(self) -> str:
        """Return what it is called: `this machine`, or its address over SSH."""

    @property
    def home(self) -> Path:
        """Return the folder there that holds everything of outgrow's."""

    def ask(
        self, verb: str, question: Question, timeout_seconds: float = ANSWER_SECONDS
    ) -> Mapping[str, JsonValue]:
        """Return the answer of `clients/on_host` there."""

    def send(self, command: Sequence[str], content: bytes, timeout_seconds: float) -> str:
        """Run `command` there with `content` on its stdin; return what it prints."""

    def connect(self, address: Address, timeout_seconds: float) -> socket.socket:
        """Return a connection to a Unix socket or a port, as that machine reaches it."""


def taken_ports(host: OwnHost, addresses: Iterable[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Return those of `addresses` at which something listens on `host`; raise OutsideError."""
    found = host.ask("taken", {"addresses": list(addresses)})
    return _Taken.model_validate(found).taken


class _Taken(BaseModel):
    taken: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Here:
    """This machine. `home` holds the programs, and the archive that starts them."""

    home: Path

    @property
    def name(self) -> str:
        """Return what it is called."""
        return THIS_MACHINE

    def ask(
        self, verb: str, question: Question, timeout_seconds: float = ANSWER_SECONDS
    ) -> Mapping[str, JsonValue]:
        """Return the answer; what starts a program is asked of a process of its own."""
        if verb != "start":
            return checked(self.name, answer(verb, dict(question)))
        archive = self._archive()
        command = [sys.executable, "-I", str(archive), verb]
        said = _printed(command, json.dumps(question).encode(), timeout_seconds)
        return checked(self.name, json.loads(said))

    def send(self, command: Sequence[str], content: bytes, timeout_seconds: float) -> str:
        """Run `command` with `content` on its stdin; return what it prints."""
        return _printed(command, content, timeout_seconds).decode(errors="replace")

    def connect(self, address: Address, timeout_seconds: float) -> socket.socket:
        """Return a connection to a Unix socket or a port."""
        if isinstance(address, str):
            return connect_to_path(Path(address), timeout_seconds)
        return _translated(
            f"{address[0]}:{address[1]}", lambda: socket.create_connection(address, timeout_seconds)
        )

    def _archive(self) -> Path:
        archive = host_archive()
        path = self.home / archive.name
        if not path.is_file():
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside = path.with_name(f".{path.name}.{os.getpid()}")
            aside.write_bytes(archive.content)
            aside.replace(path)
        return path


def connect_to_path(path: Path, timeout_seconds: float) -> socket.socket:
    """Return a connection to the Unix socket at `path`, however long that is."""

    def connect() -> socket.socket:
        with _short(path) as short:
            return _connected(short, timeout_seconds)

    return _translated(str(path), connect)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a path to the same socket that fits into an address of Linux."""
    if len(str(path).encode()) <= _PATH_BYTES:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)


def _connected(path: str, timeout_seconds: float) -> socket.socket:
    talk = socket.socket(socket.AF_UNIX)
    talk.settimeout(timeout_seconds)
    try:
        talk.connect(path)
    except BaseException:
        talk.close()
        raise
    return talk


def _translated(what: str, connect: Callable[[], socket.socket]) -> socket.socket:
    try:
        return connect()
    except OSError as error:
        raise OutsideError(
            f"nobody answers at {what}: {error.strerror or 'it took too long'}",
            "See whether it runs, and whether this user may connect.",
        ) from None


def run_program(
    command: Sequence[str], content: bytes, timeout_seconds: float
) -> tuple[int, bytes, str]:
    """Return the exit code of a command, what it printed, and its last word on stderr."""
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
            start_new_session=True,  # a first Ctrl-C is outgrow's alone: what it asked ends well
        )
    except subprocess.TimeoutExpired:
        raise OutsideError(
            f"`{command[0]}` did not end within {timeout_seconds:g} seconds", "Try again."
        ) from None
    except OSError as error:
        raise OutsideError(f"`{command[0]}` cannot be started: {error.strerror}") from None
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return done.returncode, done.stdout, lines[-1] if lines else "it said nothing"


def _printed(command: Sequence[str], content: bytes, timeout_seconds: float) -> bytes:
    code, printed, why = run_program(command, content, timeout_seconds)
    if code:
        raise OutsideError(f"`{command[0]}` ended with {code}: {why}")
    return printed


def checked(host: str, found: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return an answer of `clients/on_host`; raise OutsideError where it is an error."""
    if error := found.get("error"):
        raise OutsideError(f"on {host}: {error}", "Put that right there, and try again.")
    return found
