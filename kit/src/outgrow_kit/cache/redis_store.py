"""Redis as the shared store: one deadline a call, no retries, at most 32 calls at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as OutOfTime

from outgrow_kit.cache.redis_commands import RedisCommands
from outgrow_kit.cache.redis_connections import AwaitedConnections, Connections, Dialling
from outgrow_kit.cache.redis_subscription import RedisSubscription
from outgrow_kit.cache.steps import Step
from outgrow_kit.cache.store import StoreLate, StoreRefused
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.secret import Secret

_AT_A_TIME = 32
# Answers of a server that is not the one to write to now; a new connection may lead to it.
_NOT_SERVING = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS")
_NOT_SERVING_WORDS = ("read only replica", "loading the dataset")


class RedisStore:
    """Steps on a Redis; `answers` tells whether its breaker is still closed."""

    def __init__(
        self,
        url: Secret,
        *,
        namespace: str,
        deadline_seconds: float,
        token: Callable[[], str],
        answers: Callable[[], bool],
    ) -> None:
        self._deadline = deadline_seconds
        self._answers = answers
        self._commands = RedisCommands(namespace, token)
        self._dialling = Dialling(url, deadline_seconds, self._commands)
        self.reset()

    def reset(self) -> None:
        """Forget every connection: for a process that was just forked."""
        self._connections = Connections(self._dialling)
        self._turns = threading.BoundedSemaphore(_AT_A_TIME)
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfLoop] = WeakKeyDictionary()

    def perform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        command, script = self._commands.command(step)
        waited = not self._turns.acquire(blocking=False)
        if waited:
            self._turns.acquire()
        try:
            self._require(waited)
            reply = self._connections.sent(command, script)
        except RedisError as error:
            raise self._unavailable(error) from error
        finally:
            self._turns.release()
        return self._commands.answer(step, reply)

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        of_loop = self._of_loop()
        command, script = self._commands.command(step)
        waited = of_loop.turns.locked()
        async with of_loop.turns:
            self._require(waited)
            try:
                reply = await of_loop.connections.sent(command, script)
            except (RedisError, TimeoutError) as error:
                raise self._unavailable(error) from error
        return self._commands.answer(step, reply)

    def _require(self, waited: bool) -> None:
        # All who wait for their turn at a server that hangs would wait one deadline each.
        if waited and not self._answers():
            raise StoreUnavailable("Redis did not answer a moment ago")

    def subscribe(self) -> RedisSubscription:
        """Return a new subscription to invalidations."""
        connection = self._dialling.connection()
        try:
            return RedisSubscription(connection, self._commands.channel)
        except RedisError as error:
            connection.disconnect()
            raise self._unavailable(error) from error

    def sweep(self) -> None:
        """Do nothing: Redis removes what is over."""

    def close(self) -> None:
        """Close the connections that block."""
        self._connections.close()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        of_loop = self._loops.pop(asyncio.get_running_loop(), None)
        if of_loop is not None:
            await of_loop.connections.aclose()

    def _of_loop(self) -> _OfLoop:
        loop = asyncio.get_running_loop()
        found = self._loops.get(loop)
        if found is None:
            self._loops[loop] = found = _OfLoop(AwaitedConnections(self._dialling))
        return found

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        # Never the address: it may hold the password.
        if isinstance(error, ResponseError):
            text = str(error)
            if not (
                text.startswith(_NOT_SERVING) or any(one in text for one in _NOT_SERVING_WORDS)
            ):
                return StoreRefused(f"Redis refused a command of the cache: {text}")
            self._connections.close()
        if isinstance(error, (TimeoutError, OutOfTime)):
            return StoreLate("Redis did not answer the cache in time")
        return StoreUnavailable(f"Redis did not answer the cache: {type(error).__name__}")


class _OfLoop:
    """What one event loop uses."""

    def __init__(self, connections: AwaitedConnections) -> None:
        self.connections = connections
        self.turns = asyncio.Semaphore(_AT_A_TIME)
