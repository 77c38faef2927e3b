"""Which server answers a read: a copy that has seen enough, or else the primary.

Written for threads; under asyncio the same code runs where SQLAlchemy's engines await.
Nothing runs in the background: what must be known is asked by a request that needs it, by one
at a time, within a deadline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from outgrow_kit.breaker import Breaker
from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases.begin import ANSWER, OPTION, REPLAYED, Begin
from outgrow_kit.databases.copies import Copy, CopyStatus, Turns
from outgrow_kit.databases.deadline import within
from outgrow_kit.databases.freshness import PrimaryLog
from outgrow_kit.databases.position import Position, later

# The insert position is past every commit that was reported, also an asynchronous one; the
# name of the log file begins with the timeline, which is right at once after a promotion.
_PRIMARY_POSITION = (
    "SELECT pg_current_wal_insert_lsn()::text, pg_walfile_name(pg_current_wal_insert_lsn())"
)
# No single source is right at once and visible to everyone; each only ever grows.
_COPY_TIMELINE = (
    "SELECT greatest((SELECT timeline_id FROM pg_control_checkpoint()),"
    " (SELECT min_recovery_end_timeline FROM pg_control_recovery()),"
    " (SELECT received_tli FROM pg_stat_wal_receiver))"
)
_TIMELINE = "outgrow_timeline"
_FIRST_PAUSE_SECONDS = 0.001
_LONGEST_PAUSE_SECONDS = 0.005
_COMMIT_SECONDS = 1.0

_log = logging.getLogger("outgrow_kit.databases")

Failures = (SQLAlchemyError, psycopg.Error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How old, how late: what reads from copies may be and take.

    `wait_seconds` is how long a read waits for a copy to catch up with what the client wrote,
    `deadline_seconds` how long a copy may take to begin a transaction before it is left out.
    """

    allowed_lag_seconds: float = 1.0
    wait_seconds: float = 0.05
    deadline_seconds: float = 0.25

    @property
    def ask_again_seconds(self) -> float:
        """Return how long an answer holds: often enough for the lag to be told from it."""
        return min(max(self.allowed_lag_seconds / 4, 0.02), 1.0)


