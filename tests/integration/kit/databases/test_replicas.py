"""Reads answered by copies that follow a real primary: never older than they may be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session
from tests.engines.pgbouncer import pgbouncer
from tests.engines.replication import lagging, promote, wait_until, wait_until_replayed
from tests.integration.kit.databases.conftest import PATIENT, Cluster

from outgrow_kit import Secret
from outgrow_kit.databases import AsyncDatabase, Database, Position
from outgrow_kit.settings import Replica

pytestmark = pytest.mark.xdist_group("kit-databases-replicas")

INSERT = text("insert into notes (body) values ('x') returning id")
COUNT = text("select count(*) from notes")


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    cluster.settle()
    with Database(cluster.settings(), **PATIENT) as found:
        yield found


def write(database: Database) -> int:
    with database.write() as session:
        found = session.execute(INSERT).scalar()
    assert isinstance(found, int)
    return found


def has(session: Session, row: int) -> bool:
    found = session.execute(text("select 1 from notes where id = :id"), {"id": row})
    return found.scalar() is not None


def test_reads_go_to_every_copy_and_writes_to_the_primary(
    cluster: Cluster, database: Database
) -> None:
    answered: Counter[str] = Counter()
    for _ in range(10):
        with database.read() as session:
            answered[cluster.who(session)] += 1
        with database.write() as session:
            assert cluster.who(session) == "primary"
    assert answered == {"r0": 5, "r1": 5}


def test_a_read_sees_what_was_written_before_it(cluster: Cluster, database: Database) -> None:
    for _ in range(20):
        row = write(database)
        with database.read() as session:
            assert has(session, row)
            assert cluster.who(session) != "primary"


def test_a_commit_in_the_middle_of_a_block_counts_too(cluster: Cluster, database: Database) -> None:
    with database.write() as session:
        row = session.execute(INSERT).scalar()
        session.commit()
        with database.read() as reading:
            assert has(reading, row)
        with session.begin():
            other = session.execute(INSERT).scalar()
        with database.read() as reading:
            assert has(reading, other)


def test_a_copy_that_lags_behind_the_clients_own_write_is_not_asked(cluster: Cluster) -> None:
    with (
        Database(cluster.settings(), wait_seconds=0.02, deadline_seconds=5) as database,
        lagging(cluster.replicas[0]),
        lagging(cluster.replicas[1]),
    ):
        row = write(database)
        with database.read() as session:
            assert cluster.who(session) == "primary"
            assert has(session, row)


def test_someone_who_wrote_nothing_may_read_from_a_copy_within_the_allowed_lag(
    cluster: Cluster, database: Database
) -> None:
    with lagging(cluster.replicas[0]), lagging(cluster.replicas[1]):
        with database.remembering(), database.read() as session:
            session.execute(COUNT)
        with database.remembering():
            write(database)
        with database.remembering(), database.read() as session:
            assert cluster.who(session) != "primary", "the lag is younger than a minute"


def test_a_copy_beyond_the_allowed_lag_is_left_out_and_comes_back(cluster: Cluster) -> None:
    now = [1000.0]
    settings = cluster.settings(lag_seconds=10)
    with Database(settings, clock=lambda: now[0], **PATIENT) as database:

        def asked() -> set[str]:
            found = set()
            for _ in range(4):
                with database.remembering(), database.read() as session:
                    found.add(cluster.who(session))
            return found

        assert asked() == {"r0", "r1"}
        with lagging(cluster.replicas[0]):
            with database.remembering():
                write(database)
            now[0] += 3
            assert asked() == {"r0", "r1"}, "what it lacks may be younger than 10 s"
            with database.remembering():
                write(database)
            now[0] += 11
            wait_until_replayed(cluster.primary, cluster.replicas[1])
            assert asked() == {"r1"}
            assert {one.name: one.within_lag for one in database.replicas()} == {
                "r0": False, "r1": True,
            }  # fmt: skip
        cluster.settle()
        now[0] += 3
        assert asked() == {"r0", "r1"}


def test_a_copy_that_lost_its_primary_does_not_pass_for_current(
    make_cluster: Callable[..., Cluster],
) -> None:
    cluster = make_cluster(1)
    lone = cluster.replicas[0]
    lone.run("alter system set primary_conninfo = ''", "select pg_reload_conf()")
    wait_until(
        lambda: lone.value("select count(*) from pg_stat_wal_receiver") == 0, "it follows nobody"
    )
    # It has replayed all that it received, so by its own account it does not lag.
    now = [1000.0]
    settings = cluster.settings(lag_seconds=10)
    with Database(settings, clock=lambda: now[0], **PATIENT) as database:
        with database.remembering():
            row = write(database)
        now[0] += 11
        with database.remembering(), database.read() as session:
            assert cluster.who(session) == "primary"
            assert has(session, row)


def test_a_copy_that_is_killed_is_ejected_without_a_failed_read_and_comes_back(
    cluster: Cluster, database: Database
) -> None:
    def answering() -> set[str]:
        found = set()
        for _ in range(4):
            row = write(database)
            with database.read() as session:
                assert has(session, row)
                found.add(cluster.who(session))
        return found

    assert answering() == {"r0", "r1"}
    cluster.replicas[0].crash()
    assert answering() == {"r1"}
    assert [one.answers for one in database.replicas()] == [False, True]
    cluster.replicas[0].start()
    wait_until(lambda: answering() == {"r0", "r1"}, "the copy is asked again")


def test_with_all_copies_gone_the_primary_answers(cluster: Cluster, database: Database) -> None:
    for one in cluster.replicas:
        one.crash()
    try:
        row = write(database)
        with database.read() as session:
            assert cluster.who(session) == "primary"
            assert has(session, row)
    finally:
        for one in cluster.replicas:
            one.start()
    cluster.settle()


def test_while_the_primary_restarts_copies_go_on_reading(
    cluster: Cluster, database: Database
) -> None:
    row = write(database)
    with database.read() as session:
        assert has(session, row)
    cluster.primary.stop()
    try:
        with database.remembering():
            for _ in range(4):
                with database.read() as session:
                    assert cluster.who(session) != "primary"
                    assert has(session, row)
    finally:
        cluster.primary.start()
    assert write(database) > row


def test_a_session_that_reads_from_a_copy_cannot_write(database: Database) -> None:
    with pytest.raises(InternalError, match="read-only transaction"), database.read() as session:
        session.execute(INSERT)


def test_a_reading_session_can_go_on_after_a_rollback(cluster: Cluster, database: Database) -> None:
    with database.read() as session:
        session.execute(COUNT)
        session.rollback()
        row = write(database)
        assert has(session, row)
        session.commit()
        assert has(session, row)
        assert cluster.who(session) != "primary"


def test_repeatable_read_works_on_copies_and_serializable_goes_to_the_primary(
    cluster: Cluster, database: Database
) -> None:
    row = write(database)
    with database.read(isolation="REPEATABLE READ") as session:
        assert session.execute(text("show transaction_isolation")).scalar() == "repeatable read"
        assert has(session, row)
        assert cluster.who(session) != "primary"
        write(database)
        assert has(session, row)
    with database.read(isolation="SERIALIZABLE") as session:
        assert cluster.who(session) == "primary"


def test_timeouts_hold_on_copies(cluster: Cluster, database: Database) -> None:
    with database.read(statement_timeout_seconds=3) as session:
        assert session.execute(text("show statement_timeout")).scalar() == "3s"
        assert cluster.who(session) != "primary"
    with database.read() as session:
        assert session.execute(text("show statement_timeout")).scalar() == "30s"


def test_analytics_go_to_their_copy_however_far_behind_and_other_reads_never(
    cluster: Cluster,
) -> None:
    first, second = cluster.settings().replicas
    settings = cluster.settings(replicas=(replace(first, analytics=True), second))
    with Database(settings, **PATIENT) as database:
        with lagging(cluster.replicas[0]):
            write(database)
            for _ in range(3):
                with database.read(analytics=True) as session:
                    assert cluster.who(session) == "r0"
                with database.read() as session:
                    assert cluster.who(session) == "r1"
        cluster.replicas[0].crash()
        try:
            with database.read(analytics=True) as session:
                assert cluster.who(session) == "r1", "another copy stands in"
        finally:
            cluster.replicas[0].start()
    cluster.settle()


def test_analytics_without_copies_read_from_the_primary(cluster: Cluster) -> None:
    with Database(cluster.settings(replicas=())) as database:
        with database.read(analytics=True) as session:
            assert cluster.who(session) == "primary"
        assert database.replicas() == ()


def test_copies_behind_pgbouncer_are_checked_on_every_read(cluster: Cluster) -> None:
    with pgbouncer(cluster.replicas[0]) as pooler:
        pool = replace(cluster.settings().pool, pooler="pgbouncer")
        behind = Replica(name="r0", url=Secret(pooler.url()))
        settings = cluster.settings(replicas=(behind,), pool=pool)
        with Database(settings, **PATIENT) as database:
            for _ in range(5):
                row = write(database)
                with database.read() as session:
                    assert has(session, row)
                    assert cluster.who(session) == "r0"
                    assert session.execute(text("show statement_timeout")).scalar() == "30s"


def test_asyncio_reads_its_writes_from_copies_under_load(cluster: Cluster) -> None:
    cluster.settle()

    async def main() -> Counter[str]:
        settings = cluster.settings()
        async with AsyncDatabase(settings, **PATIENT) as database:
            answered: Counter[str] = Counter()

            async def client() -> None:
                for _ in range(5):
                    async with database.write() as session:
                        row = (await session.execute(INSERT)).scalar()
                    async with database.read() as session:
                        found = await session.execute(
                            text("select inet_server_port() from notes where id = :id"), {"id": row}
                        )
                        answered[cluster.named(found.scalar_one())] += 1

            await asyncio.gather(*(client() for _ in range(12)))
            return answered

    answered = asyncio.run(main())
    assert sum(answered.values()) == 60
    assert answered["r0"] + answered["r1"] > answered["primary"]


def test_an_ordinary_role_may_ask_all_that_routing_needs(cluster: Cluster) -> None:
    cluster.primary.run("create role plain login", "grant select, insert on notes to plain")
    cluster.settle()
    plain = cluster.settings()
    settings = replace(
        plain,
        url=Secret(cluster.primary.url(user="plain")),
        replicas=tuple(
            Replica(name=f"r{n}", url=Secret(one.url(user="plain")))
            for n, one in enumerate(cluster.replicas)
        ),
    )
    with Database(settings, **PATIENT) as database:
        row = write(database)
        with database.read() as session:
            assert has(session, row)
            assert cluster.who(session) != "primary"


def test_a_token_of_another_timeline_sends_reads_to_the_primary(
    make_cluster: Callable[..., Cluster],
) -> None:
    cluster = make_cluster(2)
    with Database(cluster.settings(), **PATIENT) as database:
        with database.remembering() as before:
            write(database)
        assert before.position is not None
        first, second = cluster.replicas
        promote(first)
        # The second copy still follows the old primary, which went on writing: it is further
        # than the new primary's log, and lacks what that has.
        for _ in range(5):
            cluster.primary.run(
                "insert into notes (body) select 'old' from generate_series(1, 999)"
            )
    moved = replace(
        cluster.settings(),
        url=Secret(first.url()),
        replicas=(Replica(name="r1", url=Secret(second.url())),),
    )
    with Database(moved, wait_seconds=0.02, deadline_seconds=5) as database:
        with database.remembering() as seen:
            row = write(database)
            assert seen.position is not None
            assert seen.position.timeline == before.position.timeline + 1
            with database.read() as session:
                assert has(session, row)
                assert cluster.named(port_of(session)) == "r0", "the new primary"
        with database.remembering(before.position), database.read() as session:
            assert cluster.named(port_of(session)) == "r0"
        # Let it follow the new primary; it cannot rewind, so it must never be asked.
        with (
            database.remembering(Position(before.position.timeline + 1, 1)),
            database.read() as session,
        ):
            assert cluster.named(port_of(session)) == "r0"


def port_of(session: Session) -> object:
    return session.execute(text("select inet_server_port()")).scalar()


def test_a_copy_that_follows_the_promoted_one_is_asked_again(
    make_cluster: Callable[..., Cluster],
) -> None:
    cluster = make_cluster(2)
    first, second = cluster.replicas
    cluster.settle()
    cluster.primary.stop()
    promote(first)
    second.run(
        f"alter system set primary_conninfo = 'host=127.0.0.1 port={first.port} user=outgrow'",
        "select pg_reload_conf()",
    )
    moved = replace(
        cluster.settings(),
        url=Secret(first.url()),
        replicas=(Replica(name="r1", url=Secret(second.url())),),
    )
    with Database(moved, wait_seconds=0.05, deadline_seconds=5) as database:

        def is_asked() -> bool:
            row = write(database)
            with database.read() as session:
                assert has(session, row)
                return cluster.who(session) == "r1"

        wait_until(is_asked, "the copy on the new timeline answers")


def test_a_promoted_copy_is_no_copy_any_more(make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(1)
    with Database(cluster.settings(), **PATIENT) as database:
        with database.read() as session:
            assert cluster.who(session) == "r0"
        promote(cluster.replicas[0])
        row = write(database)
        with database.read() as session:
            assert cluster.who(session) == "primary"
            assert has(session, row)
        assert [one.answers for one in database.replicas()] == [False]
