"""Counts that processes share: in Redis and in PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer

from outgrow_kit import Secret, Settings
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits import Counts, LocalCounts, counts_for
from outgrow_kit.limits.counts import Algorithm, Count
from outgrow_kit.limits.postgres_counts import PostgresCounts
from outgrow_kit.settings import CacheSettings, DatabaseSettings

# The machine of a test may be slow; what a frozen store costs is measured elsewhere.
_PATIENT = CacheSettings(deadline_seconds=5.0)
BOTH = ["redis", "postgres"]


@pytest.fixture(params=BOTH)
def settings(request: pytest.FixtureRequest) -> Settings:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        with server.client() as client:
            client.flushall()
        cache = replace(_PATIENT, shared="redis", redis_url=Secret(server.url))
        return Settings(cache=cache)
    database: PostgresServer = request.getfixturevalue("postgres")
    database.run("drop table if exists outgrow_rate_counts, outgrow_rate_moments")
    return Settings(
        cache=replace(_PATIENT, shared="postgres"),
        database=DatabaseSettings(url=Secret(database.url())),
    )


@asynccontextmanager
async def counting(settings: Settings, algorithm: Algorithm) -> AsyncIterator[Counts]:
    counts = counts_for(settings, algorithm)
    try:
        yield counts
    finally:
        await counts.close()


ALGORITHMS: list[Algorithm] = ["sliding_window", "fixed_window", "moving_window"]


def test_every_algorithm_counts_down_and_then_refuses(settings: Settings) -> None:
    async def asked(algorithm: Algorithm) -> list[tuple[bool, int]]:
        async with counting(settings, algorithm) as counts:
            found = [await counts.hit(algorithm, 3, 3600) for _ in range(5)]
        refused = found[-1]
        assert 0 < refused.retry_seconds <= 3600
        assert 0 < refused.reset_seconds <= 3600
        return [(count.is_allowed, count.remaining) for count in found]

    for algorithm in ALGORITHMS:
        told = asyncio.run(asked(algorithm))
        assert told == [(True, 2), (True, 1), (True, 0), (False, 0), (False, 0)], algorithm


def test_two_clients_share_one_count_however_many_ask_at_once(settings: Settings) -> None:
    async def asked(algorithm: Algorithm) -> int:
        async with counting(settings, algorithm) as one, counting(settings, algorithm) as other:
            await asyncio.gather(one.prepare(), other.prepare())
            found = await asyncio.gather(
                *(counts.hit(algorithm, 20, 3600) for _ in range(40) for counts in (one, other))
            )
        return sum(count.is_allowed for count in found)

    for algorithm in ALGORITHMS:
        assert asyncio.run(asked(algorithm)) == 20, algorithm


def test_of_many_who_ask_in_one_moment_exactly_the_limit_passes(settings: Settings) -> None:
    async def asked() -> list[Count]:
        async with counting(settings, "sliding_window") as counts:
            many = [counts.hit(f"moment{n % 3}", 50, 3600) for n in range(900)]
            return await asyncio.gather(*many)

    found = asyncio.run(asked())
    for place in range(3):
        of_one = found[place::3]
        assert sum(count.is_allowed for count in of_one) == 50
        # On several connections they are not counted in the order in which they asked.
        left = sorted(count.remaining for count in of_one if count.is_allowed)
        assert left == list(range(50))
        assert all(count.retry_seconds > 0 for count in of_one if not count.is_allowed)


def test_a_caller_passes_again_at_the_time_told(settings: Settings) -> None:
    async def asked(algorithm: Algorithm) -> None:
        async with counting(settings, algorithm) as counts:
            await counts.prepare()
            while (count := await counts.hit(algorithm, 2, 1)).is_allowed:
                pass
            assert count.retry_seconds <= 2.1
            refused_at = time.monotonic()
            await asyncio.wait_for(_until_let_in(counts, algorithm), count.retry_seconds + 2)
            assert time.monotonic() - refused_at >= count.retry_seconds - 0.05

    for algorithm in ALGORITHMS:
        asyncio.run(asked(algorithm))


async def _until_let_in(counts: Counts, key: str) -> None:
    while not (await counts.hit(key, 2, 1)).is_allowed:
        await asyncio.sleep(0.005)


def test_sliding_windows_agree_between_stores(settings: Settings) -> None:
    """The state after the same requests is read alike, wherever it is kept."""

    async def asked(counts: Counts) -> list[tuple[bool, int]]:
        found = [await counts.hit("same", 5, 86400) for _ in range(7)]
        return [(count.is_allowed, count.remaining) for count in found]

    async def shared() -> list[tuple[bool, int]]:
        async with counting(settings, "sliding_window") as counts:
            return await asked(counts)

    assert asyncio.run(shared()) == asyncio.run(asked(LocalCounts()))


def test_keys_in_redis_end_by_themselves(redis: RedisServer) -> None:
    with redis.client() as client:
        client.flushall()
    settings = Settings(cache=replace(_PATIENT, shared="redis", redis_url=Secret(redis.url)))

    async def asked(algorithm: Algorithm) -> None:
        async with counting(settings, algorithm) as counts:
            await counts.hit(algorithm, 3, 60)

    for algorithm in ALGORITHMS:
        asyncio.run(asked(algorithm))
    with redis.client() as client:
        ends = [client.ttl(key) for key in client.keys("*")]
    assert len(ends) == 3
    assert all(0 < end <= 120 for end in ends)


def test_counts_go_on_after_redis_was_emptied_or_started_again(redis: RedisServer) -> None:
    settings = Settings(cache=replace(_PATIENT, shared="redis", redis_url=Secret(redis.url)))

    async def asked() -> list[bool]:
        async with counting(settings, "sliding_window") as counts:
            found = [await counts.hit("again", 1, 3600)]
            with redis.client() as client:
                client.flushall()
                client.script_flush()
            found.append(await counts.hit("again", 1, 3600))
            redis.kill()
            redis.start()
            found.append(await counts.hit("again", 1, 3600))
            found.append(await counts.hit("again", 1, 3600))
        return [count.is_allowed for count in found]

    assert asyncio.run(asked()) == [True, True, True, False]


def test_counts_go_on_after_postgres_was_started_again(postgres: PostgresServer) -> None:
    settings = Settings(
        cache=replace(_PATIENT, shared="postgres"),
        database=DatabaseSettings(url=Secret(postgres.url())),
    )

    async def asked() -> list[bool]:
        async with counting(settings, "sliding_window") as counts:
            found = [await counts.hit("restart", 1, 3600)]
            await asyncio.gather(*(counts.hit(f"other {n}", 1, 3600) for n in range(10)))
            postgres.stop()
            postgres.start()
            found.append(await counts.hit("restart", 1, 3600))
        return [count.is_allowed for count in found]

    assert asyncio.run(asked()) == [True, False]


def test_expired_counts_are_deleted(postgres: PostgresServer) -> None:
    settings = Settings(
        cache=replace(_PATIENT, shared="postgres"),
        database=DatabaseSettings(url=Secret(postgres.url())),
    )

    async def asked() -> None:
        async with counting(settings, "sliding_window") as counts:
            assert isinstance(counts, PostgresCounts)
            await counts.hit("kept", 1, 3600)
            postgres.run(
                "insert into outgrow_rate_counts "
                "select 'old' || n, 1, 0, 1, 1, 9, 0.5, now() - interval '1 second' "
                "from generate_series(1, 100) n"
            )
            await counts.forget_expired()

    asyncio.run(asked())
    assert postgres.value("select count(*) from outgrow_rate_counts where key like 'old%'") == 0
    assert postgres.value("select count(*) from outgrow_rate_counts where key like '%kept'") == 1


def test_a_role_that_may_not_create_tables_is_told_what_to_do(postgres: PostgresServer) -> None:
    url = postgres.database("readonly")
    postgres.run("create role reader login")
    settings = Settings(
        cache=replace(_PATIENT, shared="postgres"),
        database=DatabaseSettings(url=Secret(url.replace("outgrow@", "reader@"))),
    )

    async def asked() -> None:
        async with counting(settings, "sliding_window") as counts:
            await counts.hit("k", 1, 60)

    with pytest.raises(StoreUnavailable, match="migration"):
        asyncio.run(asked())


def test_a_row_of_moments_holds_no_more_than_its_window_and_limit(postgres: PostgresServer) -> None:
    settings = Settings(
        cache=replace(_PATIENT, shared="postgres"),
        database=DatabaseSettings(url=Secret(postgres.url())),
    )

    async def asked() -> None:
        async with counting(settings, "moving_window") as counts:
            await counts.hit("short", 3, 3600)
            # As if it had been asked long ago.
            postgres.run(
                "update outgrow_rate_moments set moments = '{1, 2, 3}', asked_at = 3 "
                "where key like '%short'"
            )
            count = await counts.hit("short", 3, 3600)
            assert (count.is_allowed, count.remaining) == (True, 2)
            for _ in range(9):
                count = await counts.hit("short", 3, 3600)
            assert not count.is_allowed
            assert 3500 < count.retry_seconds <= 3600

    asyncio.run(asked())
    kept = "select cardinality(moments) from outgrow_rate_moments where key like '%short'"
    assert postgres.value(kept) == 3
