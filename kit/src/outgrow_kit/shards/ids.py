"""Ids of 64 bits that grow with time and that no two processes give twice.

    41 bits   milliseconds since 2024-01-01 UTC: until 2093
    10 bits   the logical shard (modulo 1024)
    12 bits   sequence: 8 bits for who gives them, 4 bits that count within a millisecond

A process does not trust its clock. It reserves in the main database a span of id time for one
of 256 slots; spans of a slot never overlap, so neither do ids, whatever clocks and pauses do.
Within the span, time is what the database said plus what has passed since.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.shards.errors import NoIds

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
EPOCH_MS = int(EPOCH.timestamp() * 1000)
SLOTS = 256
SHARDS_IN_AN_ID = 1024
SPAN_MS = 60_000
_COUNT_BITS = 4
_SEQUENCE_BITS = 12
_SHARD_BITS = 10
_TIME_BITS = 41
# How far ids may run ahead of the clock when many are wanted at once.
_AHEAD_MS = 1_000
# A span that begins later than this means more processes than slots.
_LATEST_START_MS = SPAN_MS


@dataclass(frozen=True, slots=True)
class IdParts:
    """What an id says of itself: its millisecond, its logical shard, its place in both."""

    at: datetime
    logical: int
    sequence: int


def id_parts(number: int) -> IdParts:
    """Return the parts of an id. Raises ValueError for a number that is none."""
    if not 0 <= number < 1 << 63:
        raise ValueError("an id has 63 bits and no sign")
    return IdParts(
        EPOCH + timedelta(milliseconds=number >> (_SHARD_BITS + _SEQUENCE_BITS)),
        number >> _SEQUENCE_BITS & (SHARDS_IN_AN_ID - 1),
        number & ((1 << _SEQUENCE_BITS) - 1),
    )


def first_id_at(moment: datetime) -> int:
    """Return the lowest id of a moment: `where id >= first_id_at(monday)`."""
    passed = (moment - EPOCH) // timedelta(milliseconds=1)
    if not 0 <= passed < 1 << _TIME_BITS:
        raise ValueError("ids reach from 2024 to 2093")
    return passed << (_SHARD_BITS + _SEQUENCE_BITS)


@dataclass(frozen=True, slots=True)
class Span:
    """Milliseconds of id time, from `start_ms` on and before `end_ms`, that one slot may use."""

    slot: int
    start_ms: int
    end_ms: int


class Wait(Exception):  # not an error: says how long to pause
    """More ids are wanted than the time has room for; `seconds` until there is."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Allocator:
    """Gives ids out of the span it has; safe for threads, and empty again after a fork."""

    def __init__(self, clock: Clock = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._pid = os.getpid()
        self._span: Span | None = None
        self._began = 0.0
        self._last: dict[int, int] = {}

    @property
    def span(self) -> Span | None:
        """Return the span that ids come from now."""
        return self._span if self._pid == os.getpid() else None

    def is_due(self) -> bool:
        """Return whether to reserve another span: there is none, or half of it has passed."""
        span = self.span
        return span is None or self._now_ms(span) * 2 >= span.start_ms + span.end_ms

    def use(self, span: Span, database_ms: int, asked_at: float) -> None:
        """Take ids from `span` from now on. Raises NoIds when it lies far in the future.

        `database_ms` is the database's time when it gave the span, `asked_at` this process's
        clock when it asked for it: what passed in between counts, so ids are never early.
        """
        if span.start_ms - database_ms > _LATEST_START_MS:
            raise NoIds(
                f"more than {SLOTS} processes give ids at once, or have died without saying so "
                "within a minute; wait, or run fewer"
            )
        if span.end_ms >= 1 << _TIME_BITS:
            raise NoIds("the clock of the database is past 2093")
        self._after_fork()
        with self._lock:
            self._span, self._began = span, asked_at

    def take(self, logical: int) -> int | None:
        """Return a new id; None when another span is needed first. Raises Wait."""
        shard = logical % SHARDS_IN_AN_ID
        self._after_fork()
        with self._lock:
            span = self._span
            if span is None:
                return None
            now_ms = self._now_ms(span)
            # Milliseconds and the count within one are a single number that only grows.
            count = max(now_ms << _COUNT_BITS, self._last.get(shard, -1) + 1)
            ms = count >> _COUNT_BITS
            if ms >= span.end_ms:
                return None
            if ms - now_ms > _AHEAD_MS:
                raise Wait((ms - now_ms - _AHEAD_MS) / 1000)
            self._last[shard] = count
            return (
                ms << (_SHARD_BITS + _SEQUENCE_BITS)
                | shard << _SEQUENCE_BITS
                | span.slot << _COUNT_BITS
                | count & ((1 << _COUNT_BITS) - 1)
            )

    def give_back(self) -> tuple[Span, int] | None:
        """Return the span with the first millisecond that was not used; it is used no more."""
        self._after_fork()
        with self._lock:
            span, self._span = self._span, None
            if span is None:
                return None
            used = max(self._last.values(), default=-1) >> _COUNT_BITS
            return span, min(max(used + 1, span.start_ms), span.end_ms)

    def _now_ms(self, span: Span) -> int:
        return span.start_ms + max(int((self._clock() - self._began) * 1000), 0)

    def _after_fork(self) -> None:
        # The parent goes on with its span, so a child may not.
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), Lock()
            self._span, self._last = None, {}
