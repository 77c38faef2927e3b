"""Steps as commands of Redis, and its replies as their answers; nothing is sent here.

Every script that fills or removes is one atomic step of the server. What must be there for a
fill to count (the lease, the epoch, the generations) is only ever removed, never restored, so
eviction, FLUSHALL and restarts make fills stale and never make a void value count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Fill,
    Found,
    Invalidate,
    Read,
    Release,
    Renew,
    Step,
)

Argument = str | bytes | int
Command = tuple[Argument, ...]

# The epoch is the server's run id and a random part. The version starts at the server's time in
# microseconds, so that it grows even when it was evicted. Either missing means: a new life.
_NEW_LIFE = """
local function life(epoch_key, version_key, fresh)
  local epoch, version = redis.call('GET', epoch_key), redis.call('GET', version_key)
  if epoch and version then return epoch, version end
  local now = redis.call('TIME')
  epoch, version = fresh, string.format('%d%06d', now[1], now[2])
  redis.call('SET', epoch_key, epoch)
  redis.call('SET', version_key, version)
  return epoch, version
end
"""
BEGIN = (
    _NEW_LIFE
    + """
local epoch, version = life(KEYS[3], KEYS[4], ARGV[1])
local generations = {}
for i = 5, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    generation = ARGV[6]
    redis.call('SET', KEYS[i], generation, 'PX', ARGV[5])
  elseif redis.call('PTTL', KEYS[i]) < tonumber(ARGV[5]) then
    redis.call('PEXPIRE', KEYS[i], ARGV[5])
  end
  generations[i - 4] = generation
end
local granted, value = 0, false
if ARGV[4] == 'force' then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  granted = 1
else
  value = redis.call('GET', KEYS[1])
  if value and string.sub(value, 2, 17) == ARGV[4] then value = false end
  if not value and (
    redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3])
    or redis.call('GET', KEYS[2]) == ARGV[2]
  ) then granted = 1 end
end
return {granted, epoch, version, value, generations}
"""
)
FILL = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local epoch = redis.call('GET', KEYS[3])
if not epoch or string.sub(epoch, -16) ~= ARGV[2] then return 0 end
if not redis.call('GET', KEYS[4]) then return 0 end
for i = 5, #KEYS do
  if redis.call('GET', KEYS[i]) ~= ARGV[i + 2] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
if ARGV[5] ~= '' then
  local version = string.format('%.0f ', redis.call('INCR', KEYS[4]))
  redis.call('PUBLISH', ARGV[5], version .. ARGV[6])
end
return 1
"""
# Removing comes first, and counting may fail: a full server refuses what may need memory. A
# version that was evicted ends the store's life, and then the message is: everything is void.
# (Numbers this large are formatted by hand: Lua would write 1.7637168e+15.)
INVALIDATE = """
for i = 3, #KEYS do redis.call('DEL', KEYS[i]) end
local version = redis.call('GET', KEYS[2])
if ARGV[3] == 'everything' or not version then redis.call('DEL', KEYS[1]) end
if not version then
  redis.call('PUBLISH', ARGV[1], '0 ' .. ARGV[4])
  return 1
end
local counted = redis.pcall('INCR', KEYS[2])
if type(counted) ~= 'number' then counted = tonumber(version) + 1 end
redis.call('PUBLISH', ARGV[1], string.format('%.0f ', counted) .. ARGV[2])
return 1
"""
LEASES = """
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[i + 1] then
    if ARGV[1] == '0' then redis.call('DEL', KEYS[i])
    else redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
  end
end
return 1
"""
# Run on every new connection, with the run id of the server it leads to: a server that was
# restarted from a file, or a copy that was promoted, may hold what was invalidated long ago.
ADOPT = (
    _NEW_LIFE
    + """
local epoch = redis.call('GET', KEYS[1])
if epoch and string.sub(epoch, 1, #ARGV[1]) ~= ARGV[1] then redis.call('DEL', KEYS[1]) end
life(KEYS[1], KEYS[2], ARGV[1] .. ':' .. ARGV[2])
return 1
"""
)
_EPOCH_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Script:
    """A script and its digest, by which a server that knows it is asked."""

    text: str
    digest: str

    @classmethod
    def of(cls, text: str) -> Script:
        """Return the script with its digest."""
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


_BEGIN, _FILL, _INVALIDATE, _LEASES = map(Script.of, (BEGIN, FILL, INVALIDATE, LEASES))


