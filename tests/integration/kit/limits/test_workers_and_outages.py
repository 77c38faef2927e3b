"""Rate limits of a running application: several processes, and a store that fails."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.engines.freezing import frozen
from tests.engines.postgres import PostgresServer
from tests.engines.processes import free_port
from tests.engines.redis import RedisServer
from tests.engines.workers import workers

_APP = f"{Path(__file__).parent / 'limited_app.py'}:app"
_WHEN_OUT = ("open", "local", "closed")


def environment(shared: str, url: str, deadline_seconds: float) -> dict[str, str]:
    """Return what outgrow would write: one rule for each way to meet an outage."""
    rules = [
        {"route": f"/limited/{how}*", "requests": 10, "per_seconds": 3600, "when_out": how}
        for how in _WHEN_OUT
    ]
    document: dict[str, object] = {
        "version": 1,
        "http": {"trusted_proxies": ["127.0.0.0/8"]},
        "cache": {"shared": shared, "url_from": "STORE", "deadline_seconds": deadline_seconds},
        "rate_limits": rules,
    }
    if shared == "postgres":
        document["database"] = {"url_from": "STORE"}
    return {"OUTGROW_KIT": json.dumps(document), "STORE": url}


def code(client: httpx.Client, path: str, address: str) -> int:
    return client.get(path, headers={"X-Forwarded-For": address}).status_code


@pytest.fixture(params=["redis", "postgres"])
def store(request: pytest.FixtureRequest) -> tuple[str, str]:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        return "redis", server.url
    database: PostgresServer = request.getfixturevalue("postgres")
    return "postgres", database.url()


def test_two_processes_share_one_limit(store: tuple[str, str], tmp_path: Path) -> None:
    with (
        workers(2, _APP, tmp_path, environment(*store, deadline_seconds=10)) as clients,
        ThreadPoolExecutor(8) as threads,
    ):
        asked = [
            threads.submit(code, client, "/limited/closed", "203.0.113.1")
            for _ in range(20)
            for client in clients
        ]
        codes = [one.result() for one in asked]
        assert (codes.count(200), codes.count(429)) == (10, 30)
        assert code(clients[0], "/limited/closed", "203.0.113.2") == 200


def test_a_frozen_store_costs_one_deadline_and_an_unlimited_route_nothing(
    store: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = request.getfixturevalue(store[0])
    with workers(1, _APP, tmp_path, environment(*store, deadline_seconds=1)) as (client,):
        assert code(client, "/limited/local", "203.0.113.3") == 200
        with frozen(server.process):
            started = time.monotonic()
            assert client.get("/free").status_code == 200
            assert time.monotonic() - started < 0.9, "an unlimited route waits for nothing"
            assert code(client, "/limited/local", "203.0.113.3") == 200
            assert 0.9 < time.monotonic() - started < 5
            later = [code(client, f"/limited/{how}", "203.0.113.3") for how in _WHEN_OUT]
            assert later == [200, 200, 503]
            codes = [code(client, "/limited/local", "203.0.113.3") for _ in range(12)]
            assert 429 in codes, "the process goes on counting by itself"
        assert_comes_back(client)


def test_a_killed_store_is_used_again_when_it_is_back(redis: RedisServer, tmp_path: Path) -> None:
    with workers(1, _APP, tmp_path, environment("redis", redis.url, deadline_seconds=1)) as (
        client,
    ):
        assert code(client, "/limited/closed", "203.0.113.4") == 200
        redis.kill()
        assert code(client, "/limited/closed", "203.0.113.4") == 503
        assert code(client, "/limited/open", "203.0.113.4") == 200
        redis.start()
        assert_comes_back(client)


def test_an_application_starts_while_its_store_is_out(tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    with workers(1, _APP, tmp_path, environment("redis", url, deadline_seconds=1)) as (client,):
        assert code(client, "/limited/open", "203.0.113.5") == 200
        assert code(client, "/limited/closed", "203.0.113.5") == 503


def assert_comes_back(client: httpx.Client) -> None:
    """Wait until a rule that is closed in an outage answers again; the breaker tries within 5 s."""
    deadline = time.monotonic() + 15
    number = 0
    while code(client, "/limited/closed", f"198.51.100.{number % 250}") != 200:
        number += 1
        assert time.monotonic() < deadline, "the store is not used again"
