"""Tries again what waits for a lock, so that nobody waits behind us for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from outgrow.errors import OutsideError
from outgrow.partitions.ports import Database, Limits, LockNotGranted, Pause, Session

_ATTEMPTS = 300
_LONGEST_PAUSE_SECONDS = 2.0

T = TypeVar("T")


def patiently(database: Database, pause: Pause, limits: Limits, work: Callable[[Session], T]) -> T:
    """Return what `work` returns in a transaction, tried again while a lock is not granted.

    Raises OutsideError when that is so for about ten minutes.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with database.transaction(limits) as session:
                return work(session)
        except LockNotGranted:
            pause.wait(pause_after(attempt))
    raise never_free()


def run_patiently(
    database: Database, pause: Pause, limits: Limits, statements: Iterable[str]
) -> None:
    """Run `statements` in one transaction, tried again while a lock is not granted."""
    kept = tuple(statements)

    def run_all(session: Session) -> None:
        for statement in kept:
            session.run(statement)

    patiently(database, pause, limits, run_all)


def pause_after(attempt: int) -> float:
    """Return how many seconds to leave the lock to others after an attempt."""
    return min(0.1 * (attempt + 1), _LONGEST_PAUSE_SECONDS)


def never_free() -> OutsideError:
    """Return the error for a table on which a lock is never granted."""
    return OutsideError(
        "the table was never free for a moment",
        "A long transaction holds it: look at pg_stat_activity, then run this again.",
    )
