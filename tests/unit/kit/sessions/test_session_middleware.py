"""Sessions of an application: cookies, logins, outages, and what caches may keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket
from tests.engines.session_memory import MemorySessions

from outgrow_kit import InvalidSettings, Secret, Settings
from outgrow_kit.limits import Callers, LocalCounts, RateLimiter, RateLimitMiddleware
from outgrow_kit.sessions import (
    Session,
    SessionCookie,
    SessionMiddleware,
    Sessions,
    log_in,
    log_out,
    session_of,
    sessions_for,
    user_of_session,
)
from outgrow_kit.sessions.redis_store import RedisSessions
from outgrow_kit.sessions.service import key_of
from outgrow_kit.settings import CacheSettings, RateRule
from outgrow_kit.web import HttpCacheMiddleware, http_cache

Current = Annotated[Session, Depends(session_of)]
Steps = Callable[[httpx.AsyncClient], Awaitable[None]]
COOKIE = "__Host-session"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def application(store: MemorySessions, clock: Clock | None = None, **options: Any) -> FastAPI:
    sessions = Sessions(store, clock=clock or Clock())
    limiter = RateLimiter(
        [RateRule(route="/limited", requests=1, per_seconds=60, by="user")],
        LocalCounts(clock=Clock()),
        callers=Callers(user=user_of_session),
    )
    app = FastAPI(
        middleware=[
            Middleware(SessionMiddleware, sessions=sessions, **options),
            Middleware(RateLimitMiddleware, limiter=limiter),
            Middleware(HttpCacheMiddleware),
        ]
    )

    @app.get("/free")
    async def free() -> str:
        return "free"

    @app.get("/limited")
    async def limited() -> str:
        return "ok"

    @app.get("/prices", dependencies=[Depends(http_cache(60, public=True))])
    async def prices() -> str:
        return "all the same"

    @app.get("/greeting", dependencies=[Depends(http_cache(60, public=True))])
    async def greeting(session: Current) -> dict[str, Any]:
        return {"user": session.user_id, **session}

    @app.post("/put/{key}/{value}")
    def put(key: str, value: str, session: Current) -> None:
        session[key] = value

    @app.post("/login/{user}")
    async def login(request: Request, user: str) -> dict[str, Any]:
        return {"user": (await log_in(request, user)).user_id}

    @app.post("/logout")
    async def logout(request: Request) -> None:
        await log_out(request)

    @app.get("/stream-and-write")
    async def stream_and_write(session: Current) -> StreamingResponse:
        def body() -> Any:
            yield b"begun"
            session["late"] = 1

        return StreamingResponse(body())

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        session = await session_of(websocket)
        try:
            await log_in(websocket, "8")
        except RuntimeError as error:
            await websocket.send_json({"user": session.user_id, "error": str(error)})
        await websocket.close()

    return app


def visit(app: Any, steps: Steps) -> None:
    async def visited() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://app") as client:
            await steps(client)

    asyncio.run(visited())


def test_the_cookie_is_secure_and_holds_only_an_opaque_id() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        response = await client.post("/login/7")
        cookie = SimpleCookie(response.headers["set-cookie"])[COOKIE]
        assert (cookie["secure"], cookie["httponly"]) == (True, True)
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
        assert int(cookie["max-age"]) == 30 * 24 * 3600
        assert len(cookie.value) == 43
        assert list(store.records) == [key_of(cookie.value)], "the store knows a hash only"

    visit(application(store), steps)


def test_without_tls_the_cookie_works_too() -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        header = (await client.post("/login/7")).headers["set-cookie"]
        assert header.startswith("session=")
        assert "Secure" not in header

    visit(application(MemorySessions(), cookie=SessionCookie(is_secure=False)), steps)


def test_a_login_changes_the_id_and_keeps_the_values() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/put/cart/book")
        before = client.cookies[COOKIE]
        await client.post("/login/7")
        assert client.cookies[COOKIE] != before
        assert key_of(before) not in store.records, "who planted the old id has nothing"
        assert (await client.get("/greeting")).json() == {"user": "7", "cart": "book"}

    visit(application(store), steps)


def test_another_user_inherits_nothing() -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        await client.post("/put/cart/book")
        await client.post("/login/8")
        assert (await client.get("/greeting")).json() == {"user": "8"}

    visit(application(MemorySessions()), steps)


def test_a_logout_ends_the_session_and_takes_the_cookie_away() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        response = await client.post("/logout")
        assert "Max-Age=0" in response.headers["set-cookie"]
        assert COOKIE not in client.cookies
        assert store.records == {}

    visit(application(store), steps)


def test_reading_begins_no_session() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        response = await client.get("/greeting")
        assert "set-cookie" not in response.headers
        assert store.calls == 0

    visit(application(store), steps)


@pytest.mark.parametrize("token", ["", "x", "../../etc", "é" * 43, "a" * 44, "' OR true --"])
def test_what_cannot_be_an_id_is_not_looked_up(token: str) -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        cookie = f"{COOKIE}={token}".encode()
        response = await client.get("/greeting", headers=[(b"cookie", cookie)])
        assert response.json() == {"user": None}
        assert store.calls == 0

    visit(application(store), steps)


def test_an_unknown_id_is_anonymous_and_its_cookie_stays() -> None:
    """Another request may just have logged in: taking its cookie away would log it out."""

    async def steps(client: httpx.AsyncClient) -> None:
        response = await client.get("/greeting", headers={"Cookie": f"{COOKIE}={'a' * 43}"})
        assert response.json() == {"user": None}
        assert "set-cookie" not in response.headers

    visit(application(MemorySessions()), steps)


def test_a_session_ends_after_its_idle_time() -> None:
    clock = Clock()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        clock.now += 8 * 24 * 3600
        assert (await client.get("/greeting")).json() == {"user": None}

    visit(application(MemorySessions(), clock), steps)


def test_an_outage_is_503_and_no_login_page() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        token = client.cookies[COOKIE]
        store.is_out = True
        for response in (await client.get("/greeting"), await client.post("/put/a/b")):
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["cache-control"] == "no-store"
            assert "retry-after" in response.headers
            assert "set-cookie" not in response.headers
        assert (await client.get("/free")).status_code == 200
        store.is_out = False
        assert client.cookies[COOKIE] == token
        assert (await client.get("/greeting")).json() == {"user": "7"}

    visit(application(store), steps)


def test_an_outage_while_saving_is_503_as_well() -> None:
    store = MemorySessions()
    app = application(store)

    @app.post("/out-in-between")
    async def out_in_between(session: Current) -> str:
        session["a"] = 1
        store.is_out = True
        return "never seen"

    async def steps(client: httpx.AsyncClient) -> None:
        response = await client.post("/out-in-between")
        assert response.status_code == 503
        assert "never seen" not in response.text

    visit(app, steps)


def test_an_answer_that_read_the_session_is_private() -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        personal = await client.get("/greeting")
        assert personal.headers["cache-control"] == "private, no-cache"
        assert "Cookie" in personal.headers["vary"]
        shared = await client.get("/prices")
        assert shared.headers["cache-control"] == "public, max-age=60"
        assert "Cookie" not in shared.headers.get("vary", "")

    visit(application(MemorySessions()), steps)


def test_a_route_that_does_not_ask_never_waits_for_the_store() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        calls = store.calls
        await client.get("/free")
        await client.get("/prices")
        assert store.calls == calls

    visit(application(store), steps)


def test_rate_limits_count_the_user_of_the_session() -> None:
    store = MemorySessions()

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        assert (await client.get("/limited")).status_code == 200
        assert (await client.get("/limited")).status_code == 429
        await client.post("/login/8")
        assert (await client.get("/limited")).status_code == 200
        store.is_out = True
        assert (await client.get("/limited")).status_code == 200, "then by its address"
        assert (await client.get("/limited")).status_code == 429

    visit(application(store), steps)


def test_a_write_after_the_answer_has_begun_is_an_error() -> None:
    async def steps(client: httpx.AsyncClient) -> None:
        with pytest.raises(RuntimeError, match="begun"):
            await client.get("/stream-and-write")

    visit(application(MemorySessions()), steps)


def test_one_request_reads_its_session_once() -> None:
    store = MemorySessions()
    app = application(store)

    @app.get("/often")
    async def often(request: Request) -> int:
        before = store.calls
        await asyncio.gather(*(session_of(request) for _ in range(5)))
        return store.calls - before

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        assert (await client.get("/often")).json() == 1

    visit(app, steps)


def test_a_websocket_reads_the_session_and_cannot_begin_one() -> None:
    app = application(MemorySessions())

    async def steps(client: httpx.AsyncClient) -> None:
        await client.post("/login/7")
        cookie = f"{COOKIE}={client.cookies[COOKIE]}".encode()
        scope = {"type": "websocket", "path": "/socket", "headers": [(b"cookie", cookie)]}
        sent = await conversed(app, scope, "websocket.connect")
        told = json.loads(sent[1]["text"])
        assert told["user"] == "7"
        assert "WebSocket" in told["error"]

    visit(app, steps)


@pytest.mark.parametrize("is_out", [False, True])
def test_the_store_is_opened_and_closed_with_the_application(is_out: bool) -> None:
    store = MemorySessions()
    store.is_out = is_out
    messages = ("lifespan.startup", "lifespan.shutdown")
    sent = asyncio.run(conversed(application(store), {"type": "lifespan"}, *messages))
    assert [one["type"] for one in sent] == [f"{message}.complete" for message in messages]
    assert (store.calls, store.is_closed) == (1, True)


async def conversed(app: Any, scope: dict[str, Any], *messages: str) -> list[Any]:
    """Return what the application sends when it receives these."""
    sent: list[Any] = []
    received = iter(messages)

    async def receive() -> dict[str, Any]:
        return {"type": next(received)}

    async def send(message: Any) -> None:
        sent.append(message)

    base = {"asgi": {}, "query_string": b"", "client": None, "state": {}}
    await app({**base, **scope}, receive, send)
    return sent


def test_a_missing_middleware_is_told() -> None:
    with pytest.raises(RuntimeError, match="SessionMiddleware"):
        asyncio.run(session_of(Request({"type": "http"})))


def test_sessions_are_in_redis_where_the_phase_has_it_and_need_a_store() -> None:
    cache = CacheSettings(shared="redis", redis_url=Secret("redis://127.0.0.1:1/0"))
    assert isinstance(sessions_for(Settings(cache=cache)).store, RedisSessions)
    with pytest.raises(InvalidSettings, match="database"):
        sessions_for(Settings())