@dataclass(slots=True)
class RedisCommands:
    """The names of the keys in one namespace; `run_id` is the server's, once it is known."""

    namespace: str
    token: Callable[[], str]
    run_id: str = ""

    @property
    def channel(self) -> str:
        """Return the channel of invalidations."""
        return f"{self.namespace}:cache"

    def adopt(self, run_id: str) -> Command:
        """Return what a new connection says first to the server of this run id."""
        return ("EVAL", ADOPT, 2, self._epoch_key, self._version_key, run_id, self.token())

    @property
    def _epoch_key(self) -> str:
        return f"{self.namespace}:cache:epoch"

    @property
    def _version_key(self) -> str:
        return f"{self.namespace}:cache:version"

    def _value(self, key: str) -> str:
        return f"{self.namespace}:cache:v:{key}"

    def _lease(self, key: str) -> str:
        return f"{self.namespace}:cache:l:{key}"

    def _tag(self, tag: str) -> str:
        return f"{self.namespace}:cache:t:{tag}"

    def _fresh_epoch(self) -> str:
        return f"{self.run_id}:{self.token()}"

    def _of_one(self, key: str, tags: tuple[str, ...]) -> list[str]:
        names = [self._value(key), self._lease(key), self._epoch_key, self._version_key]
        return [*names, *map(self._tag, tags)]

    def command(self, step: Step[object]) -> tuple[Command, Script | None]:
        """Return the command for a step; with its script when it is one."""
        if isinstance(step, Read):
            keys = [self._epoch_key, *map(self._value, step.keys), *map(self._tag, step.tags)]
            return ("MGET", *keys), None
        script, keys, arguments = self._script_of(step)
        return ("EVALSHA", script.digest, len(keys), *keys, *arguments), script

    def _script_of(self, step: Step[object]) -> tuple[Script, list[str], list[Argument]]:
        if isinstance(step, Begin):
            arguments: list[Argument] = [
                self._fresh_epoch(), step.token, _milliseconds(step.lease_seconds),
                "force" if step.force else step.seen, _milliseconds(step.tag_seconds), self.token(),
            ]  # fmt: skip
            return _BEGIN, self._of_one(step.key, step.tags), arguments
        if isinstance(step, Fill):
            message = written_message(step.origin, (step.key,), ()) if step.announce else ""
            arguments = [
                step.token, step.epoch, step.raw, _milliseconds(step.seconds),
                self.channel if step.announce else "", message, *step.generations,
            ]  # fmt: skip
            return _FILL, self._of_one(step.key, step.tags), arguments
        if isinstance(step, Invalidate):
            message = written_message(step.origin, step.keys, step.tags, step.everything)
            names = [self._epoch_key, self._version_key]
            names += [name for key in step.keys for name in (self._value(key), self._lease(key))]
            names += map(self._tag, step.tags)
            everything = "everything" if step.everything else ""
            all_void = written_message(step.origin, (), (), True)
            return _INVALIDATE, names, [self.channel, message, everything, all_void]
        assert isinstance(step, (Renew, Release))
        lasts = _milliseconds(step.lease_seconds) if isinstance(step, Renew) else 0
        names = [self._lease(lease.key) for lease in step.leases]
        return _LEASES, names, [lasts, *(lease.token for lease in step.leases)]

    def answer(self, step: Step[object], reply: object) -> object:
        """Return what a reply means for the step."""
        if isinstance(step, Read):
            epoch, *rest = cast(list[bytes | None], reply)
            keys = len(step.keys)
            generations = tuple(None if one is None else one.decode() for one in rest[keys:])
            return Found(epoch_in(epoch), tuple(rest[:keys]), generations)
        if isinstance(step, Begin):
            granted, epoch, version, value, generations_found = cast(
                tuple[int, bytes, bytes, bytes | None, list[bytes]], reply
            )
            life = epoch_in(epoch)
            assert life is not None
            found = tuple(one.decode() for one in generations_found)
            return Begun(bool(granted), life, int(version), found, value)
        if isinstance(step, Fill):
            return bool(reply)
        return True


def epoch_in(text: bytes | None) -> str | None:
    """Return the random part of an epoch, which entries carry; fills compare the whole."""
    return None if text is None else text[-_EPOCH_LENGTH:].decode("ascii", "replace")


def written_message(
    origin: str, keys: tuple[str, ...], tags: tuple[str, ...], everything: bool = False
) -> str:
    """Return an invalidation for the channel; the store writes its version before it."""
    return json.dumps([origin, keys, tags, everything], separators=(",", ":"))


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)
