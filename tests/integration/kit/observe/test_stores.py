"""How long PostgreSQL and Redis take, counted on real ones."""

from __future__ import annotations

import asyncio
import contextlib
import re

import redis
import redis.asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from tests.engines.postgres import postgres_server
from tests.engines.redis import redis_server

from outgrow_kit.observe import Metrics
from outgrow_kit.observe.stores import StoreTimings


def value(metrics: Metrics, name: str) -> float:
    text = metrics.exposition().decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_statements_are_timed_by_what_they_do_and_failures_counted() -> None:
    metrics = Metrics()
    timings = StoreTimings(metrics)
    with postgres_server() as server:
        url = server.url().replace("postgresql://", "postgresql+psycopg://")
        engine, asynchronous = sa.create_engine(url), create_async_engine(url)
        timings.watch_engine(engine)
        timings.watch_engine(asynchronous, "async")
        with engine.begin() as connection:
            connection.execute(sa.text("create table t (a int)"))
            connection.execute(sa.text("insert into t values (1)"))
            connection.execute(sa.text("select * from t"))
        with contextlib.suppress(sa.exc.DBAPIError), engine.connect() as connection:
            connection.execute(sa.text("select * from absent"))

        async def ask() -> None:
            async with asynchronous.connect() as connection:
                await connection.execute(sa.text("select * from t"))
            await asynchronous.dispose()

        asyncio.run(ask())
        engine.dispose()
    name = "database_query_duration_seconds_count"
    assert value(metrics, f'{name}{{database="primary",operation="insert"}}') == 1
    assert value(metrics, f'{name}{{database="async",operation="select"}}') >= 1
    assert value(metrics, f'{name}{{database="primary",operation="delete"}}') == 0
    assert value(metrics, 'database_errors_total{database="primary"}') == 1


def test_commands_are_timed_in_both_clients_and_a_hung_server_is_counted() -> None:
    metrics = Metrics()
    timings = StoreTimings(metrics)
    with redis_server() as server, redis.Redis(
        port=server.port, socket_timeout=0.05, retry=redis.retry.Retry(
            redis.backoff.NoBackoff(), 0
        ),
    ) as client:  # fmt: skip
        timings.watch_redis(client, "cache")
        client.set("a", 1)
        assert client.get("a") == b"1"

        async def ask() -> None:
            async with redis.asyncio.Redis(port=server.port) as other:
                timings.watch_redis(other, "async")
                await other.get("a")
                server.freeze()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await other.get("a")

        asyncio.run(ask())
        with contextlib.suppress(redis.TimeoutError):
            client.get("a")
        server.thaw()
    assert value(metrics, 'redis_command_duration_seconds_count{server="cache"}') >= 2
    assert value(metrics, 'redis_command_duration_seconds_count{server="async"}') >= 1
    assert value(metrics, 'redis_errors_total{server="cache"}') == 1
    assert value(metrics, 'redis_errors_total{server="async"}') == 1, "cancelled by a deadline"
