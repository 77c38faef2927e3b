"""PyMongo's clients with the kit's settings, against a fake mongod that counts connections.

The fake stands in because no real mongod can be had here: these tests show that the settings
arrive and hold in the client, and nothing about MongoDB itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from pymongo.errors import PyMongoError
from tests.engines.fake_mongod import FakeMongod, fake_mongod
from tests.engines.replication import wait_until

from outgrow_kit import Secret
from outgrow_kit.mongo import async_mongo_client, mongo_client
from outgrow_kit.settings import MongoSettings, PoolSettings


@pytest.fixture
def server() -> Iterator[FakeMongod]:
    with fake_mongod() as found:
        yield found


def settings(server: FakeMongod, **pool: float) -> MongoSettings:
    return MongoSettings(url=Secret(server.url), pool=PoolSettings(**pool))  # type: ignore[arg-type]


def test_documents_are_written_and_found_by_threads_and_by_asyncio(server: FakeMongod) -> None:
    with mongo_client(settings(server)) as client:
        client.app.users.insert_many([{"_id": 1, "name": "Ada"}, {"_id": 2, "name": "Bob"}])
        assert client.app.users.find_one({"_id": 2}) == {"_id": 2, "name": "Bob"}

    async def main() -> object:
        async with async_mongo_client(settings(server)) as client:
            return await client.app.users.find_one({"_id": 1})

    assert asyncio.run(main()) == {"_id": 1, "name": "Ada"}


def test_more_callers_than_connections_take_turns(server: FakeMongod) -> None:
    server.answers.clear()

    async def main() -> list[object]:
        async with async_mongo_client(settings(server, maximum=3)) as client:
            asked = [asyncio.create_task(client.app.users.find_one({"_id": n})) for n in range(12)]
            await asyncio.to_thread(wait_until, lambda: server.busy == 3, "three at once")
            server.answers.set()
            return list(await asyncio.gather(*asked))

    assert asyncio.run(main()) == [None] * 12
    assert server.most_at_once == 3


def test_a_caller_that_finds_no_connection_is_told_in_time(server: FakeMongod) -> None:
    server.answers.clear()
    asked = settings(server, maximum=1, timeout_seconds=0.1, statement_timeout_seconds=0)
    with mongo_client(asked) as client:
        holder = threading.Thread(target=lambda: client.app.users.find_one({}))
        holder.start()
        wait_until(lambda: server.busy == 1, "the one connection is in use")
        with pytest.raises(PyMongoError):
            client.app.users.find_one({})
        server.answers.set()
        holder.join(10)


def test_an_operation_that_is_not_answered_ends_in_time(server: FakeMongod) -> None:
    server.answers.clear()
    with mongo_client(settings(server, statement_timeout_seconds=0.2)) as client:
        with pytest.raises(PyMongoError) as caught:
            client.app.users.find_one({})
        assert caught.value.timeout


def test_a_restart_costs_no_caller_an_error(server: FakeMongod) -> None:
    with mongo_client(settings(server)) as client:
        client.app.users.insert_one({"_id": 1})
        server.disconnect()
        assert client.app.users.find_one({"_id": 1}) == {"_id": 1}
