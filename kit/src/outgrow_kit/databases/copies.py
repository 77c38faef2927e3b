"""What a process knows of each copy: whether it answers, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import Engine

from outgrow_kit.breaker import Breaker
from outgrow_kit.databases.position import Position


@dataclass(slots=True)
class Copy:
    """A replica; `known` is a position that it has certainly replayed."""

    name: str
    analytics: bool
    engine: Engine
    breaker: Breaker
    known: Position | None = field(default=None, init=False)
    behind_until: float = field(default=0.0, init=False)

    def answered(self, position: Position) -> None:
        """Note that it answers, and how far it has come."""
        self.breaker.succeeded()
        # A copy that was set up anew may be behind what it had replayed in its former life.
        self.known = position

    def is_worth_asking(self, required: Position, now: float) -> bool:
        """Return whether it may have replayed `required`; one caller at a time tries again."""
        if now < self.behind_until and (self.known is None or self.known < required):
            return False
        return self.breaker.allows()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStatus:
    """A replica as this process sees it. `replayed` is where it was when it last answered."""

    name: str
    analytics: bool
    answers: bool
    within_lag: bool
    replayed: str | None


class Turns:
    """Whose turn it is among equals."""

    def __init__(self) -> None:
        self._count = count()

    def order(self, copies: Sequence[Copy]) -> Iterator[Copy]:
        """Yield each of `copies` once, beginning with another one each time."""
        start = next(self._count)
        for offset in range(len(copies)):
            yield copies[(start + offset) % len(copies)]
