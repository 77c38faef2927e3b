"""Redis as the shared store: one deadline a call, no retries, at most 32 calls at a time."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any, cast
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError as BrokenConnection,
)
from redis.exceptions import (
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as OutOfTime,
)
from redis.retry import Retry

from outgrow_kit.cache.redis_commands import ADOPT, Command, RedisCommands, Script
from outgrow_kit.cache.redis_subscription import RedisSubscription
from outgrow_kit.cache.steps import Step
from outgrow_kit.cache.store import StoreRefused
from outgrow_kit.clock import monotonic
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.secret import Secret

_AT_A_TIME = 32
_RUN_ID = re.compile(r"run_id:(\w+)")
# Answers of a server that is no longer the one to write to; a new connection may lead to it.
_NOT_SERVING = ("READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS")
# How much later than its deadline a timeout comes when the event loop itself was late.
_LATE_SECONDS = 0.02


class RedisStore:
    """Steps on a Redis; `usable` tells whether its breaker is still closed."""

    def __init__(
        self,
        url: Secret,
        *,
        namespace: str,
        deadline_seconds: float,
        token: Callable[[], str],
        usable: Callable[[], bool],
    ) -> None:
        self._url = url
        self._deadline = deadline_seconds
        self._usable = usable
        self._commands = RedisCommands(namespace, token)
        self.reset()

    def reset(self) -> None:
        """Forget every connection: for a process that was just forked."""
        self._client = self._new_client()
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
            try:
                reply = self._sent(command, script)
            except RedisError as error:
                raise self._unavailable(error) from error
        finally:
            self._turns.release()
        return self._commands.answer(step, reply)

    def _require(self, waited: bool) -> None:
        # All who wait for their turn at a server that hangs would wait one deadline each.
        if waited and not self._usable():
            raise StoreUnavailable("Redis did not answer a moment ago")

    def _sent(self, command: Command, script: Script | None) -> object:
        try:
            return self._client.execute_command(*command)
        except NoScriptError:
            assert script is not None
            return self._client.execute_command("EVAL", script.text, *command[2:])

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        of_loop = self._of_loop()
        command, script = self._commands.command(step)
        waited = of_loop.turns.locked()
        async with of_loop.turns:
            self._require(waited)
            started = monotonic()
            try:
                reply = await of_loop.sent(command, script)
            except OutOfTime as error:
                # A loop that was busy finds the answer and the timeout at once, and then Redis
                # is not to blame: ask once more.
                if monotonic() - started < self._deadline + _LATE_SECONDS:
                    raise self._unavailable(error) from error
                reply = await self._once_more(of_loop, command, script)
            except RedisError as error:
                raise self._unavailable(error) from error
        return self._commands.answer(step, reply)

    async def _once_more(self, of_loop: _OfLoop, command: Command, script: Script | None) -> object:
        try:
            return await of_loop.sent(command, script)
        except RedisError as error:
            raise self._unavailable(error) from error

    def subscribe(self) -> RedisSubscription:
        """Return a new subscription to invalidations."""
        pool = self._client.connection_pool
        connection = pool.connection_class(**pool.connection_kwargs)
        try:
            return RedisSubscription(connection, self._commands.channel)
        except RedisError as error:
            connection.disconnect()
            raise self._unavailable(error) from error

    def sweep(self) -> None:
        """Do nothing: Redis removes what is over."""

    def close(self) -> None:
        """Close the connections that block."""
        self._client.close()

    async def aclose(self) -> None:
        """Close the connections of this event loop."""
        of_loop = self._loops.pop(asyncio.get_running_loop(), None)
        if of_loop is not None:
            await of_loop.client.aclose()

    # --- connections ------------------------------------------------------------------------

    def _new_client(self) -> redis.Redis:
        pool = redis.ConnectionPool.from_url(
            self._url.reveal(),
            **self._limits(),
            retry=Retry(NoBackoff(), 0),
            redis_connect_func=self._connected,
        )
        return redis.Redis.from_pool(pool)

    def _of_loop(self) -> _OfLoop:
        loop = asyncio.get_running_loop()
        found = self._loops.get(loop)
        if found is None:
            pool = redis.asyncio.ConnectionPool.from_url(
                self._url.reveal(),
                **self._limits(),
                retry=AsyncRetry(NoBackoff(), 0),
                redis_connect_func=self._aconnected,
            )
            self._loops[loop] = found = _OfLoop(redis.asyncio.Redis.from_pool(pool))
        return found

    def _limits(self) -> dict[str, Any]:
        return {
            "socket_timeout": self._deadline,
            "socket_connect_timeout": self._deadline,
            "protocol": 2,
        }

    def _connected(self, connection: Any) -> None:
        connection.on_connect()
        connection.send_command("INFO", "server")
        self._learn(connection.read_response())
        connection.send_command(*self._adopt())
        connection.read_response()

    async def _aconnected(self, connection: Any) -> None:
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        self._learn(await connection.read_response())
        await connection.send_command(*self._adopt())
        await connection.read_response()

    def _learn(self, information: object) -> None:
        text = information.decode() if isinstance(information, bytes) else str(information)
        found = _RUN_ID.search(text)
        self._commands.run_id = found.group(1) if found else ""

    def _adopt(self) -> Command:
        return ("EVAL", ADOPT, 1, self._commands.epoch_key, self._commands.run_id)

    def _unavailable(self, error: RedisError) -> StoreUnavailable:
        # Never the address: it may hold the password.
        text = f"Redis did not answer the cache: {type(error).__name__}"
        if isinstance(error, ReadOnlyError) or str(error).startswith(_NOT_SERVING):
            self._client.connection_pool.disconnect(inuse_connections=False)
        elif isinstance(error, ResponseError) and not isinstance(error, BrokenConnection):
            return StoreRefused(f"Redis refused a command of the cache: {error}")
        return StoreUnavailable(text)


class _OfLoop:
    """The client of one event loop."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        self.client = client
        self.turns = asyncio.Semaphore(_AT_A_TIME)

    async def sent(self, command: Command, script: Script | None) -> object:
        try:
            return cast(object, await self.client.execute_command(*command))
        except NoScriptError:
            assert script is not None
            return cast(
                object, await self.client.execute_command("EVAL", script.text, *command[2:])
            )
