"""Who does something: a person or a pipeline, on which machine, as which process."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that works on something.

    `place` names the machine's boot and the container, as far as the system tells: only there
    does `pid` mean anything.
    """

    who: str
    host: str
    pid: int
    place: str = ""

    def __str__(self) -> str:
        return f"{self.who} on {self.host} (process {self.pid})"


def this_process() -> Owner:
    """Return this process, by the name of its account."""
    return Owner(_account(), socket.gethostname(), os.getpid(), _place())


def has_ended(owner: Owner) -> bool:
    """Return whether `owner` is certainly gone: of this very machine, with no such process."""
    if not owner.place or owner.place != _place():
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in many containers
        return f"uid {os.getuid()}"


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
