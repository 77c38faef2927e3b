"""Sessions of requests: read when a handler asks, written before the answer begins."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.sessions.cookies import SessionCookie
from outgrow_kit.sessions.service import Sessions
from outgrow_kit.sessions.values import Session
from outgrow_kit.web.cache_control import mark_personal
from outgrow_kit.web.problems import send_problem

SCOPE_KEY = "outgrow_kit.session"
_RETRY_SECONDS = 2


class SessionMiddleware:
    """Gives handlers `session_of(request)`; a route that does not ask costs nothing.

    While the store is out, a route that needs the session answers 503 and leaves the cookie
    alone: nobody is sent to log in anew. Opens and closes the store with the application.
    Stands outside of rate limits that count by user, and outside of HTTP caching.
    """

    def __init__(
        self, app: ASGIApp, sessions: Sessions, cookie: SessionCookie | None = None
    ) -> None:
        self.app = app
        self._sessions = sessions
        self._cookie = cookie or SessionCookie()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a WebSocket can read a session but not begin one."""
        if scope["type"] == "lifespan":
            await self._lived(scope, receive, send)
        elif scope["type"] == "websocket":
            scope[SCOPE_KEY] = RequestSession(self._sessions, self._cookie, scope)
            await self.app(scope, receive, send)
        else:
            await self._served(scope, receive, send)

    async def _lived(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Without its store the application runs as well; the first request asks it again.
        with suppress(StoreUnavailable):
            await self._sessions.store.prepare()
        try:
            await self.app(scope, receive, send)
        finally:
            await self._sessions.store.close()

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = RequestSession(self._sessions, self._cookie, scope)
        scope[SCOPE_KEY] = request
        answer = _Answer(request, send)
        try:
            await self.app(scope, receive, answer.send)
        except StoreUnavailable:
            if answer.has_begun:
                raise
            await _send_unavailable(send)


class RequestSession:
    """The session of one request, read at most once."""

    __slots__ = ("_lock", "_scope", "cookie", "session", "sessions")

    def __init__(self, sessions: Sessions, cookie: SessionCookie, scope: Scope) -> None:
        self.sessions = sessions
        self.cookie = cookie
        self.session: Session | None = None
        self._scope = scope
        self._lock: asyncio.Lock | None = None

    async def read(self) -> Session:
        """Return the session; raises StoreUnavailable."""
        if self.session is not None:
            return self.session
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            if self.session is None:
                token = self.cookie.read(HTTPConnection(self._scope))
                self.session = await self.sessions.open(token)
        return self.session

    async def write(self, headers: MutableHeaders) -> None:
        """Save what the handler changed, and tell the client about a new id."""
        session = self.session
        if session is None:
            return
        await self.sessions.save(session)
        session.seal()
        headers.add_vary_header("Cookie")
        if session.new_token is not None:
            cookie = self.cookie.setting(session.new_token, self.sessions.absolute_seconds)
            headers.append("set-cookie", cookie.decode())
        elif session.is_ended:
            headers.append("set-cookie", self.cookie.forgetting().decode())


class _Answer:
    """A response that begins once the session is saved, or is a 503 when it cannot be."""

    __slots__ = ("_is_replaced", "_request", "_send", "has_begun")

    def __init__(self, request: RequestSession, send: Send) -> None:
        self._request = request
        self._send = send
        self.has_begun = False
        self._is_replaced = False

    async def send(self, message: Message) -> None:
        if self._is_replaced:
            return
        if message["type"] == "http.response.start" and self._request.session is not None:
            message = {**message, "headers": list(message.get("headers", ()))}
            try:
                await self._request.write(MutableHeaders(raw=message["headers"]))
            except StoreUnavailable:
                self._is_replaced = self.has_begun = True
                await _send_unavailable(self._send)
                return
        self.has_begun = True
        await self._send(message)


async def session_of(connection: HTTPConnection) -> Session:
    """Return the session of a request; a FastAPI dependency, too.

    The answer becomes private, whatever it was marked. Raises StoreUnavailable, which the
    middleware answers with 503.
    """
    mark_personal(connection.scope)
    return await _of(connection).read()


async def log_in(connection: HTTPConnection, user_id: str) -> Session:
    """Log a user in: the session continues under a new id. Returns it."""
    if connection.scope["type"] != "http":
        raise RuntimeError("a WebSocket cannot hand out a cookie; log in with a request")
    session = await session_of(connection)
    await _of(connection).sessions.log_in(session, user_id)
    return session


async def log_out(connection: HTTPConnection) -> None:
    """End the session of a request, and let the client forget its id."""
    session = await session_of(connection)
    await _of(connection).sessions.log_out(session)


async def user_of_session(scope: Scope) -> str | None:
    """Return who is logged in, for `Callers(user=...)` of rate limits inside of this."""
    request: RequestSession | None = scope.get(SCOPE_KEY)
    return (await request.read()).user_id if request else None


def _of(connection: HTTPConnection) -> RequestSession:
    request: RequestSession | None = connection.scope.get(SCOPE_KEY)
    if request is None:
        raise RuntimeError("no SessionMiddleware is installed; add it to the application")
    return request


async def _send_unavailable(send: Send) -> None:
    await send_problem(
        send, 503, "Service Unavailable",
        "Your session cannot be read at the moment. You are still signed in; try again shortly.",
        headers=[(b"retry-after", str(_RETRY_SECONDS).encode())],
    )  # fmt: skip