class Router:
    """Routes the reads of one process."""

    def __init__(
        self,
        watcher: Engine,
        copies: Sequence[Copy],
        tolerance: Tolerance,
        pause: Callable[[float], object],
        clock: Clock = monotonic,
    ) -> None:
        self._watcher = watcher
        self._ordinary = [copy for copy in copies if not copy.analytics]
        self._analytics = [copy for copy in copies if copy.analytics]
        self._tolerance = tolerance
        self._pause = pause
        self._clock = clock
        self._log = PrimaryLog(tolerance.allowed_lag_seconds)
        self._primary = Breaker(open_seconds=0.25, longest_seconds=2.0, clock=clock)
        self._turns = Turns()
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._is_asking = False

    def connection(
        self, token: Position | None, begin: Begin, analytics: bool
    ) -> Connection | None:
        """Return a connection to a copy, in a transaction that sees `token`; None: the primary."""
        asked = replace(begin, asks_position=True)
        if analytics and (found := self._of_analytics(asked)) is not None:
            return found
        if not self._ordinary or self._tolerance.allowed_lag_seconds <= 0:
            return None
        floor = self._floor()
        if floor is None or (token is not None and token.timeline != floor.timeline):
            return None
        return self._of_ordinary(_Need(floor, later(floor, token) or floor), asked)

    def _of_analytics(self, asked: Begin) -> Connection | None:
        """Return a connection to a copy for analytics, which may lag as it likes."""
        for copy in self._turns.order(self._analytics):
            if copy.breaker.allows():
                connection = self._opened(copy, None, asked)
                if connection is not None:
                    return connection
        return None

    def _of_ordinary(self, need: _Need, asked: Begin) -> Connection | None:
        until = self._clock() + self._tolerance.wait_seconds
        for copy in self._turns.order(self._ordinary):
            if copy.is_worth_asking(need.all, self._clock()):
                connection = self._opened(copy, need, asked, until)
                if connection is not None:
                    return connection
        return None

    def _opened(
        self, copy: Copy, need: _Need | None, asked: Begin, until: float = 0.0
    ) -> Connection | None:
        """Return a connection in a transaction that sees what is needed, or None."""
        connection: Connection | None = None
        try:
            with within(self._tolerance.deadline_seconds + self._tolerance.wait_seconds):
                connection = copy.engine.connect().execution_options(**{OPTION: asked})
                if self._begun(connection, copy, need, until):
                    return connection
        except Failures as error:
            if not _is_full(error):
                self._eject(copy, _first_line(error))
        except BaseException:
            _let_go(connection)
            raise
        _let_go(connection)
        return None

    def _begun(self, connection: Connection, copy: Copy, need: _Need | None, until: float) -> bool:
        timeline = self._timeline(connection, need)
        connection.begin()
        while True:
            reached = _position(timeline, connection.info[ANSWER])
            if reached is None:
                self._eject(copy, "it was promoted, so it follows nobody")
                return False
            copy.answered(reached)
            if need is None or need.is_met_by(reached):
                return True
            connection.rollback()
            if not need.is_within_lag(reached):
                copy.behind_until = self._clock() + self._tolerance.ask_again_seconds
                return False
            if not self._caught_up(connection, timeline, need, until):
                return False
            connection.begin()

    def _caught_up(self, connection: Connection, timeline: int, need: _Need, until: float) -> bool:
        """Wait until the copy has what the client wrote; return whether it has."""
        seconds = _FIRST_PAUSE_SECONDS
        while (left := until - self._clock()) > 0:
            self._pause(min(seconds, left))
            seconds = min(seconds * 2, _LONGEST_PAUSE_SECONDS)
            reached = _position(timeline, _row(connection, REPLAYED)[0])
            if reached is not None and need.is_met_by(reached):
                return True
        return False

    def _eject(self, copy: Copy, reason: str) -> None:
        if not copy.breaker.is_open:
            _log.warning("replica %s is left out until it answers: %s", copy.name, reason)
        copy.breaker.failed()

    def _timeline(self, connection: Connection, need: _Need | None) -> int:
        """Return the timeline of the copy, as old as it may be where it is the one needed."""
        known = connection.info.get(_TIMELINE)
        if known is None or (need is not None and known != need.all.timeline):
            known = connection.info[_TIMELINE] = int(_row(connection, _COPY_TIMELINE)[0])
        return int(known)

    def _floor(self) -> Position | None:
        """Return what a copy must have to be within the allowed lag; None: nobody can tell.

        While the primary does not answer, a copy must have everything this process knows of.
        """
        self._ask_primary()
        floor = self._log.floor(self._clock())
        if floor is None and self._primary.is_open:
            return self._log.newest
        return floor

    def _ask_primary(self) -> None:
        now = self._clock()
        with self._lock:
            is_known = now - self._asked_at < self._tolerance.ask_again_seconds
            if is_known or self._is_asking or not self._primary.allows():
                return
            self._is_asking = True
        try:
            with within(self._tolerance.deadline_seconds), self._watcher.connect() as connection:
                self._noted(_row(connection, _PRIMARY_POSITION), now)
        except Failures as error:
            if not _is_full(error):
                self._primary.failed()
        finally:
            self._is_asking = False

    def committed(self, connection: Connection) -> Position:
        """Return where the log ends now, asked on the connection that has just committed."""
        asked_at = self._clock()
        try:
            with within(_COMMIT_SECONDS):
                return self._noted(_row(connection, _PRIMARY_POSITION), asked_at)
        except Failures:
            return Position.PRIMARY  # what was written is there; only nobody knows where

    def _noted(self, row: Any, asked_at: float) -> Position:
        position = Position.of_server(int(row[1][:8], 16), row[0])
        self._log.note(position, asked_at)
        self._primary.succeeded()
        self._asked_at = max(self._asked_at, asked_at)
        return position

    def status(self) -> tuple[CopyStatus, ...]:
        """Return what is known of each copy; nothing is asked for it."""
        floor = self._log.floor(self._clock()) or self._log.newest
        return tuple(
            CopyStatus(
                name=copy.name,
                analytics=copy.analytics,
                answers=not copy.breaker.is_open,
                within_lag=bool(copy.known and floor and copy.known >= floor),
                replayed=copy.known.token() if copy.known else None,
            )
            for copy in (*self._ordinary, *self._analytics)
        )


@dataclass(frozen=True, slots=True)
class _Need:
    """What a copy must have replayed: for the allowed lag, and for the client's own writes."""

    lag: Position
    all: Position

    def is_met_by(self, reached: Position) -> bool:
        return reached.timeline == self.all.timeline and reached.lsn >= self.all.lsn

    def is_within_lag(self, reached: Position) -> bool:
        return reached.timeline == self.lag.timeline and reached.lsn >= self.lag.lsn


def _row(connection: Connection, query: str) -> Any:
    """Return the first row of a query that is no part of a transaction."""
    driver = connection.connection
    cursor = driver.cursor()
    try:
        cursor.execute(query)
        return cursor.fetchone()
    except psycopg.Error as error:
        if driver.dbapi_connection.closed:  # type: ignore[union-attr]
            connection.invalidate(error)
        raise
    finally:
        cursor.close()


def _position(timeline: int, answer: object) -> Position | None:
    return Position.of_server(timeline, str(answer)) if answer is not None else None


def _is_full(error: BaseException) -> bool:
    """Return whether no connection of the pool was free, which says nothing of the server."""
    from sqlalchemy.exc import TimeoutError as NothingFree

    return isinstance(error, NothingFree)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _let_go(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(*Failures):
            connection.close()
