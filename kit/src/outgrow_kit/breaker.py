"""Stop asking a server that does not answer, so that requests do not wait for it."""

from __future__ import annotations

from outgrow_kit.clock import Clock, monotonic


class Breaker:
    """Closed while a server answers; open for `open_seconds` after `failures` in a row.

    When that time is over, one caller may try again while all others still go without; its
    outcome closes the breaker or opens it for twice as long, up to `longest_seconds`.
    """

    __slots__ = (
        "_clock", "_failed", "_failures", "_longest", "_open_seconds", "_retry_at", "_wait",
    )  # fmt: skip

    def __init__(
        self,
        *,
        failures: int = 1,
        open_seconds: float = 0.25,
        longest_seconds: float = 5.0,
        clock: Clock = monotonic,
    ) -> None:
        self._failures = failures
        self._open_seconds = open_seconds
        self._longest = longest_seconds
        self._clock = clock
        self._failed = 0
        self._wait = open_seconds
        self._retry_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Return whether calls are being refused."""
        return self._retry_at is not None

    def allows(self) -> bool:
        """Return whether to ask the server now; True once for each time the wait is over."""
        if self._retry_at is None:
            return True
        now = self._clock()
        if now < self._retry_at:
            return False
        self._retry_at = now + self._wait
        return True

    def succeeded(self) -> None:
        """Note that the server answered."""
        if self._failed:
            self._failed = 0
            self._wait = self._open_seconds
            self._retry_at = None

    def failed(self) -> None:
        """Note that the server did not answer in time, or refused."""
        self._failed += 1
        if self._failed < self._failures:
            return
        if self._retry_at is not None:
            self._wait = min(self._wait * 2, self._longest)
        self._retry_at = self._clock() + self._wait
