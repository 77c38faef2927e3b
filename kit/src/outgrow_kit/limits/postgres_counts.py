"""Counts in PostgreSQL, for all processes of a team that does not pay for Redis yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import LiteralString

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits import postgres_moments
from outgrow_kit.limits.batches import Batches
from outgrow_kit.limits.counts import Algorithm, Count, fixed_count, moving_count, sliding_count
from outgrow_kit.limits.postgres_moments import RATE_MOMENTS_TABLE
from outgrow_kit.stores.postgres import PostgresStore, Rows

# Unlogged: counts need not outlive a crash, and so cost no write-ahead log. Room on each page
# lets an update stay on it.
RATE_LIMITS_TABLE: LiteralString = """
CREATE UNLOGGED TABLE IF NOT EXISTS outgrow_rate_counts (
    key text PRIMARY KEY,
    window_number bigint NOT NULL,
    previous integer NOT NULL,
    current integer NOT NULL,
    granted integer NOT NULL,
    most integer NOT NULL,
    share double precision NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS outgrow_rate_counts_expires_at ON outgrow_rate_counts (expires_at);
"""
# The time is the server's. A statement that waited for another may come with the older window.
# `granted` is how many of these requests fit, `most` and `share` are only carried to the judging.
# Keys in order, so that two statements never wait for each other; an end that is the same for
# all of a window leaves its index alone.
_HIT: LiteralString = """
WITH clock AS MATERIALIZED (
    SELECT extract(epoch FROM clock_timestamp())::double precision AS now
)
INSERT INTO outgrow_rate_counts AS c
       (key, window_number, previous, current, granted, most, share, expires_at)
SELECT key, floor(place)::bigint, 0, least(hits, most), least(hits, most), most,
       1 - (place - floor(place)), to_timestamp((floor(place) + 2) * seconds)
  FROM (
    SELECT asked.*, clock.now / asked.seconds AS place
      FROM clock, unnest(
        %(keys)s::text[], %(windows)s::double precision[], %(limits)s::integer[],
        %(hits)s::integer[]
      ) AS asked (key, seconds, most, hits)
  ) AS given
 ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    (window_number, previous, current, granted, most, share, expires_at) = (
        SELECT state.number, state.previous, state.current + fits, fits, excluded.most,
               excluded.share, greatest(c.expires_at, excluded.expires_at)
          FROM (
            SELECT greatest(c.window_number, excluded.window_number) AS number,
                   CASE WHEN excluded.window_number <= c.window_number THEN c.previous
                        WHEN excluded.window_number = c.window_number + 1 THEN c.current
                        ELSE 0 END AS previous,
                   CASE WHEN excluded.window_number <= c.window_number THEN c.current
                        ELSE 0 END AS current
          ) AS state,
          LATERAL (
            SELECT least(excluded.granted, greatest(0, excluded.most - state.current
                   - floor(%(weight)s * state.previous * excluded.share)::integer)) AS fits
          ) AS judged
    )
RETURNING key, granted, previous, current, share
"""
_FORGET: LiteralString = """
DELETE FROM outgrow_rate_counts WHERE key IN (
    SELECT key FROM outgrow_rate_counts WHERE expires_at < now() LIMIT 5000
    FOR UPDATE SKIP LOCKED
)
"""
_KNOWN: LiteralString = "SELECT FROM outgrow_rate_counts LIMIT 0"
_FORGET_EVERY_SECONDS = 60.0


def table_of(algorithm: Algorithm) -> LiteralString:
    """Return what creates the table that an algorithm counts in."""
    return RATE_MOMENTS_TABLE if algorithm == "moving_window" else RATE_LIMITS_TABLE


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that is counted."""

    key: str
    limit: int
    window_seconds: int


class PostgresCounts:
    """Counts that every process shares, one statement for the requests of one moment.

    A fixed window begins at a multiple of its length; a moving one is a row of moments. Each
    process deletes what has expired once a minute. `store` has the table of `table_of`.
    """

    def __init__(
        self,
        store: PostgresStore,
        namespace: str = "app",
        algorithm: Algorithm = "sliding_window",
        clock: Clock = monotonic,
    ) -> None:
        self._store = store
        self._prefix = f"{namespace}:"
        self._is_moving = algorithm == "moving_window"
        self._weight = 1 if algorithm == "sliding_window" else 0
        self._clock = clock
        self._forget_at = clock() + _FORGET_EVERY_SECONDS
        self._forgetting: asyncio.Task[None] | None = None
        self._batches = Batches(
            self._counted, deadline_seconds=store.deadline_seconds, at_once=store.connections
        )

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        """Count one request, unless it is over the limit; raises StoreUnavailable."""
        return await self._batches.ask(Hit(self._prefix + key, limit, window_seconds))

    async def _counted(self, hits: Sequence[Hit]) -> Sequence[Count]:
        asked: dict[str, list[Hit]] = {}
        for hit in hits:
            asked.setdefault(hit.key, []).append(hit)
        # Of one key all are judged by the first one's limit: a key names its rule.
        values: dict[str, object] = {
            "keys": list(asked),
            "windows": [float(of[0].window_seconds) for of in asked.values()],
            "limits": [of[0].limit for of in asked.values()],
            "hits": [len(of) for of in asked.values()],
        }
        found = {row[0]: row[1:] for row in await self._answered(values)}
        if self._clock() >= self._forget_at:
            self._forget_at = self._clock() + _FORGET_EVERY_SECONDS
            self._forgetting = asyncio.ensure_future(self._forgotten())
        turns = dict.fromkeys(asked, 0)
        counts = []
        for hit in hits:
            read = self._moving if self._is_moving else self._count
            counts.append(read(hit, turns[hit.key], *found[hit.key]))
            turns[hit.key] += 1
        return counts

    def _count(
        self, hit: Hit, turn: int, granted: int, previous: int, current: int, share: float
    ) -> Count:
        """Return what became of a key's hit number `turn`, of which the first `granted` fit."""
        is_allowed = turn < granted
        so_far = current - granted + turn + 1 if is_allowed else current
        limit, window = hit.limit, hit.window_seconds
        left = share * window
        if not self._weight:
            return fixed_count(limit, so_far if is_allowed else limit + 1, left)
        return sliding_count(is_allowed, limit, window, previous, left, so_far, left + window)

    async def _answered(self, values: dict[str, object]) -> Rows:
        if self._is_moving:
            return await self._store.rows(postgres_moments.HIT, values)
        return await self._store.rows(_HIT, {**values, "weight": self._weight})

    def _moving(
        self, hit: Hit, turn: int, granted: int, entries: int, oldest_age_seconds: float
    ) -> Count:
        is_allowed = turn < granted
        so_far = entries - granted + turn + 1 if is_allowed else entries
        return moving_count(is_allowed, hit.limit, hit.window_seconds, so_far, oldest_age_seconds)

    async def _forgotten(self) -> None:
        with suppress(StoreUnavailable):  # the next minute is soon enough
            await self.forget_expired()

    async def forget_expired(self) -> None:
        """Delete counts of windows that are over, at most 5,000 of them."""
        self._forget_at = self._clock() + _FORGET_EVERY_SECONDS
        await self._store.rows(postgres_moments.FORGET if self._is_moving else _FORGET, {})

    async def prepare(self) -> None:
        """Connect, and create the table unless it exists; raises StoreUnavailable."""
        await self._store.connect()
        await self._store.rows(postgres_moments.KNOWN if self._is_moving else _KNOWN, {})

    async def close(self) -> None:
        """Close connections."""
        await self._batches.close()
        if self._forgetting is not None:
            await self._forgetting
        await self._store.close()
