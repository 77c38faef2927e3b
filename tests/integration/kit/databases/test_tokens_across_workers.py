"""Two workers that share nothing: what one wrote, the other one reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
import redis.asyncio
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.engines.redis import RedisServer, redis_server
from tests.engines.replication import lagging
from tests.integration.kit.databases.conftest import Cluster

from outgrow_kit import AsyncDatabase, Database, ReadYourWrites
from outgrow_kit.databases import Position, SharedPositions

pytestmark = pytest.mark.xdist_group("kit-databases-tokens")


def worker(database: AsyncDatabase | Database, **options: object) -> Starlette:
    """Return the application of one worker."""

    async def write(_: Request) -> JSONResponse:
        assert isinstance(database, AsyncDatabase)
        async with database.write() as session:
            row = await session.execute(text("insert into notes (body) values ('x') returning id"))
        return JSONResponse({"id": row.scalar_one()})

    async def read(request: Request) -> JSONResponse:
        assert isinstance(database, AsyncDatabase)
        async with database.read() as session:
            row = await session.execute(
                text(
                    "select inet_server_port(), exists (select from notes where id = :id)"
                ), {"id": int(request.query_params["id"])},
            )  # fmt: skip
            port, found = row.one()
        return JSONResponse({"port": port, "found": found})

    def write_in_a_thread(_: Request) -> JSONResponse:
        assert isinstance(database, Database)
        with database.write() as session:
            row = session.execute(text("insert into notes (body) values ('x') returning id"))
            return JSONResponse({"id": row.scalar_one()})

    return Starlette(
        routes=[
            Route("/write", write, methods=["POST"]),
            Route("/read", read),
            Route("/thread", write_in_a_thread, methods=["POST"]),
        ],
        middleware=[Middleware(ReadYourWrites, database=database, secure=False, **options)],
    )


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        yield client


def with_two_workers(
    cluster: Cluster, test: Callable[[AsyncDatabase, AsyncDatabase], Awaitable[None]]
) -> None:
    async def main() -> None:
        settings = cluster.settings()
        async with (
            AsyncDatabase(settings, wait_seconds=0.02, deadline_seconds=5) as one,
            AsyncDatabase(settings, wait_seconds=0.02, deadline_seconds=5) as other,
        ):
            await test(one, other)

    asyncio.run(main())


async def read_elsewhere(client: httpx.AsyncClient, row: int, **given: object) -> dict[str, object]:
    answer = await client.get("/read", params={"id": row}, **given)  # type: ignore[arg-type]
    found: dict[str, object] = answer.json()
    return found


def test_the_cookie_of_one_worker_holds_for_another(cluster: Cluster) -> None:
    async def test(one: AsyncDatabase, other: AsyncDatabase) -> None:
        async with client_of(worker(one)) as writing, client_of(worker(other)) as reading:
            before = (await writing.post("/write")).json()["id"]
            cluster.settle()
            assert (await read_elsewhere(reading, before))["found"]
            with lagging(cluster.replicas[0]), lagging(cluster.replicas[1]):
                row = (await writing.post("/write")).json()["id"]
                stranger = await read_elsewhere(reading, row)
                assert not stranger["found"], "who wrote nothing may read what is a little old"
                assert cluster.named(stranger["port"]) != "primary"
                reading.cookies.update(writing.cookies)
                assert await read_elsewhere(reading, row) == {
                    "port": cluster.primary.port, "found": True,
                }  # fmt: skip

    with_two_workers(cluster, test)


def test_a_header_holds_as_well(cluster: Cluster) -> None:
    async def test(one: AsyncDatabase, other: AsyncDatabase) -> None:
        async with (
            client_of(worker(one, carrier="header")) as writing,
            client_of(worker(other, carrier="header")) as reading,
        ):
            answer = await writing.post("/write")
            token = {"outgrow-seen": answer.headers["outgrow-seen"]}
            found = await read_elsewhere(reading, answer.json()["id"], headers=token)
            assert found["found"]

    with lagging(cluster.replicas[0]), lagging(cluster.replicas[1]):
        with_two_workers(cluster, test)


def test_a_handler_in_a_thread_tells_what_it_wrote(cluster: Cluster) -> None:
    async def main() -> None:
        with Database(cluster.settings(), deadline_seconds=5) as database:
            async with client_of(worker(database)) as client:
                await client.post("/thread")
                token = client.cookies["outgrow_seen"]
        found = Position.read(token)
        assert found is not None
        assert found.lsn > 0

    asyncio.run(main())


@pytest.fixture
def store() -> Iterator[RedisServer]:
    with redis_server() as found:
        yield found


def test_redis_carries_it_for_clients_that_carry_nothing(
    cluster: Cluster, store: RedisServer
) -> None:
    async def test(one: AsyncDatabase, other: AsyncDatabase) -> None:
        async with redis.asyncio.from_url(store.url) as client:
            shared = SharedPositions(client, deadline_seconds=5)
            options = {"shared": shared, "client_of": lambda scope: "user-7"}
            async with (
                client_of(worker(one, **options)) as writing,
                client_of(worker(other, **options)) as reading,
            ):
                row = (await writing.post("/write")).json()["id"]
                assert (await read_elsewhere(reading, row))["found"]

    with lagging(cluster.replicas[0]), lagging(cluster.replicas[1]):
        with_two_workers(cluster, test)


def test_of_two_positions_of_a_client_redis_keeps_the_later(store: RedisServer) -> None:
    async def main() -> None:
        async with redis.asyncio.from_url(store.url) as client:
            shared = SharedPositions(client, deadline_seconds=5)
            assert await shared.get("u") is None
            assert await shared.put("u", Position(1, 900), 60)
            assert await shared.put("u", Position(1, 500), 60)
            assert await shared.get("u") == Position(1, 900)
            assert await shared.put("u", Position(2, 5), 60)
            assert await shared.get("u") == Position(2, 5)
            assert 0 < await client.ttl("app:seen:u") <= 60

    asyncio.run(main())


def test_while_redis_hangs_reads_go_to_the_primary_and_nobody_waits(
    cluster: Cluster, store: RedisServer
) -> None:
    async def test(one: AsyncDatabase, other: AsyncDatabase) -> None:
        async with redis.asyncio.from_url(store.url) as client:
            now = [100.0]
            shared = SharedPositions(client, clock=lambda: now[0])
            store.freeze()
            try:
                assert await shared.get("u") == Position.PRIMARY
                assert not await shared.put("u", Position(1, 5), 60)
                options = {"shared": shared, "client_of": lambda scope: "user-7"}
                async with client_of(worker(one, **options)) as web:
                    row = (await web.post("/write")).json()["id"]
                    found = await read_elsewhere(web, row)
                    assert found == {"port": cluster.primary.port, "found": True}
            finally:
                store.thaw()

    with_two_workers(cluster, test)
