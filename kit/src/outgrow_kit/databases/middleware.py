"""Carries what a client has written from its one request to its next, whichever worker answers."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Literal, Protocol

from outgrow_kit.databases.position import Position, later
from outgrow_kit.databases.seen import Memory, Seen
from outgrow_kit.databases.shared_positions import SharedPositions
from outgrow_kit.secret import Secret
from outgrow_kit.settings.model import DatabaseSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
ClientOf = Callable[[Mapping[str, Any]], str | None]

COOKIE = "outgrow_seen"
HEADER = "outgrow-seen"
# No copy that answers reads is older than the allowed lag; the rest is for slow clocks and nets.
_MARGIN_SECONDS = 10


class _Database(Protocol):
    """What the middleware asks of a Database or an AsyncDatabase."""

    settings: DatabaseSettings
    memory: Memory

    @property
    def has_replicas(self) -> bool: ...


class ReadYourWrites:
    """ASGI middleware: a client that wrote reads nothing older than that, on any worker.

    Its position travels in a cookie, or in the header `Outgrow-Seen` that the client sends
    back, and in `shared` as well where `client_of` names the client (the user's id, say). With
    a `secret` it is signed; a token that is malformed or not signed counts as none. The token
    lives as long as copies may lag and a little longer. Without replicas it does nothing.
    """

    def __init__(
        self,
        app: App,
        *,
        database: _Database,
        carrier: Literal["cookie", "header"] = "cookie",
        secret: Secret | None = None,
        secure: bool = True,
        shared: SharedPositions | None = None,
        client_of: ClientOf | None = None,
    ) -> None:
        self._app = app
        self._memory = database.memory
        self._is_needed = database.has_replicas
        self._carrier = carrier
        self._secret = secret
        self._shared = shared
        self._client_of = client_of
        seconds = math.ceil(database.settings.allowed_lag_seconds) + _MARGIN_SECONDS
        protected = "; Secure" if secure else ""
        self._attributes = f"; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{protected}"
        self._keep_seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request with the client's position known to its reads."""
        if not self._is_needed or scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = self._client_of(scope) if self._client_of and self._shared else None
        before = later(self._carried(scope["headers"]), await self._shared_position(client))
        with self._memory.remembering(before) as seen:
            await self._app(scope, receive, self._telling(send, seen, before, client))

    def _telling(self, send: Send, seen: Seen, before: Position | None, client: str | None) -> Send:
        async def tell(message: Message) -> None:
            position = seen.position
            if message["type"] == "http.response.start" and position not in (None, before):
                assert position is not None
                if self._shared is not None and client is not None:
                    await self._shared.put(client, position, self._keep_seconds)
                message["headers"] = [*message.get("headers", ()), self._header(position)]
            await send(message)

        return tell

    async def _shared_position(self, client: str | None) -> Position | None:
        if self._shared is None or client is None:
            return None
        return await self._shared.get(client)

    def _carried(self, headers: Iterable[tuple[bytes, bytes]]) -> Position | None:
        found = _cookie(headers) if self._carrier == "cookie" else _header(headers)
        return Position.read(found, self._secret) if found else None

    def _header(self, position: Position) -> tuple[bytes, bytes]:
        written = position.token(self._secret)
        if self._carrier == "header":
            return HEADER.encode(), written.encode()
        return b"set-cookie", f"{COOKIE}={written}{self._attributes}".encode()


def _header(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    name = HEADER.encode()
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def _cookie(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    for key, value in headers:
        if key == b"cookie":
            for part in value.decode("latin-1").split(";"):
                name, _, found = part.strip().partition("=")
                if name == COOKIE:
                    return found
    return None
