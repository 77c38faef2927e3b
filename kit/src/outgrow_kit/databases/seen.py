"""What the current request has written, so that what it reads is not older."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from outgrow_kit.clock import Clock
from outgrow_kit.databases.position import Position, later


class Seen:
    """The position that reads must have reached.

    An object and not a value: a handler in a thread works in a copy of the request's context,
    where a new value would be lost.
    """

    __slots__ = ("_at", "_clock", "_keep_seconds", "_position")

    def __init__(self, position: Position | None, keep_seconds: float, clock: Clock) -> None:
        self._position = position
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._at = clock()

    @property
    def position(self) -> Position | None:
        """Return it; None when nothing was written, or so long ago that every copy has it."""
        if self._position is not None and self._clock() - self._at > self._keep_seconds:
            self._position = None
        return self._position

    def add(self, position: Position | None) -> None:
        """Note that the client knows of everything up to `position`."""
        self._position = later(self.position, position)
        self._at = self._clock()


class Memory:
    """What each request, task or thread has seen of one database.

    It is kept for `keep_seconds`, the allowed lag: a copy that answers reads at all has by
    then what was written. So a thread that wrote once is not bound to the primary for ever by
    a position on a timeline that a failover has ended.
    """

    def __init__(self, keep_seconds: float, clock: Clock) -> None:
        self._keep_seconds = keep_seconds
        self._clock = clock
        # One a database, since positions in different logs do not compare.
        self._current: ContextVar[Seen | None] = ContextVar("outgrow_kit_seen", default=None)

    def here(self) -> Seen:
        """Return what this request, task or thread has seen; from now on it is remembered."""
        seen = self._current.get()
        if seen is None:
            seen = Seen(None, self._keep_seconds, self._clock)
            self._current.set(seen)
        return seen

    @contextmanager
    def remembering(self, position: Position | None = None) -> Iterator[Seen]:
        """Let the block begin with `position` and remember what is written in it."""
        seen = Seen(position, self._keep_seconds, self._clock)
        token = self._current.set(seen)
        try:
            yield seen
        finally:
            self._current.reset(token)
