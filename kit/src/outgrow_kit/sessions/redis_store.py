"""Sessions in Redis: a hash for each, and a sorted set of each user's.

Every step is one script, so nothing happens between a check and a write. Times in them are
whole milliseconds by the application's clock.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from outgrow_kit.sessions.values import Changes, JsonValue, Record
from outgrow_kit.stores.redis import RedisStore

# u user, c created, a absolute end, i idle end, x name of the user's set; d:… a value as JSON.
# A user's session lives only while it is in the set: what `revoke_user` cannot see is over.
_LIVING = """
local function living(key, now)
  local u, a, i, x = unpack(redis.call('HMGET', key, 'u', 'a', 'i', 'x'))
  if not a then return nil end
  local listed = not x or x == '' or redis.call('ZSCORE', x, key)
  if now >= tonumber(a) or now >= tonumber(i) or not listed then
    redis.call('DEL', key)
    if x and x ~= '' then redis.call('ZREM', x, key) end
    return nil
  end
  return {u, tonumber(a), tonumber(i), x}
end
local function apply(key, from)
  local removed = tonumber(ARGV[from])
  for n = from + 1, from + removed do redis.call('HDEL', key, ARGV[n]) end
  for n = from + removed + 1, #ARGV, 2 do redis.call('HSET', key, ARGV[n], ARGV[n + 1]) end
end
"""
_READ = (
    _LIVING
    + """
local key, now, idle, touch = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = living(key, now)
if not found then return nil end
local ends = math.min(now + idle, found[2])
if ends - found[3] >= touch then
  redis.call('HSET', key, 'i', ends)
  redis.call('PEXPIRE', key, ends - now)
end
return redis.call('HGETALL', key)
"""
)
_CHANGE = (
    _LIVING
    + """
if not living(KEYS[1], tonumber(ARGV[1])) then return 0 end
apply(KEYS[1], 2)
return 1
"""
)
_REPLACE = (
    _LIVING
    + """
local old, key, set = KEYS[1], KEYS[2], KEYS[3]
local only_living, user, created = ARGV[1], ARGV[2], tonumber(ARGV[3])
local ends, idle_ends = tonumber(ARGV[4]), tonumber(ARGV[5])
local found = old ~= '' and living(old, created)
if only_living == '1' and not found then return 0 end
if found then
  if found[4] ~= '' then redis.call('ZREM', found[4], old) end
  if found[1] == '' or found[1] == user then redis.call('RENAME', old, key)
  else redis.call('DEL', old) end
end
redis.call('HSET', key, 'u', user, 'c', created, 'a', ends, 'i', idle_ends, 'x', set)
apply(key, 6)
redis.call('PEXPIRE', key, idle_ends - created)
if set ~= '' then
  redis.call('ZREMRANGEBYSCORE', set, '-inf', created)
  redis.call('ZADD', set, ends, key)
  redis.call('PEXPIRE', set, ends - created)
end
return 1
"""
)
_REVOKE = """
local u, x = unpack(redis.call('HMGET', KEYS[1], 'u', 'x'))
if not u or (ARGV[1] ~= '' and u ~= ARGV[1]) then return 0 end
if x ~= '' then redis.call('ZREM', x, KEYS[1]) end
return redis.call('DEL', KEYS[1])
"""
_REVOKE_USER = """
local count = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if key ~= ARGV[1] then
    redis.call('ZREM', KEYS[1], key)
    count = count + redis.call('DEL', key)
  end
end
return count
"""
_OF_USER = (
    _LIVING
    + """
