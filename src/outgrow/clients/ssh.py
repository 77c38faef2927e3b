"""A machine over SSH: one connection of OpenSSH for everything, kept for a minute after use.

Keys, jump hosts and known hosts are those of the user's own `ssh`: outgrow asks nothing and
stores nothing. Sockets of the machine are reached by forwarding them to a private folder here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import socket
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import JsonValue

from outgrow.clients.host_archive import host_archive
from outgrow.clients.own_host import (
    ANSWER_SECONDS,
    Address,
    Question,
    checked,
    connect_to_path,
    run_program,
)
from outgrow.errors import InputError, OutsideError

_CONNECT_SECONDS = 10
_KEPT_SECONDS = 60
_NO_ARCHIVE = 44
_REFUSED = 255
_ASK = f'if [ -f "$1" ]; then exec python3 -I "$1" "$2"; else exit {_NO_ARCHIVE}; fi'
_LAY = 'umask 077 && mkdir -p "${1%/*}" && cat > "$1.$$" && mv "$1.$$" "$1"'


@dataclass(frozen=True)
class SshHost:
    """A machine that `ssh DESTINATION` reaches; `place` is outgrow's folder in its home there.

    `destination` may carry options of ssh before the name: `-p 2222 deploy@10.0.0.5`.
    """

    destination: str
    place: str

    @property
    def name(self) -> str:
        """Return its address."""
        return self._words()[-1]

    @cached_property
    def home(self) -> Path:
        """Return the folder there that holds everything of outgrow's."""
        return Path(self._variable("HOME", "/root")) / self.place

    def docker_socket(self) -> str:
        """Return the path of the socket of Docker there."""
        said = self._variable("DOCKER_HOST", "unix:///var/run/docker.sock")
        if not said.startswith("unix://"):
            raise InputError(
                f"DOCKER_HOST on {self.name} is {said}", "Only a Unix socket is used over SSH."
            )
        return said.removeprefix("unix://")

    def ask(
        self, verb: str, question: Question, timeout_seconds: float = ANSWER_SECONDS
    ) -> Mapping[str, JsonValue]:
        """Return the answer of `clients/on_host` there; it is laid there when it is absent."""
        archive = host_archive()
        path = f".outgrow/{archive.name}"
        command = ["sh", "-c", _ASK, "sh", path, verb]
        content = json.dumps(question).encode()
        code, said, why = self._ran(command, content, timeout_seconds)
        if code == _NO_ARCHIVE:
            self.send(["sh", "-c", _LAY, "sh", path], archive.content, timeout_seconds)
            code, said, why = self._ran(command, content, timeout_seconds)
        if code:
            raise self._failed(code, why)
        return checked(self.name, json.loads(said))

    def send(self, command: Sequence[str], content: bytes, timeout_seconds: float) -> str:
        """Run `command` there with `content` on its stdin; return what it prints."""
        code, said, why = self._ran(command, content, timeout_seconds)
        if code:
            raise self._failed(code, why)
        return said.decode(errors="replace")

    def connect(self, address: Address, timeout_seconds: float) -> socket.socket:
        """Return a connection to a Unix socket or a port, as that machine reaches it."""
        return connect_to_path(self.forwarded(address), timeout_seconds)

    def close(self) -> None:
        """End the connection now rather than a minute after its last use."""
        run_program([*self._ssh(), "-O", "exit", *self._words()], b"", _CONNECT_SECONDS)

    def forwarded(self, address: Address) -> Path:
        """Return a Unix socket here that leads to `address` there."""
        target = address if isinstance(address, str) else f"{address[0]}:{address[1]}"
        here = self._folder() / hashlib.sha256(target.encode()).hexdigest()[:16]
        if _answers(here):
            return here
        self._master()
        here.unlink(missing_ok=True)
        forward = ["-O", "forward", "-L", f"{here}:{target}"]
        code, _, why = run_program([*self._ssh(), *forward, *self._words()], b"", _CONNECT_SECONDS)
        if code:
            raise self._failed(code, why)
        return here

    def _master(self) -> None:
        """Have the connection that everything goes through."""
        self.send(["true"], b"", _CONNECT_SECONDS * 2)

    def _ran(
        self, command: Sequence[str], content: bytes, timeout_seconds: float
    ) -> tuple[int, bytes, str]:
        words = [*self._ssh(), *self._words(), "--", shlex.join(command)]
        return run_program(words, content, timeout_seconds + _CONNECT_SECONDS)

    def _ssh(self) -> list[str]:
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": _CONNECT_SECONDS,
            "ControlMaster": "auto",
            "ControlPath": self._folder() / "c",
            "ControlPersist": _KEPT_SECONDS,
            "ServerAliveInterval": 5,
            "ServerAliveCountMax": 3,
            "StreamLocalBindUnlink": "yes",
        }
        return [
            "ssh",
            *(word for key, value in options.items() for word in ("-o", f"{key}={value}")),
        ]

    def _words(self) -> list[str]:
        return shlex.split(self.destination)

    def _variable(self, name: str, default: str) -> str:
        """Return a variable of the machine's own; `sh` says nothing of one that is not set."""
        said = self.send(["sh", "-c", f'printf %s "${{{name}-}}"'], b"", ANSWER_SECONDS)
        return said.strip() or default

    def _folder(self) -> Path:
        name = hashlib.sha256(self.destination.encode()).hexdigest()[:12]
        folder = private_folder() / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _failed(self, code: int, why: str) -> OutsideError:
        if code == _REFUSED:
            return OutsideError(
                f"{self.name} cannot be reached over SSH: {why}",
                f"See what `ssh {self.destination} true` says.",
            )
        return OutsideError(f"on {self.name}: {why}", "Put that right there, and try again.")


def private_folder() -> Path:
    """Return a folder of this user's alone, with a path that sockets fit into."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"outgrow-{os.getuid()}"
    folder.mkdir(exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise OutsideError(
            f"{folder} is not a private folder of this user", "Remove it, or set XDG_RUNTIME_DIR."
        )
    return folder


def _answers(path: Path) -> bool:
    try:
        connect_to_path(path, _CONNECT_SECONDS).close()
    except OutsideError:
        return False
    return True
