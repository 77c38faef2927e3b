"""The tables and functions behind shards, as SQL that may be run again at any time.

The directory lies in the main database, a gate in every database that holds shards. What
`outgrow shards` knows of them is the same text; a test compares the two.
"""

from __future__ import annotations

# Serialises `create ... if not exists`, which fails when two sessions do it at one moment.
LOCK = "SELECT pg_advisory_xact_lock(1869050728, -1)"

DIRECTORY = """
CREATE TABLE IF NOT EXISTS outgrow_shard_directory (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    logical integer NOT NULL CHECK (logical > 0),
    generation bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS outgrow_shard (
    logical integer PRIMARY KEY,
    database text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    generation bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS outgrow_shard_key (
    key text PRIMARY KEY,
    database text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    generation bigint NOT NULL
);
"""

IDS = """
CREATE TABLE IF NOT EXISTS outgrow_shard_ids (
    slot integer PRIMARY KEY,
    until_ms bigint NOT NULL
);
INSERT INTO outgrow_shard_ids SELECT slot, 0 FROM generate_series(0, 255) AS slot
ON CONFLICT DO NOTHING;
"""

# `outgrow_shard_state` first takes the locks that a move takes against them, then looks. Each
# query of a function sees what is committed by then; in REPEATABLE READ it would see the past,
# so there the lock of a row that every change of the gate touches fails instead (40001).
GATE = """
CREATE TABLE IF NOT EXISTS outgrow_shard_gate (
    kind text NOT NULL CHECK (kind IN ('key', 'logical')),
    name text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('open', 'captured', 'fenced', 'moved', 'forgotten', 'incoming')),
    move text NOT NULL DEFAULT '',
    until timestamptz,
    PRIMARY KEY (kind, name)
);
CREATE TABLE IF NOT EXISTS outgrow_shard_slot (
    slot integer PRIMARY KEY,
    changes bigint NOT NULL
);
INSERT INTO outgrow_shard_slot SELECT slot, 0 FROM generate_series(0, 255) AS slot
ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS outgrow_shard_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    relation text NOT NULL,
    row_key text[] NOT NULL
);
CREATE OR REPLACE FUNCTION outgrow_shard_logical(key text, logical integer) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT mod(
        ('x' || encode(substr(sha256(convert_to(key, 'UTF8')), 1, 7), 'hex'))::bit(56)::bigint,
        logical
    )::integer
$$;
CREATE OR REPLACE FUNCTION outgrow_shard_gate_of(
    shard integer, key text, OUT kind text, OUT name text, OUT state text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1869048677, hashtext(key)),
            pg_advisory_xact_lock_shared(1869050728, shard);
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM outgrow_shard_slot AS s WHERE s.slot = mod(shard, 256) FOR SHARE;
    END IF;
    SELECT g.kind, g.name,
           CASE WHEN g.state = 'fenced' AND g.until <= clock_timestamp() THEN 'captured'
                ELSE g.state END
    INTO kind, name, state FROM outgrow_shard_gate AS g
    WHERE g.kind = 'key' AND g.name = key OR g.kind = 'logical' AND g.name = shard::text
    ORDER BY g.kind LIMIT 1;
END
$$;
CREATE OR REPLACE FUNCTION outgrow_shard_enter(shard integer, key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    found text;
BEGIN
    SELECT g.state INTO found FROM outgrow_shard_gate_of(shard, key) AS g;
    IF found IN ('fenced', 'moved', 'forgotten', 'incoming') THEN
        RAISE EXCEPTION 'outgrow: these rows live in another database, or are on their way'
            USING ERRCODE = 'OG001';
    END IF;
END
$$;
"""
