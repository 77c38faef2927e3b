"""While a server is down, one caller at a time tries it and the others wait for the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import psycopg

from outgrow_kit.clock import Clock, monotonic

_POLL_SECONDS = 0.01


class ServerDown(psycopg.OperationalError):
    """The server refused a connection a moment ago, and another caller's new try failed too."""


class Gate:
    """Lets everyone connect to a server that answers, and one caller at a time to one that
    does not: a restart is met by a try every `retry_seconds`, not by every request.
    """

    def __init__(self, retry_seconds: float = 0.2, clock: Clock = monotonic) -> None:
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._lock = Lock()
        self._down = False
        self._trying = False
        self._failures = 0
        self._retry_at = 0.0
        self._reason = ""

    def pauses(self) -> Iterator[float]:
        """Yield seconds to pause until the caller may connect. Raises ServerDown."""
        seen = self._failures
        while not self._may_try():
            if self._failures != seen:
                raise ServerDown(f"the server does not take connections: {self._reason}")
            yield _POLL_SECONDS

    def _may_try(self) -> bool:
        if not self._down:
            return True
        with self._lock:
            if self._trying or self._clock() < self._retry_at:
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        """Note that the server took a connection: everyone may connect."""
        self._down = self._trying = False

    def failed(self, reason: str) -> None:
        """Note that it did not."""
        with self._lock:
            self._down, self._trying = True, False
            self._failures += 1
            self._reason = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
            self._retry_at = self._clock() + self._retry_seconds
