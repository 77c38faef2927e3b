"""A store that hangs, refuses, is full or was restarted costs a request its deadline once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.engines.freezing import frozen
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.redis import RedisServer, redis_server
from tests.integration.kit.cache.worlds import unused_url

from outgrow_kit import Cache, Secret
from outgrow_kit.settings import CacheSettings, DatabaseSettings, PoolSettings

# Under the whole suite two processors serve many; the figures themselves are the benchmark's.
ONCE_SECONDS = 0.25
THEN_SECONDS = 0.05


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@contextmanager
def on_redis(url: str, **settings: object) -> Iterator[Cache]:
    told = CacheSettings(shared="redis", redis_url=Secret(url), **settings)  # type: ignore[arg-type]
    with Cache(told) as cache:
        yield cache


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        threading.Event().wait(0.005)


def timed(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def test_a_redis_that_hangs_costs_its_deadline_once(redis: RedisServer) -> None:
    with on_redis(redis.url) as cache:

        @cache.cached(seconds=60)
        def number(place: int) -> int:
            return place

        number(1)
        redis.freeze()
        assert timed(lambda: number(2)) < ONCE_SECONDS
        assert max(timed(lambda place=place: number(place)) for place in range(3, 50)) < (
            THEN_SECONDS
        )
        assert timed(lambda: cache.invalidate_tag("t")) < THEN_SECONDS
        assert cache.metrics.shared_timeouts == 1
        assert cache.metrics.owed == 1
        redis.thaw()
        until(lambda: cache.metrics.shared_up and not cache.metrics.owed)
        number(100)
        with redis.client() as client:
            assert client.exists(f"app:cache:v:{number.key(100)}")


def test_a_redis_that_hangs_costs_coroutines_their_deadline_once(redis: RedisServer) -> None:
    with on_redis(redis.url) as cache:

        @cache.cached(seconds=60)
        async def number(place: int) -> int:
            return place

        async def use() -> list[float]:
            async with cache:
                await number(1)
                redis.freeze()
                took = []
                for place in range(2, 30):
                    started = time.monotonic()
                    assert await number(place) == place
                    took.append(time.monotonic() - started)
                return took

        first, *rest = asyncio.run(use())
        redis.thaw()
        assert first < ONCE_SECONDS
        assert max(rest) < THEN_SECONDS


def test_many_at_once_at_a_redis_that_hangs_wait_one_deadline_together(
    redis: RedisServer,
) -> None:
    with on_redis(redis.url) as cache:

        @cache.cached(seconds=60)
        async def number(place: int) -> int:
            return place

        async def use() -> float:
            async with cache:
                await number(0)
                redis.freeze()
                started = time.monotonic()
                await asyncio.gather(*(number(place) for place in range(1, 500)))
                return time.monotonic() - started

        took = asyncio.run(use())
        redis.thaw()
        assert took < 2 * ONCE_SECONDS


def test_a_redis_that_was_never_there_is_not_missed() -> None:
    with on_redis(unused_url()) as cache:

        @cache.cached(seconds=60)
        def number(place: int) -> int:
            return place

        assert [number(place) for place in range(20)] == list(range(20))
        cache.set("a", 1, seconds=10)
        assert cache.get("a") is None, "what nobody can be told of is not kept"
        assert not cache.metrics.shared_up


def test_a_redis_that_was_restarted_is_used_again(redis: RedisServer) -> None:
    with on_redis(redis.url) as cache:
        cache.set("a", 1, seconds=60)
        until(lambda: cache.metrics.resets)
        redis.kill()
        until(lambda: not cache.metrics.shared_up)
        redis.start()
        until(lambda: cache.metrics.shared_up)
        assert cache.get("a") is None
        cache.set("a", 2, seconds=60)
        with on_redis(redis.url) as other:
            assert other.get("a") == 2


def test_what_a_redis_brings_back_from_its_file_is_not_believed(redis: RedisServer) -> None:
    with on_redis(redis.url) as cache:
        cache.set("a", "before the file was written", seconds=600)
        with redis.client() as client:
            client.save()
            cache.delete("a")
            redis.kill()
            redis.start()
            assert client.keys("app:cache:v:*"), "the old value is in the server again"
        until(lambda: cache.metrics.shared_up)
        assert cache.get("a") is None
    with on_redis(redis.url) as newcomer:
        assert newcomer.get("a") is None


def test_a_full_redis_still_forgets(redis: RedisServer) -> None:
    with on_redis(redis.url) as cache, on_redis(redis.url) as other:
        cache.set("a", 1, seconds=60)
        assert other.get("a") == 1
        with redis.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", 1)
        cache.set("b", 1, seconds=60)
        assert cache.metrics.shared_up, "a refusal is an answer"
        cache.delete("a")
        until(lambda: other.get("a") is None)
        assert not cache.metrics.owed


def test_an_evicted_lease_only_loses_a_fill(redis: RedisServer) -> None:
    with on_redis(redis.url, local_items=0) as cache:

        @cache.cached(seconds=60)
        def number(place: int) -> int:
            with redis.client() as client:
                client.delete(f"app:cache:l:{number.key(place)}")
            return place

        assert number(1) == 1
        assert cache.get(number.key(1)) is None


@pytest.mark.parametrize("part", ["epoch", "version"])
def test_an_evicted_life_voids_everything(redis: RedisServer, part: str) -> None:
    with on_redis(redis.url, local_items=0) as cache:
        cache.set("a", 1, seconds=60)
        with redis.client() as client:
            client.delete(f"app:cache:{part}")
        cache.set("b", 1, seconds=60)
        assert cache.get("a") is None
        assert cache.get("b") == 1


def test_a_client_that_redis_closed_is_replaced_without_an_error(redis: RedisServer) -> None:
    with on_redis(redis.url, local_items=0) as cache:
        cache.set("a", 1, seconds=60)
        with redis.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        assert cache.get("a") == 1


# --- PostgreSQL -----------------------------------------------------------------------------


@contextmanager
def on_postgres(server: PostgresServer, pool: PoolSettings | None = None) -> Iterator[Cache]:
    database = DatabaseSettings(url=Secret(server.url()), pool=pool or PoolSettings())
    with Cache(CacheSettings(shared="postgres"), database=database) as cache:
        yield cache


def warm(cache: Cache) -> None:
    """Wait until the first connection is there, which may take longer than the deadline."""

    def is_up() -> bool:
        cache.set("warm", 1, seconds=60)
        return bool(cache.metrics.shared_up and cache.metrics.resets)

    until(is_up)


def test_a_postgresql_that_hangs_costs_its_deadline_once() -> None:
    with postgres_server() as server, on_postgres(server) as cache:
        warm(cache)

        @cache.cached(seconds=60)
        def number(place: int) -> int:
            return place

        number(0)
        with frozen(server.process):
            assert timed(lambda: number(1)) < ONCE_SECONDS
            assert max(timed(lambda place=place: number(place)) for place in range(2, 20)) < (
                ONCE_SECONDS
            )
        assert cache.metrics.shared_timeouts
        until(lambda: cache.metrics.shared_up)


def test_behind_a_pooler_no_connection_listens_and_values_are_still_shared(
    quiet_postgres: PostgresServer,
) -> None:
    url = quiet_postgres.database("pooled")
    database = DatabaseSettings(url=Secret(url), pool=PoolSettings(pooler="pgbouncer"))
    settings = CacheSettings(shared="postgres", deadline_seconds=2)
    with Cache(settings, database=database) as one, Cache(settings, database=database) as two:
        one.set("a", 1, seconds=60)
        assert two.get("a") == 1
        one.delete("a")
        until(lambda: two.get("a") is None, 1.0)
        listening = quiet_postgres.value(
            "select count(*) from pg_stat_activity where query ilike 'listen%'", "pooled"
        )
        assert listening == 0


def test_what_is_over_is_swept_out_of_postgresql(quiet_postgres: PostgresServer) -> None:
    database = DatabaseSettings(url=Secret(quiet_postgres.database("swept")))
    settings = CacheSettings(shared="postgres", deadline_seconds=2)
    with Cache(settings, database=database) as cache:
        cache.set("short", 1, seconds=0.01, tags=["t"])
        cache.set("long", 1, seconds=600)
        store = cache._parts.store
        assert store is not None

        def rows() -> object:
            store.sweep()
            return quiet_postgres.value("select count(*) from outgrow_cache", "swept") == 1

        until(rows)


def test_the_first_version_of_a_new_database_is_heard(quiet_postgres: PostgresServer) -> None:
    database = DatabaseSettings(url=Secret(quiet_postgres.database("fresh")))
    settings = CacheSettings(shared="postgres", deadline_seconds=2)
    with Cache(settings, database=database) as one, Cache(settings, database=database) as two:
        both = [cache.cached(seconds=60, name="f")(lambda: [1]) for cache in (one, two)]
        assert both[0]() == both[1]()
        until(lambda: one.metrics.resets and two.metrics.resets)
        assert both[0]() == both[1]() == [1]
        held = both[1]()
        both[0].invalidate()
        until(lambda: both[1]() is not held, 1.0)
