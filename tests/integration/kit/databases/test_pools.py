"""Connections to one real PostgreSQL: what is sent, what ends in time, what a restart costs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from tests.engines.pgbouncer import PgBouncer, pgbouncer
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.processes import free_port

from outgrow_kit import Secret
from outgrow_kit.databases import AsyncDatabase, Database, within
from outgrow_kit.settings import DatabaseSettings, PoolSettings

pytestmark = pytest.mark.xdist_group("kit-databases-pools")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server("log_statement=all", "log_line_prefix=%a ") as found:
        found.run("create table notes (id bigint generated always as identity, body text)")
        yield found


@pytest.fixture
def pooler(server: PostgresServer) -> Iterator[PgBouncer]:
    with pgbouncer(server, pool_size=1) as found:
        yield found


def settings(url: str, **pool: object) -> DatabaseSettings:
    return DatabaseSettings(url=Secret(url), pool=PoolSettings(**pool))  # type: ignore[arg-type]


def sent_by(server: PostgresServer, name: str) -> list[str]:
    """Return the statements that the application `name` sent after its first connection."""
    log = (server.folder / "log").read_text()
    lines = [line for line in log.splitlines() if line.startswith(f"{name} LOG:  ")]
    found = [
        line.split(": ", 2)[2].strip()
        for line in lines
        if "statement: " in line or "execute <unnamed>: " in line
    ]
    return found[found.index("select 'begin'") + 1 :]


def test_with_one_database_nothing_is_sent_that_the_application_did_not_ask_for(
    server: PostgresServer,
) -> None:
    with Database(settings(server.url()), application_name="one") as database:
        with database.read() as session:
            session.execute(text("select 'begin'"))
        with database.read() as session:
            session.execute(text("select 1"))
        with database.write() as session:
            session.execute(text("select 2"))
    assert sent_by(server, "one") == [
        "ROLLBACK", "BEGIN READ ONLY", "select 1", "ROLLBACK", "BEGIN", "select 2", "COMMIT",
    ]  # fmt: skip


def test_a_session_that_is_not_used_takes_no_connection(server: PostgresServer) -> None:
    nowhere = settings(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    with Database(nowhere) as one, one.read() as reading, one.write() as writing:
        assert not reading.in_transaction()
        assert not writing.in_transaction()


@pytest.mark.parametrize("pooled", [False, True])
def test_timeouts_reach_the_server_directly_and_through_pgbouncer(
    server: PostgresServer, pooler: PgBouncer, pooled: bool
) -> None:
    asked = settings(
        pooler.url() if pooled else server.url(),
        pooler="pgbouncer" if pooled else "none",
        statement_timeout_seconds=7, lock_timeout_seconds=3, idle_in_transaction_timeout_seconds=9,
    )  # fmt: skip
    with Database(asked) as database, database.write() as session:
        found = [
            session.execute(text(f"show {name}")).scalar()
            for name in (
                "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
            )
        ]  # fmt: skip
    assert found == ["7s", "3s", "9s"]


def test_a_timeout_of_one_client_does_not_stay_on_the_connection_that_another_gets(
    pooler: PgBouncer,
) -> None:
    quick = settings(pooler.url(), pooler="pgbouncer", statement_timeout_seconds=1)
    patient = replace(quick, pool=replace(quick.pool, statement_timeout_seconds=20))
    with Database(quick) as one, Database(patient) as other:
        with one.read() as session:
            assert session.execute(text("show statement_timeout")).scalar() == "1s"
        with other.read() as session:
            assert session.execute(text("show statement_timeout")).scalar() == "20s"
        with one.read(statement_timeout_seconds=5) as session:
            assert session.execute(text("show statement_timeout")).scalar() == "5s"
    assert pooler.server_connections() == 1


def test_the_same_statement_often_repeated_through_pgbouncer_is_never_prepared(
    pooler: PgBouncer,
) -> None:
    asked = settings(pooler.url(), pooler="pgbouncer")
    with Database(asked) as one, Database(asked) as other:
        for number in range(20):  # psycopg prepares at the fifth time by itself
            for database in (one, other):
                with database.read() as session:
                    answer = session.execute(text("select :n + 1"), {"n": number}).scalar()
                    assert answer == number + 1
        with one.read() as session:
            count = session.execute(text("select count(*) from pg_prepared_statements"))
            assert count.scalar() == 0


def test_many_sessions_share_the_one_connection_of_pgbouncer(pooler: PgBouncer) -> None:
    asked = settings(pooler.url(), pooler="pgbouncer", maximum=10)

    async def main() -> list[object]:
        async with AsyncDatabase(asked) as database:

            async def one(number: int) -> object:
                async with database.write() as session:
                    return (await session.execute(text("select :n"), {"n": number})).scalar()

            return list(await asyncio.gather(*map(one, range(10))))

    assert asyncio.run(main()) == list(range(10))
    assert pooler.server_connections() == 1


def test_a_reading_session_refuses_to_write(server: PostgresServer) -> None:
    with Database(settings(server.url())) as database:
        with pytest.raises(InternalError, match="read-only transaction"), database.read() as one:
            one.execute(text("insert into notes (body) values ('x')"))
        with database.write() as session:
            session.execute(text("insert into notes (body) values ('the pool is still well')"))


def test_an_exception_rolls_back_and_the_end_of_the_block_commits(server: PostgresServer) -> None:
    with Database(settings(server.url())) as database:
        with pytest.raises(ZeroDivisionError):
            write_and_fail(database)
        with database.write() as session:
            session.execute(text("insert into notes (body) values ('kept')"))
        with database.read() as session:
            found = session.execute(text("select body from notes where body in ('lost', 'kept')"))
            assert found.scalars().all() == ["kept"]


def write_and_fail(database: Database) -> None:
    with database.write() as session:
        session.execute(text("insert into notes (body) values ('lost')"))
        raise ZeroDivisionError


def test_an_isolation_level_holds_for_its_session_and_no_longer(server: PostgresServer) -> None:
    with Database(settings(server.url(), maximum=1)) as database:
        with database.write(isolation="SERIALIZABLE") as session:
            assert session.execute(text("show transaction_isolation")).scalar() == "serializable"
        with database.read() as session:
            # SQLAlchemy's own way works as well, and is undone as well.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            assert session.execute(text("show transaction_isolation")).scalar() == "repeatable read"
            assert session.execute(text("show transaction_read_only")).scalar() == "on"
        with database.write() as session:
            assert session.execute(text("show transaction_isolation")).scalar() == "read committed"
        with pytest.raises(ValueError, match="isolation level"), database.write(isolation="odd"):
            pass


def test_waiting_for_a_connection_ends_with_the_deadline(server: PostgresServer) -> None:
    asked = settings(server.url(), maximum=1, timeout_seconds=30)
    with Database(asked) as database, database.write() as holder:
        holder.execute(text("select 1"))
        with pytest.raises(NoConnectionFree), within(0.05), database.read() as waiting:
            waiting.execute(text("select 1"))


def test_a_statement_ends_with_the_deadline_for_threads_and_for_asyncio(
    server: PostgresServer,
) -> None:
    with Database(settings(server.url())) as database:
        with (
            pytest.raises(OperationalError, match="no answer"),
            within(0.1),
            database.read() as session,
        ):
            session.execute(text("select pg_sleep(20)"))
        with database.read() as session:
            assert session.execute(text("select 1")).scalar() == 1

    async def main() -> None:
        async with AsyncDatabase(settings(server.url())) as database:
            with pytest.raises(OperationalError, match="no answer"), within(0.1):
                async with database.read() as session:
                    await session.execute(text("select pg_sleep(20)"))
            async with database.read() as session:
                assert (await session.execute(text("select 1"))).scalar() == 1

    asyncio.run(main())


def test_a_restart_of_the_server_fails_no_checkout_afterwards(server: PostgresServer) -> None:
    with Database(settings(server.url(), maximum=3)) as database:
        sessions = [database.read() for _ in range(3)]
        for one in sessions:
            one.__enter__().execute(text("select 1"))
        for one in sessions:
            one.__exit__(None, None, None)
        server.stop()
        server.start()
        for _ in range(6):
            with database.read() as session:
                assert session.execute(text("select 1")).scalar() == 1


def test_while_the_server_is_down_it_is_not_stormed_and_everyone_is_told_soon(
    server: PostgresServer,
) -> None:
    asked = settings(server.url(), maximum=20, connect_timeout_seconds=1)

    async def main() -> None:
        async with AsyncDatabase(asked) as database:

            async def one() -> str:
                try:
                    with within(2):
                        async with database.read() as session:
                            await session.execute(text("select 1"))
                    return "answered"
                except DBAPIError as error:
                    return type(error.orig).__name__

            server.stop()
            down = await asyncio.gather(*(one() for _ in range(20)))
            assert "answered" not in down
            again = await asyncio.gather(*(one() for _ in range(20)))
            # One of these tried; the others waited for what came of it.
            assert sorted(again) == ["OperationalError"] + ["ServerDown"] * 19
            await asyncio.to_thread(server.start)
            assert set(await asyncio.gather(*(one() for _ in range(20)))) == {"answered"}

    asyncio.run(main())


def test_connections_to_a_primary_that_was_demoted_are_given_up(server: PostgresServer) -> None:
    with Database(settings(server.url(), maximum=1)) as database:
        with database.write() as session:
            before = session.execute(text("select pg_backend_pid()")).scalar()
            session.execute(text("set default_transaction_read_only = on"))
        with pytest.raises(InternalError, match="read-only"), database.write() as session:
            session.execute(text("insert into notes (body) values ('x')"))
        with database.write() as session:
            assert session.execute(text("select pg_backend_pid()")).scalar() != before


def test_the_budget_is_checked_against_the_server_itself(server: PostgresServer) -> None:
    server.run("create role modest login connection limit 7")
    most = server.value("show max_connections")
    with Database(settings(server.url(), maximum=10, processes=4)) as database:
        budget = database.check_budget()
    assert budget.verdict == "fits"
    assert budget.lines[0].startswith(f"server: max_connections {most} - 3 reserved")
    with Database(
        settings(server.url().replace("outgrow@", "modest@"), maximum=4, processes=4)
    ) as d:
        assert d.check_budget().verdict == "too many"


def test_a_pool_that_does_not_fit_is_cut_to_its_share(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    asked = settings(
        server.url(), maximum=10, processes=10, server_connections=30, timeout_seconds=0.01
    )
    with Database(asked) as database, database.write() as one, database.write() as other:
        one.execute(text("select 1"))
        other.execute(text("select 1"))
        with pytest.raises(NoConnectionFree), database.write() as third:
            third.execute(text("select 1"))
    assert "too many: 100 of 24; each process opens at most 24 / 10 = 2" in caplog.text


def test_the_connections_that_settings_keep_are_opened_at_once(server: PostgresServer) -> None:
    with Database(settings(server.url(), minimum=2), application_name="warm") as database:
        assert database.open().verdict == "unknown", "nobody said how many processes there are"
        count = "select count(*) from pg_stat_activity where application_name = 'warm'"
        assert server.value(count) == 2


def test_at_its_start_a_process_warns_when_the_server_takes_less_than_was_thought(
    server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    asked = settings(server.url(), maximum=10, processes=30, server_connections=1000)

    async def main() -> None:
        async with AsyncDatabase(asked) as database:
            assert not caplog.text
            assert (await database.open()).verdict == "too many"

    asyncio.run(main())
    assert "too many: 300 of 87" in caplog.text


def test_no_password_is_in_what_an_engine_or_an_error_shows(server: PostgresServer) -> None:
    url = f"postgresql://outgrow:S3cret@127.0.0.1:{free_port()}/postgres"
    with Database(settings(url)) as database:
        with pytest.raises(OperationalError) as caught, database.read() as session:
            session.execute(text("select 1"))
        shown = f"{database.engine!r} {database.engine.url!r} {caught.value} {database.settings!r}"
    assert "S3cret" not in shown
