"""The headers every answer has, and which pages of other origins may read it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response

from outgrow_kit import InvalidSettings
from outgrow_kit.settings import HttpSettings
from outgrow_kit.web import (
    FASTAPI_DOCS_POLICY,
    cors_middleware,
    security_headers,
    web_middleware,
    wrapped,
)

PAGE = "https://app.example.com"


def application(settings: HttpSettings, **options: Any) -> FastAPI:
    app = FastAPI(middleware=web_middleware(settings, **options))

    @app.get("/")
    def read() -> dict[str, int]:
        return {"a": 1}

    @app.get("/framed")
    def framed(response: Response) -> dict[str, int]:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return {}

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    return app


def answer(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=names)

    return asyncio.run(asked())


def test_every_answer_carries_the_defaults() -> None:
    for path in ("/", "/nowhere"):
        headers = answer(application(HttpSettings()), path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_hsts_is_sent_only_where_users_come_over_tls() -> None:
    secure = answer(application(HttpSettings(secure=True)), "/").headers
    assert secure["strict-transport-security"] == "max-age=31536000"
    plain = answer(application(HttpSettings(secure=False)), "/").headers
    assert "strict-transport-security" not in plain


def test_settings_replace_a_default_and_an_empty_value_leaves_it_out() -> None:
    settings = HttpSettings(headers={"referrer-policy": "no-referrer", "X-Frame-Options": "",
                                     "X-Team": "floyo"})  # fmt: skip
    headers = answer(application(settings), "/").headers
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert "x-frame-options" not in headers
    assert headers["x-team"] == "floyo"


def test_what_a_handler_sets_stays() -> None:
    settings = HttpSettings(headers={"X-Frame-Options": "DENY"})
    headers = answer(application(settings), "/framed").headers
    assert headers.get_list("x-frame-options") == ["SAMEORIGIN"]


def test_a_page_may_have_a_policy_of_its_own() -> None:
    app = application(HttpSettings(), policies={"/docs*": FASTAPI_DOCS_POLICY})
    assert "jsdelivr" in answer(app, "/docs").headers["content-security-policy"]
    assert "jsdelivr" not in answer(app, "/").headers["content-security-policy"]


@pytest.mark.parametrize("headers", [{"X-A": "a\r\nSet-Cookie: x"}, {"X A": "a"}, {"": "a"}])
def test_a_setting_cannot_smuggle_a_header(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings):
        security_headers(HttpSettings(headers=headers))


def test_an_unhandled_exception_has_the_headers_when_all_is_wrapped() -> None:
    settings = HttpSettings(allowed_origins=(PAGE,))
    bare = FastAPI()

    @bare.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    response = answer(wrapped(bare, web_middleware(settings)), "/broken", Origin=PAGE)
    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == PAGE
    assert response.headers["cache-control"] == "no-store"


def test_an_allowed_origin_may_read_with_cookies() -> None:
    app = application(HttpSettings(allowed_origins=(PAGE,)))
    headers = answer(app, "/", Origin=PAGE).headers
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["access-control-allow-credentials"] == "true"
    assert "RateLimit" in headers["access-control-expose-headers"]
    assert "Origin" in headers["vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://app.example.com", "https://app.example.com.evil.example",
     "https://app.example.com:8443", "null", "https://evilexample.com", "https://.example.com",
     "https://a.example.org/.example.com"],
)  # fmt: skip
def test_another_origin_may_not_read(origin: str) -> None:
    app = application(HttpSettings(allowed_origins=(PAGE, "https://*.example.com")))
    preflight = answer(app, "/", "OPTIONS", Origin=origin, Access_Control_Request_Method="GET")
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in answer(app, "/", Origin=origin).headers


def test_subdomains_may_be_allowed() -> None:
    app = application(HttpSettings(allowed_origins=("https://*.example.com",)))
    for origin in ("https://a.example.com", "https://a-1.b.example.com"):
        assert answer(app, "/", Origin=origin).headers["access-control-allow-origin"] == origin
    bare = answer(app, "/", Origin="https://example.com")
    assert "access-control-allow-origin" not in bare.headers


def test_everyone_may_read_only_without_cookies() -> None:
    app = application(HttpSettings(allowed_origins=("*",)))
    headers = answer(app, "/", Origin="https://any.example", Cookie="a=b").headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_without_origins_there_is_no_cors() -> None:
    assert cors_middleware(HttpSettings()) == []


@pytest.mark.parametrize(
    "origin", ["example.com", "https://a.example.com/", "https://a.*.com", "null", "https://"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(InvalidSettings, match="allowed_origins"):
        cors_middleware(HttpSettings(allowed_origins=(origin,)))
