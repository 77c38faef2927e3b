"""The connection on which one process hears the invalidations of the others, on Redis."""

from __future__ import annotations

from typing import Any, cast

from redis.exceptions import RedisError

from outgrow_kit.cache.store import Message, Pong
from outgrow_kit.errors import StoreUnavailable

_CONFIRMED_WITHIN_SECONDS = 1.0


class RedisSubscription:
    """One subscribed connection of RESP2, without redis-py's silent reconnecting.

    Redis answers a PING here after every message it had put on this connection, and messages
    are put there while an invalidation is carried out; so a pong means: nothing is missing.
    """

    def __init__(self, connection: Any, channel: str) -> None:
        self._connection = connection
        connection.connect()
        connection.send_command("SUBSCRIBE", channel)
        if not connection.can_read(timeout=_CONFIRMED_WITHIN_SECONDS):
            connection.disconnect()
            raise StoreUnavailable("Redis did not confirm the subscription of the cache")
        self._read()

    def ping(self) -> None:
        """Ask for a Pong."""
        try:
            self._connection.send_command("PING", check_health=False)
        except RedisError as error:
            raise _broken(error) from error

    def next(self, timeout_seconds: float) -> Message | Pong | None:
        """Return what comes next, or None."""
        try:
            if not self._connection.can_read(timeout=timeout_seconds):
                return None
            reply = self._read()
        except (RedisError, OSError) as error:
            raise _broken(error) from error
        kind = reply[0]
        if kind == b"pong":
            return Pong()
        return Message.read(reply[2]) if kind == b"message" else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.disconnect()

    def _read(self) -> list[bytes]:
        return cast(list[bytes], self._connection.read_response(disconnect_on_error=False))


def _broken(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"the subscription of the cache broke: {type(error).__name__}")
