"""How long what runs now may take: for connecting, for waiting in a pool and for queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from outgrow_kit.clock import Clock, monotonic

_ends_at: ContextVar[float | None] = ContextVar("outgrow_kit_deadline", default=None)


@contextmanager
def within(seconds: float, clock: Clock = monotonic) -> Iterator[None]:
    """Let every call to a database in the block end within `seconds`; blocks nest.

    What is not done by then raises sqlalchemy.exc.OperationalError (a query, a connection) or
    sqlalchemy.exc.TimeoutError (no connection was free), also when the network is dead.
    """
    before = _ends_at.get()
    ends_at = clock() + seconds
    token = _ends_at.set(ends_at if before is None else min(before, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining(clock: Clock = monotonic) -> float | None:
    """Return the seconds that are left, 0 at the least; None without a deadline."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(ends_at - clock(), 0.0)


def shorter(seconds: float | None, other: float | None) -> float | None:
    """Return the shorter of two times, each of which may be unlimited."""
    if seconds is None or other is None:
        return other if seconds is None else seconds
    return min(seconds, other)
