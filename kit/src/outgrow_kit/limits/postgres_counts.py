"""Counts in PostgreSQL, for all processes of a team that does not pay for Redis yet."""

from __future__ import annotations

from typing import LiteralString

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.errors import InvalidSettings
from outgrow_kit.limits.counts import Algorithm, Count, fixed_count, sliding_count
from outgrow_kit.stores.postgres import PostgresStore

# Unlogged: counts need not outlive a crash, and so cost no write-ahead log. Room on each page
# lets an update stay on it.
RATE_LIMITS_TABLE: LiteralString = """
CREATE UNLOGGED TABLE IF NOT EXISTS outgrow_rate_counts (
    key text PRIMARY KEY,
    window_number bigint NOT NULL,
    previous integer NOT NULL,
    current integer NOT NULL,
    is_allowed boolean NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS outgrow_rate_counts_expires_at ON outgrow_rate_counts (expires_at);
"""
# The time is the server's. A statement that waited for another may come with the older window.
_HIT: LiteralString = """
WITH clock AS MATERIALIZED (
    SELECT extract(epoch FROM clock_timestamp())::double precision AS now
), given AS MATERIALIZED (
    SELECT floor(now / %(window)s)::bigint AS number,
           1 - (now / %(window)s - floor(now / %(window)s)) AS share
      FROM clock
)
INSERT INTO outgrow_rate_counts AS c
       (key, window_number, previous, current, is_allowed, expires_at)
SELECT %(key)s, number, 0, 1, true, now() + 2 * %(window)s * interval '1 second' FROM given
ON CONFLICT (key) DO UPDATE SET
    (window_number, previous, current, is_allowed, expires_at) = (
        SELECT state.number, state.previous, state.current + fits::int, fits, excluded.expires_at
          FROM (
            SELECT greatest(c.window_number, excluded.window_number) AS number,
                   CASE WHEN excluded.window_number <= c.window_number THEN c.previous
                        WHEN excluded.window_number = c.window_number + 1 THEN c.current
                        ELSE 0 END AS previous,
                   CASE WHEN excluded.window_number <= c.window_number THEN c.current
                        ELSE 0 END AS current
          ) AS state,
          LATERAL (
            SELECT floor(%(weight)s * state.previous * (SELECT share FROM given))
                   + state.current < %(limit)s AS fits
          ) AS judged
    )
RETURNING is_allowed, previous, current, (SELECT share FROM given)
"""
_FORGET: LiteralString = """
DELETE FROM outgrow_rate_counts WHERE key IN (
    SELECT key FROM outgrow_rate_counts WHERE expires_at < now() LIMIT 5000
    FOR UPDATE SKIP LOCKED
)
"""
_FORGET_EVERY_SECONDS = 60.0


class PostgresCounts:
    """Counts that every process shares, one statement and one small write a request.

    Knows the sliding and the fixed window; a fixed one begins at a multiple of its length.
    Each process deletes what has expired once a minute.
    """

    def __init__(
        self,
        store: PostgresStore,
        namespace: str = "app",
        algorithm: Algorithm = "sliding_window",
        clock: Clock = monotonic,
    ) -> None:
        if algorithm == "moving_window":
            raise InvalidSettings(
                ["rate limits in PostgreSQL have no moving_window; use sliding_window"]
            )
        self._store = store
        self._prefix = f"{namespace}:"
        self._weight = 1 if algorithm == "sliding_window" else 0
        self._clock = clock
        self._forget_at = clock() + _FORGET_EVERY_SECONDS

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        """Count one request, unless it is over the limit; raises StoreUnavailable."""
        values = {
            "key": self._prefix + key,
            "window": float(window_seconds),
            "limit": limit,
            "weight": self._weight,
        }
        rows = await self._store.rows(_HIT, values)
        is_allowed, previous, current, share = rows[0]
        if self._clock() >= self._forget_at:
            await self.forget_expired()
        left = float(share) * window_seconds
        if not self._weight:
            return fixed_count(limit, current if is_allowed else limit + 1, left)
        return sliding_count(
            is_allowed, limit, window_seconds, previous, left, current, left + window_seconds
        )

    async def forget_expired(self) -> None:
        """Delete counts of windows that are over, at most 5,000 of them."""
        self._forget_at = self._clock() + _FORGET_EVERY_SECONDS
        await self._store.rows(_FORGET, {})

    async def prepare(self) -> None:
        """Connect, and create the table unless it exists; raises StoreUnavailable."""
        await self._store.connect()
        await self._store.rows("SELECT FROM outgrow_rate_counts LIMIT 0", {})

    async def close(self) -> None:
        """Close connections."""
        await self._store.close()
