"""Connections to Redis: redis-py's own, without its client around each command.

A hit of the store is one MGET; redis-py's client spends a third of its time on observing it.
Each connection finds out at its start which server it leads to (`adopt`).
"""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any, cast

import hiredis
import redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnection
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as OutOfTime
from redis.retry import Retry

from outgrow_kit.cache.redis_commands import Command, RedisCommands, Script
from outgrow_kit.secret import Secret

# How much later than its deadline a timer runs when the event loop itself was late.
_LATE_SECONDS = 0.02
_RUN_ID = re.compile(r"run_id:(\w+)")


class Dialling:
    """How to connect: the address, one deadline for every wait, no retries."""

    def __init__(self, url: Secret, deadline_seconds: float, commands: RedisCommands) -> None:
        self._url = url
        self.deadline_seconds = deadline_seconds
        self._commands = commands

    def connection(self) -> Any:
        """Return a connection that blocks; it opens with its first command."""
        pool = redis.ConnectionPool.from_url(
            self._url.reveal(), protocol=2, retry=Retry(NoBackoff(), 0),
            socket_timeout=self.deadline_seconds, socket_connect_timeout=self.deadline_seconds,
            redis_connect_func=self._connected,
        )  # fmt: skip
        return pool.connection_class(**pool.connection_kwargs)

    def awaited_connection(self) -> Any:
        """Return a connection of this event loop; it opens with its first command.

        It has no timeouts of its own: each would be a task for every command.
        """
        import redis.asyncio as aio

        pool = aio.ConnectionPool.from_url(
            self._url.reveal(), protocol=2, retry=AsyncRetry(NoBackoff(), 0),
            socket_timeout=None, socket_connect_timeout=None,
            redis_connect_func=self._aconnected,
        )  # fmt: skip
        return pool.connection_class(**pool.connection_kwargs)

    def _connected(self, connection: Any) -> None:
        connection.on_connect()
        connection.send_command("INFO", "server")
        run_id = self._learned(connection.read_response())
        connection.send_command(*self._commands.adopt(run_id))
        connection.read_response()

    async def _aconnected(self, connection: Any) -> None:
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        run_id = self._learned(await connection.read_response())
        await connection.send_command(*self._commands.adopt(run_id))
        await connection.read_response()

    def _learned(self, information: object) -> str:
        # Not read back from `_commands`: another thread may connect to another server just now.
        text = information.decode() if isinstance(information, bytes) else str(information)
        found = _RUN_ID.search(text)
        self._commands.run_id = run_id = found.group(1) if found else ""
        return run_id


class Connections:
    """The idle connections of a process; as many are open as calls were ever made at once."""

    def __init__(self, dialling: Dialling) -> None:
        self._dialling = dialling
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    def sent(self, command: Command, script: Script | None) -> object:
        """Return the reply; the errors are redis-py's."""
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._exchanged(self._dialling.connection(), command, script)
        try:
            return self._exchanged(connection, command, script)
        except OutOfTime:
            raise
        except BrokenConnection:
            # Closed while it was idle, as the others probably were: one try on a new one.
            self.close()
            return self._exchanged(self._dialling.connection(), command, script)

    def _exchanged(self, connection: Any, command: Command, script: Script | None) -> object:
        try:
            try:
                connection.send_command(*command)
                reply = connection.read_response()
            except NoScriptError:
                assert script is not None
                connection.send_command("EVAL", script.text, *command[2:])
                reply = connection.read_response()
        except redis.ResponseError:
            self._idle.append(connection)
            raise
        except BaseException:
            connection.disconnect()  # what it would read next belongs to this command
            raise
        self._idle.append(connection)
        return cast(object, reply)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.disconnect()


class AwaitedConnections:
    """The same for one event loop, with one deadline around a whole exchange."""

    def __init__(self, dialling: Dialling) -> None:
        self._dialling = dialling
        self._idle: list[Any] = []

    async def sent(self, command: Command, script: Script | None) -> object:
        """Return the reply; the errors are redis-py's, and TimeoutError."""
        loop, seconds = asyncio.get_running_loop(), self._dialling.deadline_seconds
        due = loop.time() + seconds
        async with asyncio.timeout(None) as limit:
            timer = loop.call_at(due, _expire, limit, due, seconds)
            try:
                return await self._sent(command, script)
            finally:
                timer.cancel()

    async def _sent(self, command: Command, script: Script | None) -> object:
        if not self._idle:
            return await self._exchanged(self._dialling.awaited_connection(), command, script)
        try:
            return await self._exchanged(self._idle.pop(), command, script)
        except OutOfTime:
            raise
        except BrokenConnection:
            await self.aclose()
            return await self._exchanged(self._dialling.awaited_connection(), command, script)

    async def _exchanged(self, connection: Any, command: Command, script: Script | None) -> object:
        try:
            try:
                await connection.send_packed_command(_packed(command))
                reply = await connection.read_response()
            except NoScriptError:
                assert script is not None
                await connection.send_packed_command(_packed(("EVAL", script.text, *command[2:])))
                reply = await connection.read_response()
        except redis.ResponseError:
            self._idle.append(connection)
            raise
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._idle.append(connection)
        return cast(object, reply)

    async def aclose(self) -> None:
        """Close what is idle."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.disconnect()


def _expire(limit: asyncio.Timeout, due: float, seconds: float) -> None:
    # A loop that was busy finds the answer and the deadline at once, and then Redis is not to
    # blame: it gets the same time again. Asking twice would take a lease from oneself.
    now = asyncio.get_running_loop().time()
    limit.reschedule(now + seconds if now - due > _LATE_SECONDS else now)


def _packed(command: Command) -> bytes:
    return cast(bytes, hiredis.pack_command(command))  # type: ignore[arg-type]
