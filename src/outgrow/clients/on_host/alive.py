"""Which programs live: by number and time of start, since Linux gives numbers out again."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.listeners import owners, sockets_that_listen

_END_SECONDS = 5.0


@dataclass(frozen=True)
class Running:
    """A program: its number, and when it started, in ticks since the machine did."""

    pid: int
    ticks: int

    @property
    def lives(self) -> bool:
        """Return whether it still runs; one that only waits to be buried does not."""
        found = _stat(self.pid)
        return found is not None and found[1] == self.ticks and found[0] != "Z"


def running(pid: int) -> Running | None:
    """Return the program `pid` as it is now, None when there is none."""
    found = _stat(pid)
    return Running(pid, found[1]) if found is not None and found[0] != "Z" else None


def wait_for_end(one: Running, seconds: float) -> bool:
    """Return whether `one` ends within `seconds`."""
    try:
        descriptor = os.pidfd_open(one.pid)
    except OSError:
        return not one.lives
    try:
        if not one.lives:
            return True
        return bool(select.select([descriptor], [], [], max(seconds, 0))[0])
    finally:
        os.close(descriptor)


def end_group(one: Running, number: int, seconds: float) -> None:
    """End a program and everything in its group: politely, and by force after `seconds`."""
    with suppress(ProcessLookupError):
        if one.lives:
            os.killpg(one.pid, number)
    if not wait_for_end(one, seconds):
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
        wait_for_end(one, _END_SECONDS)
        return
    # What it started and left behind holds its port.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(one.pid, signal.SIGKILL)


def ports_of(one: Running) -> list[int]:
    """Return the TCP ports on which a program or one of its session listens."""
    listening = sockets_that_listen()
    mine = owners(set(listening), _session(one.pid))
    return sorted({listening[inode] for inode in mine})


def _session(leader: int) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if os.getsid(int(process.name)) == leader:
                yield process


def _stat(pid: int) -> tuple[str, int] | None:
    """Return the state and the start of a program."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    columns = text.rpartition(")")[2].split()
    return columns[0], int(columns[19])
