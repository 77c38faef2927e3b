"""What rate limits, HTTP caching, headers and sessions add to a request.

Each figure is the middleware around an application that answers at once, on one connection, so
nothing of a server or a network is in it but Redis and PostgreSQL on loopback.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.engines.freezing import frozen
from tests.engines.postgres import postgres_server
from tests.engines.redis import redis_server

from outgrow_kit import Secret, Settings
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits import LocalCounts, RateLimiter, RateLimitMiddleware, counts_for
from outgrow_kit.limits.counts import Counts
from outgrow_kit.sessions import Session, sessions_for
from outgrow_kit.settings import CacheSettings, DatabaseSettings, HttpSettings, RateRule
from outgrow_kit.web import (
    ClientAddressMiddleware,
    HttpCacheMiddleware,
    SecurityHeadersMiddleware,
)

_ROUNDS = 3000
_MOMENTS = 10
_BODY = b'{"items": [' + b",".join(b'{"id": %d, "name": "item"}' % n for n in range(60)) + b"]}"
Call = Callable[[], Awaitable[object]]
Row = tuple[str, float, float]


async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer with 1.6 KB of JSON."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_BODY)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})


def request(app: ASGIApp, path: str = "/limited", *headers: tuple[bytes, bytes]) -> Call:
    """Return a call that serves one GET and drops the answer."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(_message: Any) -> None:
        return

    async def served() -> None:
        scope = {
            "type": "http", "method": "GET", "path": path, "headers": list(headers),
            "client": ("10.0.0.1", 5), "scheme": "http",
        }  # fmt: skip
        await app(scope, receive, send)

    return served


async def microseconds(call: Call, rounds: int = _ROUNDS) -> tuple[float, float]:
    """Return p50 and p99 of one call, after some to warm up."""
    for _ in range(100):
        await call()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        await call()
        taken.append((time.perf_counter_ns() - began) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49], cuts[98]


def limited(counts: Counts) -> ASGIApp:
    """Return the application behind one rule, which no run reaches."""
    rule = RateRule(route="/limited", requests=10_000_000, per_seconds=60)
    return RateLimitMiddleware(application, RateLimiter([rule], counts))


def bare_limits(storage: Any) -> Call:
    """Return what the library's users write: a hit, then what is left for the headers."""
    limiter, item = SlidingWindowCounterRateLimiter(storage), RateLimitItemPerMinute(10_000_000)

    async def counted() -> None:
        await limiter.hit(item, "10.0.0.1")
        await limiter.get_window_stats(item, "10.0.0.1")

    return counted


def slowapi_app() -> ASGIApp | None:
    """Return the same application behind slowapi, where it is installed."""
    if find_spec("slowapi") is None:
        return None
    from slowapi import Limiter
    from slowapi.middleware import SlowAPIASGIMiddleware
    from slowapi.util import get_remote_address
    from starlette.applications import Starlette
    from starlette.routing import Route

    app = Starlette(routes=[Route("/limited", application)])
    app.state.limiter = Limiter(
        key_func=get_remote_address, default_limits=["10000000/minute"], headers_enabled=True
    )
    app.add_middleware(SlowAPIASGIMiddleware)
    return app


async def crowded(storage_or_counts: Any, callers: int = 5000) -> Call:
    """Return a hit of one more caller after `callers` others."""
    if isinstance(storage_or_counts, LocalCounts):
        counts = storage_or_counts
        for number in range(callers):
            await counts.hit(str(number), 100, 60)

        async def hit() -> None:
            await counts.hit("one more", 10_000_000, 60)

        return hit
    limiter, item = (
        SlidingWindowCounterRateLimiter(storage_or_counts),
        RateLimitItemPerMinute(10**7),
    )
    for number in range(callers):
        storage_or_counts.storage[f"LIMITER/{number}"] = 1
        storage_or_counts.expirations[f"LIMITER/{number}"] = time.time() + 60

    async def hit_bare() -> None:
        await limiter.hit(item, "one more")
        await asyncio.sleep(0)  # lets the library's own clean-up run, as a server would

    return hit_bare


async def limit_rows(settings: Settings, in_postgres: Settings) -> list[Row]:
    """Return the rows about rate limits."""
    redis, postgres = counts_for(settings), counts_for(in_postgres)
    assert settings.cache.redis_url is not None
    bare_redis = RedisStorage(
        f"async+{settings.cache.redis_url.reveal()}", implementation="redispy"
    )
    await redis.prepare()
    await postgres.prepare()
    calls: dict[str, Call] = {
        "the application alone": request(application),
        "+ limits, a route without a rule": request(limited(redis), "/free"),
        "+ limits, counted in the process": request(limited(LocalCounts())),
        "+ limits, counted in Redis": request(limited(redis)),
        "+ limits, counted in PostgreSQL": request(limited(postgres)),
        "`limits` alone in the process, hit and stats": bare_limits(MemoryStorage()),
        "`limits` alone in Redis, hit and stats": bare_limits(bare_redis),
        "counted in the process beside 5,000 callers": await crowded(LocalCounts()),
        "`limits` in the process beside 5,000 callers": await crowded(MemoryStorage()),
    }
    slow = slowapi_app()
    if slow is not None:
        calls["slowapi, counted in the process"] = request(slow)
    rows = []
    for name, call in calls.items():
        rounds = 300 if "`limits` in the process beside" in name else _ROUNDS
        rows.append((name, *await microseconds(call, rounds)))
    await redis.close()
    await postgres.close()
    await bare_redis.bridge.get_connection().aclose()
    return rows


