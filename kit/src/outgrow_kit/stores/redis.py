"""A Redis that is asked under a deadline and left alone while it does not answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from outgrow_kit.breaker import Breaker
from outgrow_kit.secret import Secret
from outgrow_kit.stores.guard import Guard

Result = TypeVar("Result")
# One event loop keeps no more than a few busy; each costs a handshake within the deadline.
_CONNECTIONS = 20


class RedisStore:
    """A client of one event loop; nothing is connected before the first call."""

    def __init__(
        self, url: Secret, *, deadline_seconds: float = 0.05, breaker: Breaker | None = None
    ) -> None:
        pool = BlockingConnectionPool.from_url(
            url.reveal(),
            max_connections=_CONNECTIONS,
            timeout=deadline_seconds,
            protocol=2,  # the newer one costs a longer handshake, and gains nothing here
            # One more try, at once: the connection was of a Redis that has been restarted since.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self.client: Redis = Redis.from_pool(pool)
        self._guard = Guard("Redis", deadline_seconds, breaker or Breaker())

    async def run(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Return what `call` (which uses `client`) returns; raises StoreUnavailable."""
        return await self._guard.cancelled_late(call, (RedisError, OSError))

    async def close(self) -> None:
        """Close every connection."""
        await self.client.aclose()
