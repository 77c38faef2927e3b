"""The connection on which one process hears the invalidations of the others, on PostgreSQL."""

from __future__ import annotations

import select
from collections import deque

import psycopg

from outgrow_kit.cache.postgres_commands import Row
from outgrow_kit.cache.store import Message, Pong
from outgrow_kit.errors import StoreUnavailable


class PostgresSubscription:
    """LISTEN on a connection of its own, which never waits longer than it is told to.

    A ping is a NOTIFY. PostgreSQL keeps all notifications in one queue in the order of their
    commits, and one who listens and notifies reads that queue to its end before the statement
    is over; so its end means: nothing is missing.
    """

    def __init__(self, connection: psycopg.Connection[Row], channel: str) -> None:
        self._connection = connection
        self._heard: deque[Message] = deque()
        self._asked = False
        self._answered = False
        try:
            connection.execute(f'listen "{channel}"'.encode())
        except BaseException:
            connection.close()
            raise

    def ping(self) -> None:
        """Ask for a Pong."""
        try:
            self._connection.pgconn.send_query(b"notify outgrow_cache_beat")
            self._asked = True
        except psycopg.Error as error:
            raise _broken(error) from error

    def next(self, timeout_seconds: float) -> Message | Pong | None:
        """Return what comes next, or None."""
        try:
            heard = self._next()
            if (
                heard is None
                and select.select([self._connection], [], [], max(timeout_seconds, 0))[0]
            ):
                self._connection.pgconn.consume_input()
                heard = self._next()
            return heard
        except (psycopg.Error, OSError, ValueError) as error:
            raise _broken(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _next(self) -> Message | Pong | None:
        server = self._connection.pgconn
        while self._asked and not server.is_busy():
            if server.get_result() is None:
                self._asked, self._answered = False, True
        # Looked at after the end of the ping was: what came before it is returned first.
        while (notification := server.notifies()) is not None:
            self._heard.append(Message.read(notification.extra))
        if self._heard:
            return self._heard.popleft()
        if self._answered:
            self._answered = False
            return Pong()
        return None


def _broken(error: Exception) -> StoreUnavailable:
    return StoreUnavailable(f"the subscription of the cache broke: {type(error).__name__}")