async def moment_rows(in_postgres: Settings, callers: int = 400) -> list[Row]:
    """Return how long each of many requests of one moment waits for its count in PostgreSQL."""
    counts = counts_for(in_postgres)
    await counts.prepare()
    taken: list[float] = []
    missed = 0

    async def hit(number: int) -> None:
        nonlocal missed
        began = time.perf_counter_ns()
        try:
            await counts.hit(str(number), 10_000_000, 60)
        except StoreUnavailable:
            missed += 1
        taken.append((time.perf_counter_ns() - began) / 1000)

    for _ in range(_MOMENTS):
        await asyncio.gather(*(hit(number) for number in range(callers)))
    await counts.close()
    cuts = statistics.quantiles(taken, n=100)
    name = f"{callers} hits of one moment in PostgreSQL, each ({missed} of {len(taken)} too late)"
    return [(name, cuts[49], cuts[98])]


async def web_rows() -> list[Row]:
    """Return the rows about headers and caching."""
    http = HttpSettings(trusted_proxies=("10.0.0.0/8",))
    cached = HttpCacheMiddleware(application)
    forwarded = (b"x-forwarded-for", b"198.51.100.1, 203.0.113.9")
    calls = {
        "+ security headers": request(SecurityHeadersMiddleware(application, http)),
        "+ client address behind a proxy": request(
            ClientAddressMiddleware(application, http), "/", forwarded
        ),
        "+ HTTP caching, 1.6 KB seen before": request(cached),
        "+ HTTP caching, answered 304": request(cached, "/", (b"if-none-match", b"*")),
    }
    return [(name, *await microseconds(call)) for name, call in calls.items()]


async def session_rows(settings: Settings, in_postgres: Settings) -> list[Row]:
    """Return the rows about reading a session."""
    rows = []
    for name, chosen in (("Redis", settings), ("PostgreSQL", in_postgres)):
        sessions = sessions_for(chosen, deadline_seconds=5)
        session = Session()
        session["cart"] = [1, 2, 3]
        await sessions.log_in(session, "7")
        token = session.new_token

        async def opened(sessions: Any = sessions, token: Any = token) -> None:
            await sessions.open(token)

        rows.append((f"reading a session, {name}", *await microseconds(opened)))
        await sessions.store.close()
    return rows


async def frozen_rows(settings: Settings, process: Any) -> list[Row]:
    """Return what a request takes while Redis hangs: the first, and those after it."""
    counts = counts_for(settings)
    await counts.prepare()
    call = request(limited(counts))
    await call()
    with frozen(process):
        began = time.perf_counter_ns()
        await call()
        first = (time.perf_counter_ns() - began) / 1000
        later = []
        while time.perf_counter_ns() - began < 200_000_000:
            start = time.perf_counter_ns()
            await call()
            later.append((time.perf_counter_ns() - start) / 1000)
    await counts.close()
    cuts = statistics.quantiles(later, n=100)
    return [
        ("Redis hangs: the first request", first, first),
        ("Redis hangs: those after it", cuts[49], cuts[98]),
    ]


async def measured(redis_url: str, postgres_url: str, redis_process: Any) -> list[Row]:
    """Return every row."""
    cache = CacheSettings(shared="redis", redis_url=Secret(redis_url))
    settings = Settings(cache=cache)
    in_postgres = Settings(
        cache=CacheSettings(shared="postgres"), database=DatabaseSettings(url=Secret(postgres_url))
    )
    return [
        *await limit_rows(settings, in_postgres),
        *await moment_rows(in_postgres),
        *await frozen_rows(settings, redis_process),
        *await web_rows(),
        *await session_rows(settings, in_postgres),
    ]


def main() -> None:
    """Print the section."""
    with redis_server() as redis, postgres_server() as postgres:
        rows = asyncio.run(measured(redis.url, postgres.url(), redis.process))
    print("## Rate limits, HTTP caching and sessions: one request\n")
    print("Rows with + are the application and that middleware together.\n")
    print("| | p50 us | p99 us |\n| --- | ---: | ---: |")
    for name, middle, high in rows:
        print(f"| {name} | {middle:,.0f} | {high:,.0f} |")


if __name__ == "__main__":
    main()
