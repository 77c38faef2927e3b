"""What a cached function reads to be kept, it reads from the primary; on a real copy that lags."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from tests.engines.replication import lagging
from tests.integration.kit.databases.conftest import PATIENT, Cluster

from outgrow_kit import Cache
from outgrow_kit.databases import AsyncDatabase, Database
from outgrow_kit.filling import filling

pytestmark = pytest.mark.xdist_group("kit-databases-replicas")

INSERT = text("insert into notes (body) values ('x')")
COUNT = text("select count(*) from notes")


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    cluster.settle()
    with Database(cluster.settings(), **PATIENT) as found:
        yield found


def written(database: Database) -> None:
    """Write as another client did: this one has no token of it."""
    with database.remembering(), database.write() as session:
        session.execute(INSERT)


def counted(database: Database) -> int:
    with database.read() as session:
        return int(str(session.execute(COUNT).scalar()))


def test_a_fill_after_an_invalidation_has_what_was_committed_before_it(
    cluster: Cluster, database: Database
) -> None:
    with Cache() as cache:

        @cache.cached(seconds=600)
        def notes() -> int:
            return counted(database)

        before = notes()
        for _ in cluster.replicas:
            assert counted(database) == before, "each copy is known to be near"
        with lagging(cluster.replicas[0]), lagging(cluster.replicas[1]):
            written(database)
            notes.invalidate()
            assert notes() == before + 1
            with database.remembering():
                assert counted(database) == before, "who is no fill may read what a copy has"


def test_a_coroutine_that_fills_reads_from_the_primary(cluster: Cluster) -> None:
    async def use() -> set[str]:
        async with AsyncDatabase(cluster.settings(), **PATIENT) as database, Cache() as cache:

            @cache.cached(seconds=600)
            async def server(place: int) -> str:
                async with database.read() as session:
                    return cluster.named(await session.scalar(text("select inet_server_port()")))

            return {await server(place) for place in range(4)}

    assert asyncio.run(use()) == {"primary"}


def test_a_session_that_was_opened_before_the_fill_is_held_to_it_as_well(
    cluster: Cluster, database: Database
) -> None:
    with database.read() as session:
        assert cluster.who(session) != "primary"
        session.rollback()
        with filling():
            assert cluster.who(session) == "primary"
            session.rollback()
        assert cluster.who(session) != "primary"


def test_a_function_may_be_told_to_fill_from_the_copies(
    cluster: Cluster, database: Database
) -> None:
    with Cache() as cache:

        @cache.cached(seconds=600, replicas=True)
        def inner(place: int) -> str:
            with database.read() as session:
                return cluster.who(session)

        @cache.cached(seconds=600)
        def outer() -> str:
            return inner(100)

        assert {inner(place) for place in range(4)} == {"r0", "r1"}
        assert outer() == "primary", "what is kept inside of a fill is part of that fill"


def test_analytics_stay_on_their_copy_while_a_cache_fills(
    cluster: Cluster, database: Database
) -> None:
    with filling(), database.read(analytics=True) as session:
        assert cluster.who(session) != "primary"
