"""Asks one instance by its health check, past the proxy."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

from outgrow.errors import OutsideError

_BODY_BYTES = 300
_LISTENS_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Asked:
    """How one question went; `said` is the status line and the beginning of the body."""

    ok: bool
    said: str
    seconds: float


def ask_instance(
    connect: Callable[[float], socket.socket], path: str | None, timeout_seconds: float
) -> Asked:
    """Return what an instance says to `GET path`, or whether it listens where there is no path."""
    began = monotonic()
    try:
        with closing(connect(timeout_seconds)) as talk:
            ok, said = _said(talk, path, timeout_seconds) if path else _listens(talk)
    except OutsideError as error:
        ok, said = False, error.reason
    except (OSError, http.client.HTTPException) as error:
        ok, said = False, f"no answer: {str(error) or type(error).__name__}"
    return Asked(ok, said, monotonic() - began)


def _said(talk: socket.socket, path: str, timeout_seconds: float) -> tuple[bool, str]:
    talk.settimeout(timeout_seconds)
    connection = http.client.HTTPConnection("localhost", timeout=timeout_seconds)
    connection.sock = talk
    connection.request("GET", path, headers={"Connection": "close"})
    with closing(connection.getresponse()) as answer:
        body = answer.read(_BODY_BYTES).decode(errors="replace").strip()
        line = f"{answer.status} {answer.reason}".strip()
        return 200 <= answer.status < 400, f"{line}: {body}" if body else line


def _listens(talk: socket.socket) -> tuple[bool, str]:
    """Return whether the connection stays open: what is forwarded to nobody is closed at once."""
    talk.settimeout(_LISTENS_SECONDS)
    try:
        closed = not talk.recv(1)
    except TimeoutError:
        closed = False
    return (False, "the connection was closed at once") if closed else (True, "it listens")
