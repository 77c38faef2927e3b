"""Threads, tasks and connections of the cache end; after a fork the child has its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer

from outgrow_kit import Cache, Secret
from outgrow_kit.settings import CacheSettings, DatabaseSettings

_ROOT = Path(__file__).parents[4]
# A script of its own: the tests' process has threads of other libraries, which do not fork well.
_FORK = """
import json, os, sys
from outgrow_kit import Cache, Secret
from outgrow_kit.settings import CacheSettings, DatabaseSettings
told = json.loads(sys.argv[1])
settings = CacheSettings(deadline_seconds=2, namespace="fork", shared=told["shared"],
                         redis_url=Secret(told["url"]))
cache = Cache(settings, database=DatabaseSettings(url=Secret(told["url"])))
@cache.cached(seconds=60, stale_seconds=60)
def number(place):
    return [place, os.getpid()]
before = number(1)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    assert cache.metrics.items == 0, "what the parent kept is not trusted by the child"
    cache.set("from the child", os.getpid(), seconds=60)
    found = number(1), number(2), cache._parts.watch._thread.is_alive()
    number.invalidate(1)
    cache.close()
    os.write(writer, json.dumps(found).encode())
    os._exit(0)
os.waitpid(child, 0)
first, second, alive = json.loads(os.read(reader, 1000))
assert first == before, (first, before)
assert second == [2, child] and alive
assert cache.get("from the child") == child
for _ in range(300):
    if number(1) is not before:
        break
    cache._parts.watch._stop.wait(0.01)
assert number(1) is not before, "the child's invalidation reached the parent"
cache.close()
"""


@pytest.mark.parametrize("shared", ["redis", "postgres"])
def test_a_child_of_a_fork_has_threads_and_connections_of_its_own(
    shared: str, quiet_redis: RedisServer, quiet_postgres: PostgresServer
) -> None:
    url = quiet_redis.url if shared == "redis" else quiet_postgres.url()
    done = subprocess.run(
        [sys.executable, "-c", _FORK, json.dumps({"shared": shared, "url": url})],
        env={**os.environ, "PYTHONPATH": str(_ROOT / "kit" / "src")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shared", ["redis", "postgres"])
def test_closing_ends_every_thread_and_using_it_again_opens_it_again(
    shared: str, namespace: str, quiet_redis: RedisServer, quiet_postgres: PostgresServer
) -> None:
    before = set(threading.enumerate())
    settings = CacheSettings(
        shared="redis" if shared == "redis" else "postgres", namespace=namespace,
        redis_url=Secret(quiet_redis.url), deadline_seconds=2,
    )  # fmt: skip
    with Cache(settings, database=DatabaseSettings(url=Secret(quiet_postgres.url()))) as cache:
        for _ in range(2):
            cache.set("a", 1, seconds=60)
            assert cache.get("a") == 1
            assert set(threading.enumerate()) > before
            cache.close()
            assert set(threading.enumerate()) == before


def test_an_event_loop_ends_what_it_was_renewing(quiet_redis: RedisServer, namespace: str) -> None:
    settings = CacheSettings(
        shared="redis", redis_url=Secret(quiet_redis.url), namespace=namespace, deadline_seconds=2
    )
    cache = Cache(settings)
    calls: list[str] = []

    @cache.cached(seconds=0.001, stale_seconds=60)
    async def slow() -> int:
        calls.append("began")
        if len(calls) > 1:
            try:
                await asyncio.Event().wait()
            finally:
                calls.append("ended")
        return 1

    async def use() -> None:
        async with cache:
            await slow()
            while len(calls) < 2:
                await slow()
                await asyncio.sleep(0)

    asyncio.run(use())
    assert calls == ["began", "began", "ended"]
    with quiet_redis.client() as client:
        assert not client.exists(f"{namespace}:cache:l:{slow.key()}"), "its lease was given back"
