"""Which rule decides on a request, who is counted, and what an outage does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import SimpleUser
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from outgrow_kit import InvalidSettings
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits import (
    Callers,
    Count,
    LocalCounts,
    RateLimiter,
    RateLimitMiddleware,
    counts_for,
    rate_limit_middleware,
)
from outgrow_kit.limits.callers import network_of
from outgrow_kit.settings import CacheSettings, RateRule, Settings
from outgrow_kit.web.routes import RoutePattern, route_path


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class NoStore:
    """A store that never answers, and remembers that it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_closed = False

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        self.asked += 1
        raise StoreUnavailable("out")

    async def prepare(self) -> None:
        raise StoreUnavailable("out")

    async def close(self) -> None:
        self.is_closed = True


def application(limiter: RateLimiter, peer: str = "203.0.113.9") -> Any:
    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])])
    return RateLimitMiddleware(app, limiter)


def answers(app: Any, *requests: str, peer: str = "203.0.113.9") -> list[httpx.Response]:
    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, client=(peer, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return [await client.request(*request.split(" ", 1)) for request in requests]

    return asyncio.run(asked())


def codes(app: Any, *requests: str, peer: str = "203.0.113.9") -> list[int]:
    return [response.status_code for response in answers(app, *requests, peer=peer)]


@pytest.mark.parametrize(
    ("route", "method", "path", "matches"),
    [
        ("*", "DELETE", "/any/thing", True),
        ("/api/*", "GET", "/api/a/b", True),
        ("/api/*", "GET", "/api", False),
        ("/api/*", "GET", "/apis", False),
        ("/api/*", "GET", "/api/a\nb", True),
        ("POST /login", "POST", "/login", True),
        ("POST /login", "GET", "/login", False),
        ("POST /login", "POST", "/login/x", False),
        ("GET /a", "HEAD", "/a", True),
        ("/users/*/avatar", "PUT", "/users/7/avatar", True),
        ("/a.b", "GET", "/axb", False),
        ("POST *", "POST", "/x", True),
    ],
)
def test_a_route_says_which_requests_it_means(
    route: str, method: str, path: str, matches: bool
) -> None:
    assert RoutePattern(route).matches(method, path) is matches


def test_a_proxys_prefix_is_no_part_of_a_route() -> None:
    assert route_path({"path": "/prefix/login", "root_path": "/prefix"}) == "/login"
    assert route_path({"path": "/prefixed", "root_path": "/prefix"}) == "/prefixed"


def test_the_first_rule_that_means_a_request_counts() -> None:
    rules = [
        RateRule(route="POST /login", requests=1, per_seconds=60),
        RateRule(route="/health", requests=100, per_seconds=60),
        RateRule(route="*", requests=2, per_seconds=60),
    ]
    app = application(RateLimiter(rules, LocalCounts(clock=Clock())))
    asked = ["POST /login", "POST /login", "GET /a", "GET /health", "GET /b", "GET /c"]
    assert codes(app, *asked) == [200, 429, 200, 200, 200, 429]


def test_a_refusal_says_when_to_come_back() -> None:
    rule = RateRule(route="POST /login", requests=1, per_seconds=60)
    clock = Clock()
    clock.now = 60_000_000.0  # the beginning of a window
    app = application(RateLimiter([rule], LocalCounts(clock=clock)))
    first, second = answers(app, "POST /login", "POST /login")
    assert first.headers["ratelimit-policy"] == '"POST /login";q=1;w=60'
    assert first.headers["ratelimit"].startswith('"POST /login";r=0;t=')
    assert "retry-after" not in first.headers
    assert second.status_code == 429
    assert second.headers["content-type"] == "application/problem+json"
    assert second.headers["retry-after"] == "61"
    assert second.headers["ratelimit"] == '"POST /login";r=0;t=61'
    problem = second.json()
    assert problem["type"].endswith("#quota-exceeded")
    assert (problem["status"], problem["violated-policies"]) == (429, ["POST /login"])
    clock.now += 61
    assert codes(app, "POST /login") == [200]


def test_a_name_that_is_no_token_is_still_a_header() -> None:
    rule = RateRule(route='/ä"\\x*', requests=1, per_seconds=60)
    app = application(RateLimiter([rule], LocalCounts(clock=Clock())))
    response = answers(app, 'GET /ä"\\x')[0]
    assert response.headers["ratelimit-policy"] == r'"/?\"\\x*";q=1;w=60'


def test_each_address_is_counted_by_itself() -> None:
    rule = RateRule(route="*", requests=1, per_seconds=60)
    app = application(RateLimiter([rule], LocalCounts(clock=Clock())))
    assert codes(app, "GET /", "GET /", peer="203.0.113.9") == [200, 429]
    assert codes(app, "GET /", peer="203.0.113.10") == [200]


def test_the_addresses_of_one_ipv6_network_are_one_caller() -> None:
    rule = RateRule(route="*", requests=1, per_seconds=60)
    app = application(RateLimiter([rule], LocalCounts(clock=Clock())))
    assert codes(app, "GET /", peer="2001:db8:1:2::1") == [200]
    assert codes(app, "GET /", peer="2001:db8:1:2:ffff::9") == [429]
    assert codes(app, "GET /", peer="2001:db8:1:3::1") == [200]
    assert network_of("::ffff:203.0.113.9") == network_of("203.0.113.9")


def test_users_and_keys_are_counted_wherever_they_come_from() -> None:
    async def user(scope: Any) -> str | None:
        return scope["query_string"].decode() or None

    rules = [
        RateRule(route="/user", requests=1, per_seconds=60, by="user"),
        RateRule(route="/key", requests=1, per_seconds=60, by="key"),
    ]
    callers = Callers(user=user, key=lambda scope: scope["query_string"].decode() or None)
    app = application(RateLimiter(rules, LocalCounts(clock=Clock()), callers=callers))
    for path in ("/user", "/key"):
        assert codes(app, f"GET {path}?7", peer="203.0.113.1") == [200]
        assert codes(app, f"GET {path}?7", peer="203.0.113.2") == [429]
        assert codes(app, f"GET {path}?8", peer="203.0.113.2") == [200]
        assert codes(app, f"GET {path}", f"GET {path}", peer="203.0.113.2") == [200, 429]


def test_starlettes_user_counts_without_further_words() -> None:
    rule = RateRule(route="*", requests=1, per_seconds=60, by="user")
    limiter = RateLimiter([rule], LocalCounts(clock=Clock()))

    async def decided(user: object, peer: str) -> bool:
        scope = {"type": "http", "method": "GET", "path": "/", "user": user, "client": (peer, 1)}
        verdict = await limiter.decide(scope)
        assert verdict is not None
        return verdict.is_allowed

    ann = SimpleUser("ann")
    assert asyncio.run(decided(ann, "203.0.113.1"))
    assert not asyncio.run(decided(ann, "203.0.113.2"))
    assert asyncio.run(decided(SimpleUser("bob"), "203.0.113.2"))


def test_a_session_that_cannot_be_read_is_counted_by_address() -> None:
    def user(scope: Any) -> str | None:
        raise StoreUnavailable("sessions are out")

    rule = RateRule(route="*", requests=1, per_seconds=60, by="user")
    limiter = RateLimiter([rule], LocalCounts(clock=Clock()), callers=Callers(user=user))
    assert codes(application(limiter), "GET /", "GET /") == [200, 429]


@pytest.mark.parametrize(
    ("when_out", "expected"),
    [("open", [200, 200, 200]), ("local", [200, 200, 429]), ("closed", [503, 503, 503])],
)
def test_a_rule_says_what_happens_while_the_store_is_out(
    when_out: Any, expected: list[int]
) -> None:
    rule = RateRule(route="*", requests=2, per_seconds=60, when_out=when_out)
    app = application(RateLimiter([rule], NoStore(), local=LocalCounts(clock=Clock())))
    responses = answers(app, "GET /", "GET /", "GET /")
    assert [response.status_code for response in responses] == expected
    assert ("ratelimit" in responses[0].headers) is (when_out == "local")


def test_a_closed_rule_says_that_it_is_not_the_callers_fault() -> None:
    rule = RateRule(route="POST /pay", requests=2, per_seconds=60, when_out="closed")
    response = answers(application(RateLimiter([rule], NoStore())), "POST /pay")[0]
    assert response.headers["retry-after"] == "5"
    assert response.headers["cache-control"] == "no-store"
    assert json.loads(response.content)["type"].endswith("#temporary-reduced-capacity")


def test_an_unlimited_route_never_asks_the_store() -> None:
    store = NoStore()
    limiter = RateLimiter([RateRule(route="/api/*", requests=1, per_seconds=60)], store)
    response = answers(application(limiter), "GET /health")[0]
    assert response.status_code == 200
    assert "ratelimit" not in response.headers
    assert store.asked == 0


def test_the_application_starts_without_the_store_and_closes_it_at_the_end() -> None:
    store = NoStore()
    limiter = RateLimiter([RateRule(route="*", requests=1, per_seconds=60)], store)

    async def lived() -> list[str]:
        sent: list[str] = []
        messages = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> dict[str, Any]:
            return {"type": next(messages)}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await application(limiter)({"type": "lifespan", "state": {}}, receive, send)
        return sent

    assert asyncio.run(lived()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert store.is_closed


def test_what_is_counted_names_nobody() -> None:
    keys = []

    class Kept(NoStore):
        async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
            keys.append(key)
            return Count(True, 1, 1.0, 0.0)

    limiter = RateLimiter([RateRule(route="*", requests=1, per_seconds=60)], Kept())
    codes(application(limiter), "GET /" + "x" * 5000)
    assert len(keys[0]) == 32
    assert "203" not in bytes.fromhex(keys[0]).decode("latin-1")


def test_a_rule_that_lets_nobody_pass_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="'/a'"):
        RateLimiter([RateRule(route="/a", requests=0, per_seconds=1)], LocalCounts())


@pytest.mark.parametrize("route", ["login", "post /login", "", "POST login", "https://app/login"])
def test_a_rule_that_means_no_request_is_refused(route: str) -> None:
    with pytest.raises(InvalidSettings, match="means no request"):
        RateLimiter([RateRule(route=route, requests=1, per_seconds=60)], LocalCounts())


def test_a_phase_without_a_store_counts_in_the_process() -> None:
    assert isinstance(counts_for(Settings()), LocalCounts)
    assert rate_limit_middleware(Settings()) == []


@pytest.mark.parametrize("shared", ["redis", "postgres"])
def test_a_store_without_an_address_is_refused(shared: Any) -> None:
    with pytest.raises(InvalidSettings):
        counts_for(Settings(cache=CacheSettings(shared=shared)))
