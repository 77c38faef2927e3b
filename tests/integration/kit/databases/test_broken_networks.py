"""A network that swallows packets, cut by the test: callers keep their deadlines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from tests.engines.relay import Relay, relay_to
from tests.engines.replication import wait_until
from tests.integration.kit.databases.conftest import Cluster

from outgrow_kit import Secret
from outgrow_kit.databases import AsyncDatabase, Database, Position, within
from outgrow_kit.databases.sessions import WritingSession
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Replica

pytestmark = pytest.mark.xdist_group("kit-databases-networks")

# What a deadline may be late by on a busy machine; without one, a call would wait for ever.
SLACK_SECONDS = 3.0
INSERT = text("insert into notes (body) values ('x') returning id")


@dataclass(frozen=True)
class Wires:
    """A primary and a copy, each behind a network that can be cut."""

    cluster: Cluster
    primary: Relay
    replica: Relay

    @property
    def settings(self) -> DatabaseSettings:
        def through(relay: Relay) -> Secret:
            return Secret(f"postgresql://outgrow@127.0.0.1:{relay.port}/postgres")

        return DatabaseSettings(
            url=through(self.primary),
            pool=PoolSettings(maximum=3, timeout_seconds=2, connect_timeout_seconds=0.5),
            replicas=(Replica(name="r0", url=through(self.replica)),),
            allowed_lag_seconds=60,
        )


@pytest.fixture(scope="module")
def lone_cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    return make_cluster(1)


@pytest.fixture
def wires(lone_cluster: Cluster) -> Iterator[Wires]:
    lone_cluster.settle()
    with ExitStack() as stack:
        primary = stack.enter_context(relay_to(lone_cluster.primary.port))
        replica = stack.enter_context(relay_to(lone_cluster.replicas[0].port))
        yield Wires(lone_cluster, primary, replica)


@dataclass
class Took:
    """How long a block took."""

    seconds: float = 0.0

    def __enter__(self) -> Took:
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self._began


def test_a_copy_that_no_longer_answers_costs_one_deadline_and_no_failure(wires: Wires) -> None:
    with Database(wires.settings, wait_seconds=0, deadline_seconds=0.5) as database:

        def answered_by() -> str:
            with database.read() as session:
                return wires.cluster.who(session)

        wait_until(lambda: answered_by() == "r0", "the copy answers")
        wires.replica.cut()
        with Took() as first:
            assert answered_by() == "primary"
        assert first.seconds < 0.5 + SLACK_SECONDS
        with Took() as later:
            assert {answered_by() for _ in range(20)} == {"primary"}
        assert later.seconds < 0.5 + SLACK_SECONDS, "one at a time tries the copy again"
        wires.replica.mend()
        wait_until(lambda: answered_by() == "r0", "the copy is asked again")


def test_a_new_connection_into_a_cut_network_ends_in_time(wires: Wires) -> None:
    wires.primary.cut()
    one = replace(wires.settings, replicas=())
    with (
        Database(one) as database,
        Took() as took,
        pytest.raises(OperationalError, match="no connection"),
        database.read() as session,
    ):
        session.execute(text("select 1"))
    assert took.seconds < 0.5 + SLACK_SECONDS

    async def main() -> float:
        async with AsyncDatabase(one) as database:
            with Took() as took, pytest.raises(OperationalError, match="no connection"):
                async with database.read() as session:
                    await session.execute(text("select 1"))
        return took.seconds

    assert asyncio.run(main()) < 0.5 + SLACK_SECONDS


def test_a_request_keeps_its_deadline_when_the_primary_is_cut_off_under_it(wires: Wires) -> None:
    with Database(wires.settings, deadline_seconds=5) as database:
        with database.write() as session:
            row = session.execute(INSERT).scalar()
        wires.primary.cut()
        with (
            Took() as took,
            pytest.raises(OperationalError, match="no answer"),
            within(0.3),
            database.write() as session,
        ):
            session.execute(INSERT)
        assert took.seconds < 0.3 + SLACK_SECONDS
        # Reading goes on from the copy, and what was written before is there.
        with Took() as took, within(2), database.read() as session:
            found = session.execute(text("select 1 from notes where id = :id"), {"id": row})
            assert found.scalar() == 1
            assert wires.cluster.who(session) == "r0"
        assert took.seconds < 2 + SLACK_SECONDS
        wires.primary.mend()

        def writes_again() -> bool:
            try:
                with within(2), database.write() as session:
                    session.execute(INSERT)
            except OperationalError:
                return False
            return True

        wait_until(writes_again, "the primary takes writes again")


def test_asyncio_keeps_its_deadline_as_well(wires: Wires) -> None:
    async def main() -> float:
        async with AsyncDatabase(wires.settings, deadline_seconds=5) as database:
            async with database.write() as session:
                await session.execute(INSERT)
            wires.primary.cut()
            wires.replica.cut()
            with Took() as took, pytest.raises(OperationalError), within(0.3):
                async with database.read() as session:
                    await session.execute(text("select 1"))
            return took.seconds

    assert asyncio.run(main()) < 0.3 + SLACK_SECONDS


def test_a_commit_whose_position_is_unknown_binds_the_client_to_the_primary(wires: Wires) -> None:
    # The answer to COMMIT still arrives; the question that follows it does not.
    def cut(_session: object) -> None:
        wires.primary.cut()

    with Database(wires.settings, deadline_seconds=5) as database:
        event.listen(WritingSession, "after_commit", cut, insert=True)
        try:
            with database.remembering() as seen, database.write() as session:
                row = session.execute(INSERT).scalar()
        finally:
            event.remove(WritingSession, "after_commit", cut)
        assert seen.position == Position.PRIMARY
        wires.primary.mend()
        with database.remembering(seen.position), database.read() as session:
            assert wires.cluster.who(session) == "primary"
            found = session.execute(text("select 1 from notes where id = :id"), {"id": row})
            assert found.scalar() == 1
