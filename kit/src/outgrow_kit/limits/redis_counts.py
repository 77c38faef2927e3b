"""Counts in Redis, for all processes: the scripts of the `limits` library, in one round trip."""

from __future__ import annotations

from typing import Any

from limits.aio.storage.redis.bridge import RedisBridge

from outgrow_kit.clock import WallClock, wall
from outgrow_kit.limits.counts import Algorithm, Count, fixed_count, moving_count, sliding_count
from outgrow_kit.stores.redis import RedisStore

# The library counts with one script and reads what is left with another. Both as functions of
# one script cost one round trip, and nobody counts between them.
_BOTH = """
local function acquire(KEYS, ARGV)
{acquire}
end
local function measure(KEYS, ARGV)
{measure}
end
local acquired = acquire(KEYS, {{{acquire_arguments}}})
return {{acquired and 1 or 0, measure(KEYS, {{{measure_arguments}}})}}
"""
_FIXED = """
local function count(KEYS, ARGV)
{count}
end
return {{count(KEYS, ARGV), redis.call('pttl', KEYS[1])}}
"""


def script_of(algorithm: Algorithm) -> str:
    """Return the Lua script that counts a request and tells the state after it."""
    if algorithm == "sliding_window":
        return _BOTH.format(
            acquire=RedisBridge.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode(),
            measure=RedisBridge.SCRIPT_SLIDING_WINDOW.decode(),
            acquire_arguments="ARGV[1], ARGV[2], 1",
            measure_arguments="ARGV[2]",
        )
    if algorithm == "moving_window":
        return _BOTH.format(
            acquire=RedisBridge.SCRIPT_ACQUIRE_MOVING_WINDOW.decode(),
            measure=RedisBridge.SCRIPT_MOVING_WINDOW.decode(),
            acquire_arguments="ARGV[3], ARGV[1], ARGV[2], 1",
            measure_arguments="ARGV[3] - ARGV[2], ARGV[1]",
        )
    return _FIXED.format(count=RedisBridge.SCRIPT_INCR_EXPIRE.decode())


class RedisCounts:
    """Counts that every process shares. A key lives for at most two windows."""

    def __init__(
        self,
        store: RedisStore,
        namespace: str = "app",
        algorithm: Algorithm = "sliding_window",
        clock: WallClock = wall,
    ) -> None:
        self._store = store
        self._prefix = f"{namespace}:limit:"
        self._algorithm = algorithm
        self._clock = clock
        self._script = store.client.register_script(script_of(algorithm))

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        """Count one request, unless it is over the limit; raises StoreUnavailable."""
        # Both keys of a sliding window carry one hash tag, as a cluster wants it.
        name = f"{self._prefix}{{{key}}}"
        if self._algorithm == "sliding_window":
            return await self._sliding(name, limit, window_seconds)
        if self._algorithm == "moving_window":
            return await self._moving(name, limit, window_seconds)
        hits, left_ms = await self._ran([name], [window_seconds, 1])
        return fixed_count(limit, int(hits), int(left_ms) / 1000)

    async def _sliding(self, name: str, limit: int, window_seconds: int) -> Count:
        fits, windows = await self._ran([f"{name}/-1", name], [limit, window_seconds])
        previous, previous_ms, current, current_ms = (int(value or 0) for value in windows)
        return sliding_count(
            bool(fits), limit, window_seconds,
            previous, max(0, previous_ms) / 1000, current, max(0, current_ms) / 1000,
        )  # fmt: skip

    async def _moving(self, name: str, limit: int, window_seconds: int) -> Count:
        now = self._clock()
        fits, *window = await self._ran([name], [limit, window_seconds, now])
        oldest, entries = window[0] if window and window[0] else (now, 0)
        return moving_count(bool(fits), limit, window_seconds, int(entries), now - float(oldest))

    async def _ran(self, keys: list[str], arguments: list[float]) -> list[Any]:
        return await self._store.run(lambda: self._script(keys, arguments))

    async def prepare(self) -> None:
        """Connect; raises StoreUnavailable."""
        await self._store.run(self._store.client.ping)

    async def close(self) -> None:
        """Close connections."""
        await self._store.close()
