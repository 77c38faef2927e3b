"""The moving window in PostgreSQL: the moments of a caller's requests, in one row."""

from __future__ import annotations

from typing import LiteralString

# Unlogged, as the counts of the other windows are. A row holds at most the limit's moments.
RATE_MOMENTS_TABLE: LiteralString = """
CREATE UNLOGGED TABLE IF NOT EXISTS outgrow_rate_moments (
    key text PRIMARY KEY,
    moments double precision[] NOT NULL,
    asked_at double precision NOT NULL,
    granted integer NOT NULL,
    most integer NOT NULL,
    seconds double precision NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS outgrow_rate_moments_expires_at ON outgrow_rate_moments (expires_at);
"""
# The time is the server's and never goes back: a statement that waited for another one may have
# begun before it. `granted` is how many of these requests fit, `most` and `seconds` are only
# carried to the judging. Keys in order, so that two statements never wait for each other; an end
# that is the same for all of a window leaves its index alone.
HIT: LiteralString = """
WITH clock AS MATERIALIZED (
    SELECT extract(epoch FROM clock_timestamp())::double precision AS now
)
INSERT INTO outgrow_rate_moments AS c
       (key, moments, asked_at, granted, most, seconds, expires_at)
SELECT key, array_fill(now, ARRAY[least(hits, most)]), now, least(hits, most), most, seconds,
       to_timestamp((floor(now / seconds) + 2) * seconds)
  FROM clock, unnest(
         %(keys)s::text[], %(windows)s::double precision[], %(limits)s::integer[],
         %(hits)s::integer[]
       ) AS asked (key, seconds, most, hits)
 ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    (moments, asked_at, granted, most, seconds, expires_at) = (
        SELECT kept.moments || array_fill(state.now, ARRAY[fits]), state.now, fits,
               excluded.most, excluded.seconds, greatest(c.expires_at, excluded.expires_at)
          FROM (SELECT greatest(c.asked_at, excluded.asked_at) AS now) AS state,
          LATERAL (
            SELECT coalesce(array_agg(moment ORDER BY place), '{}') AS moments
              FROM unnest(c.moments) WITH ORDINALITY AS old (moment, place)
             WHERE moment > state.now - excluded.seconds
          ) AS kept,
          LATERAL (
            SELECT least(excluded.granted,
                         greatest(0, excluded.most - cardinality(kept.moments))) AS fits
          ) AS judged
    )
RETURNING key, granted, cardinality(moments), asked_at - coalesce(moments[1], asked_at)
"""
FORGET: LiteralString = """
DELETE FROM outgrow_rate_moments WHERE key IN (
    SELECT key FROM outgrow_rate_moments WHERE expires_at < now() LIMIT 5000
    FOR UPDATE SKIP LOCKED
)
"""
KNOWN: LiteralString = "SELECT FROM outgrow_rate_moments LIMIT 0"
