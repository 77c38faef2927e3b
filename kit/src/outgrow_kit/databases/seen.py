"""What the current request has written, so that what it reads is not older."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from outgrow_kit.databases.position import Position, later


class Seen:
    """The position that reads must have reached; it only grows.

    An object and not a value: a handler in a thread works in a copy of the request's context,
    where a new value would be lost.
    """

    __slots__ = ("position",)

    def __init__(self, position: Position | None = None) -> None:
        self.position = position

    def add(self, position: Position | None) -> None:
        """Note that the client knows of everything up to `position`."""
        self.position = later(self.position, position)


current: ContextVar[Seen | None] = ContextVar("outgrow_kit_seen", default=None)


def seen_here() -> Seen:
    """Return what this request, task or thread has seen; from now on it is remembered."""
    seen = current.get()
    if seen is None:
        seen = Seen()
        current.set(seen)
    return seen


@contextmanager
def remembering(position: Position | None = None) -> Iterator[Seen]:
    """Let reads in the block see what was written in it; for what is no web request.

    `position` is what an earlier block had seen, for example of the job that queued this one.
    """
    seen = Seen(position)
    token = current.set(seen)
    try:
        yield seen
    finally:
        current.reset(token)
