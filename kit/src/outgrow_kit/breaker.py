"""Stop asking a server that does not answer, so that requests do not wait for it."""

from __future__ import annotations

from outgrow_kit.clock import Clock, monotonic


class Breaker:
    """Closed while a server answers; open for `open_seconds` after `failures` in a row.

    When that time is over, one caller may try again while all others still go without; its
    outcome closes the breaker or opens it for twice as long, up to `longest_seconds`. Calls that
    were under way together when it opened are one failure.
    """

    __slots__ = (
        "_clock", "_failed", "_failures", "_longest", "_open_seconds", "_retry_at", "_tried_at",
        "_wait",
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
        # When the trial that is under way was allowed.
        self._tried_at: float | None = None

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
        self._tried_at = now
        return True

    def succeeded(self) -> None:
        """Note that the server answered."""
        if self._failed:
            self._failed = 0
            self._wait = self._open_seconds
            self._retry_at = self._tried_at = None

    def failed(self, began_at: float | None = None) -> None:
        """Note that the server did not answer in time, or refused.

        `began_at`, by the breaker's clock, tells a call that was under way before the trial from
        the trial itself; without it, the first failure during a trial counts as the trial's.
        """
        if self._retry_at is None:
            self._failed += 1
            if self._failed >= self._failures:
                self._retry_at = self._clock() + self._wait
        elif self._tried_at is not None and (began_at is None or began_at >= self._tried_at):
            self._tried_at = None
            self._wait = min(self._wait * 2, self._longest)
            self._retry_at = self._clock() + self._wait
