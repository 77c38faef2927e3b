"""A Redis and a PostgreSQL for the tests of rate limits; each test may ruin them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.redis import RedisServer, redis_server


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server
