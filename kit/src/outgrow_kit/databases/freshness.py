"""How old a copy's data may be, proven by positions instead of clocks.

A copy's own idea of its lag is of no use: `now() - pg_last_xact_replay_timestamp()` grows on an
idle system, and is 0 on a copy that lost its primary. So this process notes where the primary's
log ended at moments of its own clock: a copy that has replayed up to such a note misses nothing
that was committed before that moment.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from outgrow_kit.databases.position import Position, later

_NOTES = 16


@dataclass(frozen=True, slots=True)
class Note:
    """Where the primary's log ended at a moment, or later than that."""

    position: Position
    at: float


class PrimaryLog:
    """The notes of the last `allowed_lag_seconds`."""

    def __init__(self, allowed_lag_seconds: float) -> None:
        self._allowed = allowed_lag_seconds
        self._lock = Lock()
        self._notes: deque[Note] = deque()
        self._newest: Position | None = None

    @property
    def newest(self) -> Position | None:
        """Return the furthest position that this process knows of."""
        return self._newest

    def note(self, position: Position, at: float) -> None:
        """Keep that the log ended at `position` when it was asked for at `at`."""
        with self._lock:
            if self._newest is not None and position.timeline != self._newest.timeline:
                if position.timeline < self._newest.timeline:
                    return  # from a server that was the primary before
                self._notes.clear()
            self._newest = later(self._newest, position)
            if not self._notes or at - self._notes[-1].at >= self._allowed / _NOTES:
                self._notes.append(Note(position, at))
            self._forget(at)

    def floor(self, now: float) -> Position | None:
        """Return what a copy must have replayed to be within the allowed lag at `now`.

        None when nothing was noted for so long that nobody can tell.
        """
        with self._lock:
            self._forget(now)
            return self._notes[0].position if self._notes else None

    def _forget(self, now: float) -> None:
        while self._notes and self._notes[0].at < now - self._allowed:
            self._notes.popleft()
