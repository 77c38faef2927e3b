"""HAProxy's runtime socket: asked, told, and every answer checked.

HAProxy answers a command that it does not like with words and no error code, and one that
worked with an empty line; so an answer with words to a `set` is an error here.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

from outgrow.clients.haproxy_tables import (
    ProxyInfo,
    ServerStat,
    ServerState,
    read_info,
    read_server_states,
    read_stats,
    upgraded_sessions,
)
from outgrow.errors import OutsideError

SLOT_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_ANSWER_SECONDS = 5.0
_CHUNK_BYTES = 65536
_FINE = re.compile(r"no need to|already |changed from", re.I)
Connect = Callable[[float], socket.socket]


@dataclass(frozen=True, slots=True)
class RuntimeSocket:
    """The socket of one HAProxy; `connect` opens it and `place` is how it is called in errors."""

    connect: Connect
    place: str
    timeout_seconds: float = _ANSWER_SECONDS

    def info(self) -> ProxyInfo:
        """Return which HAProxy it is, and which of its processes."""
        return read_info(self._said("show info"))

    def servers(self, backend: str | None = None) -> Sequence[ServerState]:
        """Return the servers of a backend, or of all; OutsideError where there is none."""
        said = self._said(f"show servers state {backend or ''}".rstrip())
        if backend and not said.startswith("1"):
            raise OutsideError(
                f"HAProxy at {self.place} has no backend {backend}: {_first_line(said)}",
                "Its configuration has to declare the slots: outgrow render --target haproxy.",
            )
        return read_server_states(said)

    def state_file(self) -> str:
        """Return what HAProxy reads back from its `server-state-file` after a reload."""
        return self._said("show servers state")

    def stats(self) -> Mapping[tuple[str, str], ServerStat]:
        """Return what was counted for every server since HAProxy started, by backend and name."""
        return read_stats(self._said("show stat -1 4 -1"))

    def upgraded(self) -> Mapping[tuple[str, str], int]:
        """Return how many connections to each server were upgraded: its WebSockets."""
        return upgraded_sessions(self._said("show sess all"))

    def events(self, ring: str) -> Sequence[str] | None:
        """Return the lines that a ring holds, oldest first; None where there is no such ring."""
        said = self._said(f"show events {ring}")
        if said.startswith(("No such", "Sink not found", "Unknown", "unable")):
            return None
        return [line for line in said.splitlines() if line]

    def map_keys(self, name: str) -> frozenset[str]:
        """Return the keys of a map, by the name that the configuration gives its file."""
        said = self._said(f"show map {name}")
        if said.startswith("Unknown map"):
            raise OutsideError(
                f"HAProxy at {self.place} knows no map {name}", "Let it read its configuration."
            )
        return frozenset(line.split()[1] for line in said.splitlines() if len(line.split()) > 2)

    def tell(self, commands: Sequence[str]) -> None:
        """Carry out `commands` over one connection, one right after the other.

        Raises OutsideError with what HAProxy says against one; the others were carried out.
        """
        said = self._said(";".join(commands))
        words = [line.strip() for line in said.splitlines() if line.strip()]
        against = [line for line in words if not _FINE.search(line)]
        if against:
            raise OutsideError(
                f"HAProxy at {self.place} refuses: {against[0]}",
                "Its configuration has to declare the slots: outgrow render --target haproxy.",
            )

    def ask_master(self, command: str) -> str:
        """Return what the master of a HAProxy says; its socket is another one (`-S`)."""
        return self._said(command, may_be_empty=True)

    def _said(self, command: str, *, may_be_empty: bool = False) -> str:
        deadline = monotonic() + self.timeout_seconds
        with closing(self.connect(self.timeout_seconds)) as talk:
            try:
                talk.sendall(f"{command}\n".encode())
                said = _everything(talk, deadline)
            except OSError as error:
                why = error.strerror or f"no whole answer within {self.timeout_seconds:g} seconds"
                raise self._silent(why) from None
        if not said and not may_be_empty:  # HAProxy answers everything with an empty line at least
            raise self._silent("the connection was closed")
        return said

    def _silent(self, why: str) -> OutsideError:
        return OutsideError(
            f"HAProxy at {self.place} does not answer: {why}", "See whether it runs."
        )


def server_name(backend: str, slot: str) -> str:
    """Return `backend/slot`; neither may hold anything that HAProxy would obey."""
    for word in (backend, slot):
        if not SLOT_NAME.fullmatch(word):
            raise ValueError(f"{word!r} cannot be the name of a server")
    return f"{backend}/{slot}"


def _everything(talk: socket.socket, deadline: float) -> str:
    found = b""
    while True:
        talk.settimeout(max(deadline - monotonic(), 0.001))
        piece = talk.recv(_CHUNK_BYTES)
        if not piece:
            return found.decode(errors="replace")
        found += piece


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "it said nothing")
