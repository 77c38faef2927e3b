"""Sessions in PostgreSQL: one row each, one statement a step."""

from __future__ import annotations

import json
from typing import Any, LiteralString

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.sessions.values import Changes, Record
from outgrow_kit.stores.postgres import PostgresStore

SESSIONS_TABLE: LiteralString = """
CREATE TABLE IF NOT EXISTS outgrow_sessions (
    id text PRIMARY KEY,
    user_id text,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    idle_expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS outgrow_sessions_user_id ON outgrow_sessions (user_id);
CREATE INDEX IF NOT EXISTS outgrow_sessions_idle ON outgrow_sessions (idle_expires_at);
"""
_LIVING: LiteralString = (
    "expires_at > to_timestamp(%(now)s) AND idle_expires_at > to_timestamp(%(now)s)"
)
_COLUMNS: LiteralString = (
    "id, user_id, extract(epoch FROM created_at), extract(epoch FROM expires_at), "
    "extract(epoch FROM idle_expires_at)"
)
# Most reads write nothing: the idle end moves only when it has something to move.
_READ: LiteralString = f"""
WITH touched AS (
    UPDATE outgrow_sessions
       SET idle_expires_at = least(expires_at, to_timestamp(%(now)s + %(idle)s))
     WHERE id = %(key)s AND {_LIVING}
       AND idle_expires_at
           <= least(expires_at, to_timestamp(%(now)s + %(idle)s)) - make_interval(secs => %(touch)s)
)
SELECT {_COLUMNS}, data FROM outgrow_sessions WHERE id = %(key)s AND {_LIVING}
"""
_CHANGE: LiteralString = f"""
UPDATE outgrow_sessions SET data = (data - %(removed)s::text[]) || %(changed)s::jsonb
 WHERE id = %(key)s AND {_LIVING} RETURNING true
"""
_REPLACE: LiteralString = f"""
WITH old AS (
    DELETE FROM outgrow_sessions WHERE id = %(old)s AND {_LIVING} RETURNING user_id, data
)
INSERT INTO outgrow_sessions (id, user_id, data, created_at, expires_at, idle_expires_at)
SELECT %(key)s, %(user)s,
       (coalesce((SELECT data FROM old WHERE user_id IS NULL OR user_id = %(user)s), '{{}}')
        - %(removed)s::text[]) || %(changed)s::jsonb,
       to_timestamp(%(now)s), to_timestamp(%(ends)s), to_timestamp(%(idle_ends)s)
 WHERE NOT %(only_living)s OR EXISTS (SELECT FROM old)
ON CONFLICT (id) DO NOTHING
RETURNING true
"""
_REVOKE: LiteralString = """
DELETE FROM outgrow_sessions
 WHERE id = %(key)s AND (%(user)s::text IS NULL OR user_id = %(user)s) RETURNING true
"""
_REVOKE_USER: LiteralString = """
DELETE FROM outgrow_sessions
 WHERE user_id = %(user)s AND id IS DISTINCT FROM %(keep)s::text RETURNING true
"""
_OF_USER: LiteralString = f"""
SELECT {_COLUMNS} FROM outgrow_sessions
 WHERE user_id = %(user)s AND {_LIVING} ORDER BY created_at DESC
"""
_FORGET: LiteralString = """
DELETE FROM outgrow_sessions WHERE id IN (
    SELECT id FROM outgrow_sessions WHERE idle_expires_at < to_timestamp(%(now)s) LIMIT 5000
    FOR UPDATE SKIP LOCKED
)
"""
_FORGET_EVERY_SECONDS = 300.0


class PostgresSessions:
    """Sessions in PostgreSQL. Each process deletes those that have ended every five minutes."""

    def __init__(self, store: PostgresStore, clock: Clock = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._forget_at = clock() + _FORGET_EVERY_SECONDS

    async def read(
        self, key: str, now: float, idle_seconds: float, touch_seconds: float
    ) -> Record | None:
        """Return a living session, or None; see SessionStore."""
        values = {"key": key, "now": now, "idle": idle_seconds, "touch": touch_seconds}
        rows = await self._store.rows(_READ, values)
        return _record(rows[0]) if rows else None

    async def change(self, key: str, now: float, changes: Changes) -> bool:
        """Change a living session; False when it is gone."""
        values = {"key": key, "now": now, **_written(changes)}
        return bool(await self._store.rows(_CHANGE, values))

    async def replace(
        self, old_key: str | None, record: Record, changes: Changes, *, only_living: bool
    ) -> bool:
        """Begin a session and end another in one step; see SessionStore."""
        values = {
            "old": old_key, "key": record.key, "user": record.user_id, "now": record.created_at,
            "ends": record.expires_at, "idle_ends": record.idle_expires_at,
            "only_living": only_living, **_written(changes),
        }  # fmt: skip
        begun = await self._store.rows(_REPLACE, values)
        if self._clock() >= self._forget_at:
            await self.forget_ended(record.created_at)
        # Without `only_living`, no row means that it was sent twice, and begun the first time.
        return bool(begun) or not only_living

    async def revoke(self, key: str, user_id: str | None) -> bool:
        """End a session; with `user_id` only when it is that user's."""
        return bool(await self._store.rows(_REVOKE, {"key": key, "user": user_id}))

    async def revoke_user(self, user_id: str, keep_key: str | None) -> int:
        """End all sessions of a user but `keep_key`; return how many those were."""
        return len(await self._store.rows(_REVOKE_USER, {"user": user_id, "keep": keep_key}))

    async def of_user(self, user_id: str, now: float) -> list[Record]:
        """Return the living sessions of a user, the newest first."""
        rows = await self._store.rows(_OF_USER, {"user": user_id, "now": now})
        return [_record(row) for row in rows]

    async def forget_ended(self, now: float) -> None:
        """Delete sessions that have ended, at most 5,000 of them."""
        self._forget_at = self._clock() + _FORGET_EVERY_SECONDS
        await self._store.rows(_FORGET, {"now": now})

    async def prepare(self) -> None:
        """Connect, and create the table unless it exists; raises StoreUnavailable."""
        await self._store.connect()
        await self._store.rows("SELECT FROM outgrow_sessions LIMIT 0", {})

    async def close(self) -> None:
        """Close connections."""
        await self._store.close()


def _written(changes: Changes) -> dict[str, object]:
    changed = ",".join(f"{json.dumps(key)}:{text}" for key, text in changes.texts.items())
    return {"changed": f"{{{changed}}}", "removed": sorted(changes.removed)}


def _record(row: tuple[Any, ...]) -> Record:
    key, user_id, created_at, expires_at, idle_expires_at, *data = row
    return Record(
        key=key,
        user_id=user_id,
        created_at=float(created_at),
        expires_at=float(expires_at),
        idle_expires_at=float(idle_expires_at),
        data=data[0] if data else {},
    )
