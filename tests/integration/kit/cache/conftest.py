"""Real servers, shared by the tests of a worker, and stores on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.redis import RedisServer, redis_server
from tests.unit.kit.cache.fakes import MemoryStore

from outgrow_kit.cache.assembly import new_token
from outgrow_kit.cache.postgres_store import PostgresStore
from outgrow_kit.cache.redis_store import RedisStore
from outgrow_kit.cache.store import Store
from outgrow_kit.secret import Secret
from outgrow_kit.settings import DatabaseSettings

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def quiet_redis() -> Iterator[RedisServer]:
    """A Redis that no test stops."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def quiet_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that no test stops."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def namespace() -> str:
    """A name that no other test uses."""
    return f"t{next(_NUMBERS)}"


@pytest.fixture(params=["memory", "redis", "postgres"])
def store(request: pytest.FixtureRequest, namespace: str) -> Iterator[Store]:
    """Each kind of shared store; what holds for one holds for all."""
    made = _MAKERS[request.param](request, namespace)
    try:
        yield made
    finally:
        made.close()


def _memory(request: pytest.FixtureRequest, namespace: str) -> Store:
    return MemoryStore()


def _redis(request: pytest.FixtureRequest, namespace: str) -> Store:
    server: RedisServer = request.getfixturevalue("quiet_redis")
    return RedisStore(
        Secret(server.url), namespace=namespace, deadline_seconds=2, token=new_token,
        answers=lambda: True,
    )  # fmt: skip


def _postgres(request: pytest.FixtureRequest, namespace: str) -> Store:
    server: PostgresServer = request.getfixturevalue("quiet_postgres")
    # As applications with SQLAlchemy write it.
    url = Secret(server.url().replace("://", "+psycopg://", 1))
    return PostgresStore(
        DatabaseSettings(url=url), namespace=namespace, deadline_seconds=5, token=new_token
    )


_MAKERS: dict[str, Callable[[pytest.FixtureRequest, str], Store]] = {
    "memory": _memory,
    "redis": _redis,
    "postgres": _postgres,
}
