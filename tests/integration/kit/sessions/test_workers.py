"""Sessions of a running application: two processes, and a store that fails."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.engines.freezing import frozen
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer
from tests.engines.workers import workers

_APP = f"{Path(__file__).parent / 'session_app.py'}:app"


@pytest.fixture(params=["redis", "postgres"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    document: dict[str, object] = {"version": 1, "http": {"secure": False}}
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        document["cache"] = {"shared": "redis", "url_from": "STORE"}
        return {"OUTGROW_KIT": json.dumps(document), "STORE": server.url}
    database: PostgresServer = request.getfixturevalue("postgres")
    document["database"] = {"url_from": "STORE"}
    return {"OUTGROW_KIT": json.dumps(document), "STORE": database.url()}


def test_processes_share_sessions_and_revocations(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with workers(2, _APP, tmp_path, environment) as (one, other), ThreadPoolExecutor(6) as threads:
        assert one.post("/login/7").status_code == 200
        cookie = {"Cookie": f"session={one.cookies['session']}"}
        asked = [
            threads.submit(client.post, f"/count/{number}", headers=cookie)
            for number in range(15)
            for client in (one, other)
        ]
        assert {task.result().status_code for task in asked} == {200}
        expected = {"user": "7", **{str(number): True for number in range(15)}}
        assert other.get("/me", headers=cookie).json() == expected
        other.cookies.clear()
        assert other.post("/login/7").status_code == 200
        assert other.post("/logout-everywhere").json() == 1
        assert one.get("/me").json() == {"user": None}
        assert other.get("/me").json()["user"] == "7"


def test_a_frozen_store_is_503_and_nobody_has_to_log_in_again(
    environment: dict[str, str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    is_redis = "redis" in environment["STORE"]
    server = request.getfixturevalue("redis" if is_redis else "postgres")
    with workers(1, _APP, tmp_path, environment) as (client,):
        assert client.post("/login/8").status_code == 200
        with frozen(server.process):
            started = time.monotonic()
            assert client.get("/free").status_code == 200
            assert time.monotonic() - started < 1.5
            for path in ("/me", "/me", "/me"):
                response = client.get(path)
                assert response.status_code == 503
                assert "set-cookie" not in response.headers
        assert_signed_in_again(client, "8")


def test_a_database_that_crashed_has_kept_the_sessions(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    document = {"version": 1, "http": {"secure": False}, "database": {"url_from": "STORE"}}
    environment = {"OUTGROW_KIT": json.dumps(document), "STORE": postgres.url()}
    with workers(1, _APP, tmp_path, environment) as (client,):
        assert client.post("/login/9").status_code == 200
        postgres.crash()
        assert client.get("/me").status_code == 503
        postgres.start()
        assert_signed_in_again(client, "9")


def assert_signed_in_again(client: httpx.Client, user: str) -> None:
    deadline = time.monotonic() + 20
    while (response := client.get("/me")).status_code == 503:
        assert time.monotonic() < deadline, "the store is not used again"
    assert response.json()["user"] == user
