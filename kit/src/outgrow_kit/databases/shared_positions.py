"""What each client has written, in Redis: for clients that carry neither cookies nor headers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from outgrow_kit.breaker import Breaker
from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases.position import Position

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Two workers may write for one client at once; the later position stays.
_KEEP_LATER = """
local kept = redis.call('GET', KEYS[1])
if not kept or kept < ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
"""


class SharedPositions:
    """Positions by client, in a Redis that all workers share.

    While Redis does not answer, `get` sends the client's reads to the primary. A Redis that
    lost its data knows nothing any more: until a client writes again, its reads are as old as
    the allowed lag. A cookie has no such gap, so the middleware always sends that as well.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        namespace: str = "app",
        deadline_seconds: float = 0.05,
        clock: Clock = monotonic,
    ) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:seen:"
        self._deadline_seconds = deadline_seconds
        self._breaker = Breaker(clock=clock)

    async def get(self, client: str) -> Position | None:
        """Return the client's position; the primary's own where nobody can tell."""
        if not self._breaker.allows():
            return Position.PRIMARY
        try:
            async with asyncio.timeout(self._deadline_seconds):
                found = await self._redis.get(self._prefix + client)
        except (TimeoutError, OSError, _errors()):
            self._breaker.failed()
            return Position.PRIMARY
        self._breaker.succeeded()
        return None if found is None else Position.read(_text(found))

    async def put(self, client: str, position: Position, seconds: int) -> bool:
        """Keep a position for `seconds`; return whether Redis took it."""
        if not self._breaker.allows():
            return False
        key, written = self._prefix + client, position.token()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._redis.eval(_KEEP_LATER, 1, key, written, seconds)
        except (TimeoutError, OSError, _errors()):
            self._breaker.failed()
            return False
        self._breaker.succeeded()
        return True


def _text(found: object) -> str:
    return found.decode() if isinstance(found, bytes) else str(found)


def _errors() -> type[Exception]:
    from redis import RedisError

    return RedisError
