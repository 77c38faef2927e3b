"""What browsers and CDNs are told to keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Message

from outgrow_kit.web import CacheControl, HttpCacheMiddleware, http_cache, mark, mark_personal


def answer(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=names)

    return asyncio.run(asked())


def application(**options: Any) -> FastAPI:
    app = FastAPI()
    app.add_middleware(HttpCacheMiddleware, **options)
    public = http_cache(
        60, public=True, stale_while_revalidate_seconds=30, stale_if_error_seconds=600,
        vary=("Accept-Language",),
    )  # fmt: skip

    @app.get("/unmarked")
    @app.head("/unmarked")
    def unmarked() -> dict[str, int]:
        return {"a": 1, "b": 2}

    @app.get("/prices", dependencies=[Depends(public)])
    def prices() -> dict[str, int]:
        return {"a": 1}

    @app.get("/missing", dependencies=[Depends(public)])
    def missing() -> None:
        raise HTTPException(404)

    @app.get("/cookie", dependencies=[Depends(public)])
    def cookie(response: Response) -> dict[str, int]:
        response.set_cookie("session", "x")
        return {"a": 1}

    @app.get("/own-public-cookie")
    def own_public_cookie() -> Response:
        headers = {"Cache-Control": "public, max-age=60", "Set-Cookie": "session=x"}
        return JSONResponse({}, headers=headers)

    @app.get("/personal", dependencies=[Depends(public)])
    def personal(request: Request) -> dict[str, int]:
        mark_personal(request.scope)
        return {"a": 1}

    @app.get("/own")
    def own() -> Response:
        return JSONResponse({}, headers={"Cache-Control": "max-age=5", "ETag": '"mine"'})

    @app.get("/secret")
    def secret() -> Response:
        return JSONResponse({}, headers={"Cache-Control": "no-store"})

    @app.get("/large")
    def large() -> Response:
        return Response(b"x" * 300_000)

    @app.get("/stream")
    def stream() -> Response:
        return StreamingResponse(iter([b"one", b"two"]))

    @app.get("/tagged-stream")
    def tagged_stream() -> Response:
        return StreamingResponse(iter([b"one", b"two"]), headers={"ETag": '"s"'})

    @app.post("/unmarked")
    def post() -> dict[str, int]:
        return {"a": 1}

    return app


def test_an_unmarked_answer_is_private_and_asked_for_again() -> None:
    response = answer(application(), "/unmarked")
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["etag"].startswith('W/"')
    assert response.json() == {"a": 1, "b": 2}


def test_a_marked_answer_is_public_with_its_times_and_vary() -> None:
    headers = answer(application(), "/prices").headers
    assert headers["cache-control"] == (
        "public, max-age=60, stale-while-revalidate=30, stale-if-error=600"
    )
    assert headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(method: str) -> None:
    app = application()
    tag = answer(app, "/unmarked").headers["etag"]
    response = answer(app, "/unmarked", method, If_None_Match=f'"old", {tag}')
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == tag
    assert response.headers["cache-control"] == "private, no-cache"
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


def test_get_and_head_have_the_same_tag() -> None:
    app = application()
    assert (
        answer(app, "/unmarked", "HEAD").headers["etag"]
        == (answer(app, "/unmarked").headers["etag"])
    )


def test_another_tag_gets_the_whole_answer() -> None:
    response = answer(application(), "/unmarked", If_None_Match='"other"')
    assert (response.status_code, response.json()) == (200, {"a": 1, "b": 2})


def test_an_error_is_never_kept() -> None:
    response = answer(application(), "/missing", If_None_Match="*")
    assert response.status_code == 404
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize("path", ["/cookie", "/own-public-cookie"])
def test_an_answer_that_sets_a_cookie_is_never_public(path: str) -> None:
    response = answer(application(), path, If_None_Match="*")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-cache"
    assert "etag" not in response.headers
    assert "session=x" in response.headers["set-cookie"]


def test_an_answer_made_for_one_user_is_private_though_marked_public() -> None:
    assert answer(application(), "/personal").headers["cache-control"] == "private, no-cache"


def test_what_the_handler_said_itself_stays() -> None:
    app = application()
    headers = answer(app, "/own").headers
    assert (headers["cache-control"], headers["etag"]) == ("max-age=5", '"mine"')
    assert answer(app, "/own", If_None_Match='W/"mine"').status_code == 304
    assert "etag" not in answer(app, "/secret").headers


def test_other_methods_are_left_alone() -> None:
    headers = answer(application(), "/unmarked", "POST", If_None_Match="*").headers
    assert "cache-control" not in headers
    assert "etag" not in headers


@pytest.mark.parametrize(("path", "length"), [("/large", 300_000), ("/stream", 6)])
def test_long_bodies_and_streams_pass_without_a_tag(path: str, length: int) -> None:
    response = answer(application(), path, If_None_Match="*")
    assert (response.status_code, len(response.content)) == (200, length)
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "private, no-cache"


def test_a_stream_with_a_tag_of_its_own_is_answered_304() -> None:
    response = answer(application(), "/tagged-stream", If_None_Match='"s"')
    assert (response.status_code, response.content) == (304, b"")


def test_a_tag_stays_the_same_inside_compression() -> None:
    app = application()
    app.add_middleware(GZipMiddleware, minimum_size=1)
    packed = answer(app, "/prices", Accept_Encoding="gzip")
    plain = answer(app, "/prices", Accept_Encoding="identity")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == plain.headers["etag"]
    assert set(packed.headers["vary"].split(", ")) == {"Accept-Language", "Accept-Encoding"}


def test_strong_tags_on_request() -> None:
    assert answer(application(strong=True), "/unmarked").headers["etag"].startswith('"')


def test_marking_without_the_middleware_says_so() -> None:
    with pytest.raises(RuntimeError, match="HttpCacheMiddleware"):
        mark({}, CacheControl())


def test_times_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        CacheControl(seconds=-1)
    with pytest.raises(ValueError, match="public=True"):
        CacheControl(shared_seconds=60)
    header = CacheControl(seconds=5, public=True, shared_seconds=60, immutable=True).header()
    assert header == "public, max-age=5, s-maxage=60, immutable"


def sent_by(app: Callable[..., Any], *if_none_match: bytes) -> list[Message]:
    """Return the messages of one GET, as the server would get them."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        headers = [(b"if-none-match", value) for value in if_none_match]
        scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
        await HttpCacheMiddleware(app)(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(asked())
    return sent


def test_a_stream_is_passed_on_piece_by_piece() -> None:
    passed: list[int] = []
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"1", b"2", b"3"):
            yield piece
            passed.append(len([one for one in sent if one.get("body")]))

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def asked() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "asgi": {}}
        await HttpCacheMiddleware(StreamingResponse(pieces()))(scope, receive, send)

    asyncio.run(asked())
    assert passed == [1, 2, 3], "every piece was sent before the next one was made"