local found = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if living(key, tonumber(ARGV[1])) then
    found[#found + 1] = {key, redis.call('HMGET', key, 'u', 'c', 'a', 'i')}
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return found
"""
)


class RedisSessions:
    """Sessions in Redis. They end by themselves; a Redis that is emptied logs everybody out."""

    def __init__(self, store: RedisStore, namespace: str = "app") -> None:
        self._store = store
        self._prefix = f"{namespace}:session:"
        self._user_prefix = f"{namespace}:sessions-of:"
        register = store.client.register_script
        self._read, self._change = register(_READ), register(_CHANGE)
        self._replace, self._revoke = register(_REPLACE), register(_REVOKE)
        self._revoke_user, self._of_user = register(_REVOKE_USER), register(_OF_USER)

    async def read(
        self, key: str, now: float, idle_seconds: float, touch_seconds: float
    ) -> Record | None:
        """Return a living session, or None; see SessionStore."""
        times = [_ms(now), _ms(idle_seconds), _ms(touch_seconds)]
        found = await self._ran(self._read, [self._prefix + key], times)
        if not found:
            return None
        fields = dict(zip(found[::2], found[1::2], strict=True))
        data: dict[str, JsonValue] = {
            name[2:].decode(): json.loads(text)
            for name, text in fields.items()
            if name.startswith(b"d:")
        }
        return _record(key, [fields[name] for name in (b"u", b"c", b"a", b"i")], data)

    async def change(self, key: str, now: float, changes: Changes) -> bool:
        """Change a living session; False when it is gone."""
        arguments = [_ms(now), *_written(changes)]
        return bool(await self._ran(self._change, [self._prefix + key], arguments))

    async def replace(
        self, old_key: str | None, record: Record, changes: Changes, *, only_living: bool
    ) -> bool:
        """Begin a session and end another in one step; see SessionStore."""
        old = self._prefix + old_key if old_key else ""
        keys = [old, self._prefix + record.key, self._set_of(record.user_id)]
        arguments = [
            "1" if only_living else "0", record.user_id or "", _ms(record.created_at),
            _ms(record.expires_at), _ms(record.idle_expires_at), *_written(changes),
        ]  # fmt: skip
        return bool(await self._ran(self._replace, keys, arguments))

    async def revoke(self, key: str, user_id: str | None) -> bool:
        """End a session; with `user_id` only when it is that user's."""
        return bool(await self._ran(self._revoke, [self._prefix + key], [user_id or ""]))

    async def revoke_user(self, user_id: str, keep_key: str | None) -> int:
        """End all sessions of a user but `keep_key`; return how many those were."""
        keep = self._prefix + keep_key if keep_key else ""
        return int(await self._ran(self._revoke_user, [self._set_of(user_id)], [keep]))

    async def of_user(self, user_id: str, now: float) -> list[Record]:
        """Return the living sessions of a user, the newest first."""
        found = await self._ran(self._of_user, [self._set_of(user_id)], [_ms(now)])
        records = [_record(key.decode()[len(self._prefix) :], values) for key, values in found]
        return sorted(records, key=lambda record: record.created_at, reverse=True)

    def _set_of(self, user_id: str | None) -> str:
        if user_id is None:
            return ""
        return self._user_prefix + blake2b(user_id.encode(), digest_size=16).hexdigest()

    async def _ran(self, script: Any, keys: list[str], arguments: Sequence[str | int]) -> Any:
        return await self._store.run(lambda: script(keys, arguments))

    async def prepare(self) -> None:
        """Connect; raises StoreUnavailable."""
        await self._store.run(self._store.client.ping)

    async def close(self) -> None:
        """Close connections."""
        await self._store.close()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _written(changes: Changes) -> list[str | int]:
    removed = sorted(changes.removed)
    pairs = [part for key, text in changes.texts.items() for part in (f"d:{key}", text)]
    return [len(removed), *(f"d:{key}" for key in removed), *pairs]


def _record(key: str, values: list[bytes], data: dict[str, JsonValue] | None = None) -> Record:
    user, created, ends, idle_ends = values
    return Record(
        key=key,
        user_id=user.decode() or None,
        created_at=int(created) / 1000,
        expires_at=int(ends) / 1000,
        idle_expires_at=int(idle_ends) / 1000,
        data=data or {},
    )