@pytest.mark.parametrize("body", [b"", b"too long"])
def test_a_body_of_another_length_than_told_is_passed_on_without_a_tag(body: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    start, *bodies = sent_by(app, b"*")
    assert start["status"] == 200
    assert b"".join(one.get("body", b"") for one in bodies) == body
    assert not any(name == b"etag" for name, _ in start["headers"])
    assert not bodies[-1].get("more_body")


def test_a_body_in_pieces_is_put_together_for_its_tag() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await send({"type": "http.response.body", "body": b"def"})

    start, body = sent_by(app)
    assert body["body"] == b"abcdef"
    tag = dict(start["headers"])[b"etag"]
    assert sent_by(app, b'"a"', tag)[0]["status"] == 304


def test_messages_of_an_extension_release_what_is_held() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.pathsend", "path": "/file"})

    kinds = [message["type"] for message in sent_by(app)]
    assert kinds == ["http.response.start", "http.response.pathsend"]


@pytest.mark.parametrize(
    "said",
    [
        [b"max-age=60"], [b"Public, max-age=60"], [b"no-cache", b"public"],
        [b"private, s-maxage=9"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 404])
def test_what_a_shared_cache_may_keep_is_not_said_of_one_users_answer(
    said: list[bytes], status: int
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        mark_personal(scope)
        headers = [(b"cache-control", one) for one in said]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    found = answer(HttpCacheMiddleware(app), "/").headers.get_list("cache-control")
    assert found == ["private, no-cache" if status == 200 else "no-store"]


@pytest.mark.parametrize("said", ["private, max-age=60", "No-Store", "max-age=5, PRIVATE"])
def test_what_keeps_shared_caches_out_stays_as_the_handler_said_it(said: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        mark_personal(scope)
        await JSONResponse({}, headers={"Cache-Control": said})(scope, receive, send)

    assert answer(HttpCacheMiddleware(app), "/").headers["cache-control"] == said
