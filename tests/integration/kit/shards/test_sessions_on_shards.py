from __future__ import annotations

import asyncio
import os
import threading

import psycopg
import pytest
from sqlalchemy import create_engine, select, text
from tests.engines.postgres import PostgresServer
from tests.engines.relay import relay_to
from tests.integration.kit.shards.sharded import Base, Project, Servers, settings_of

from outgrow_kit import Secret
from outgrow_kit.databases import within
from outgrow_kit.errors import KitError
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Shard, ShardSettings
from outgrow_kit.shards import (
    AsyncShards,
    ShardMoving,
    Shards,
    ShardsUnavailable,
    UnknownShard,
    id_parts,
    logical_shard,
)

KEYS = [f"org-{number}" for number in range(24)]


def make_tables(urls: dict[str, str]) -> None:
    for url in urls.values():
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        Base.metadata.create_all(engine)
        engine.dispose()


def ask(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def gate(url: str, kind: str, name: str, state: str, until: str = "null") -> None:
    ask(
        url,
        f"insert into outgrow_shard_gate (kind, name, state, until) values (%s, %s, %s, {until})"
        " on conflict (kind, name) do update set state = excluded.state, until = excluded.until",
        kind, name, state,
    )  # fmt: skip


def move_key(urls: dict[str, str], key: str, to: str) -> None:
    """Switch the directory as a move does."""
    main = next(iter(urls.values()))
    ask(
        main,
        "with g as (update outgrow_shard_directory set generation = generation + 1 returning"
        " generation) insert into outgrow_shard_key (key, database, generation) select %s, %s,"
        " generation from g on conflict (key) do update set database = excluded.database",
        key, to,
    )  # fmt: skip


@pytest.mark.parametrize("spread", [False, True])
def test_the_same_code_runs_on_one_database_and_on_three(
    urls: dict[str, str], spread: bool
) -> None:
    make_tables(urls)
    with Shards(settings_of(urls, spread=spread)) as shards:
        shards.prepare(spread=True)
        for key in KEYS:
            with shards.session(key) as session:
                session.add(Project(id=shards.new_id(key), organization_id=key, name=key))
        for key in KEYS:
            with shards.session(key, read_only=True) as session:
                found = session.scalars(select(Project).filter_by(organization_id=key)).one()
            assert found.name == key
            assert id_parts(found.id).logical == logical_shard(key, shards.logical)
        statement = select(Project).order_by(Project.name.desc())
        gathered = shards.gather(
            statement, by=Project.organization_id, limit=5,
            order=lambda row: row.Project.name, descending=True,
        )  # fmt: skip
        assert [row.Project.name for row in gathered.rows] == sorted(KEYS, reverse=True)[:5]
        assert gathered.is_complete
    held = [len(ask(url, "select 1 from projects")) for url in urls.values()]
    assert sum(held) == len(KEYS)
    assert all(held) if spread else held == [len(KEYS), 0, 0]


@pytest.mark.parametrize("spread", [False, True])
def test_asyncio_has_the_same_sessions(urls: dict[str, str], spread: bool) -> None:
    make_tables(urls)

    async def run() -> list[str]:
        async with AsyncShards(settings_of(urls, spread=spread)) as shards:
            await shards.prepare(spread=True)

            async def write(key: str) -> None:
                number = await shards.new_id(key)
                async with shards.session(key) as session:
                    session.add(Project(id=number, organization_id=key, name=key))

            await asyncio.gather(*(write(key) for key in KEYS))
            async with shards.session(KEYS[0], read_only=True) as session:
                found = await session.scalars(select(Project).filter_by(organization_id=KEYS[0]))
                assert found.one().name == KEYS[0]
            gathered = await shards.gather(
                select(Project.name).order_by(Project.name), by=Project.organization_id,
                limit=100, order=lambda row: row.name,
            )  # fmt: skip
            return [row.name for row in gathered.rows]

    assert asyncio.run(run()) == sorted(KEYS)


def test_what_is_missing_is_made_on_first_use_and_everything_lies_in_the_main_database(
    urls: dict[str, str],
) -> None:
    with Shards(settings_of(urls)) as shards:
        with shards.session("acme") as session:
            port = session.scalar(text("select inet_server_port()"))
        assert {shards.place(key) for key in KEYS} == {"main"}
    assert f":{port}/" in urls["main"]


def test_postgres_and_python_agree_on_the_logical_shard(urls: dict[str, str]) -> None:
    keys = [*KEYS, "42", "Zürich 東京", "1b4e28ba-2fa1-11d2-883f-0016d3cca427"]
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
    for key in keys:
        for logical in (1, 64, 1000, 1024):
            [(found,)] = ask(urls["main"], "select outgrow_shard_logical(%s, %s)", key, logical)
            assert found == logical_shard(key, logical)


def test_a_session_waits_while_its_rows_are_moved_and_is_then_on_the_new_database(
    urls: dict[str, str],
) -> None:
    ports: list[object] = []

    def use(shards: Shards) -> None:
        with shards.session("acme") as session:
            ports.append(session.scalar(text("select inet_server_port()")))

    with Shards(settings_of(urls), ttl_seconds=3600) as shards:
        use(shards)
        gate(urls["main"], "key", "acme", "fenced", "now() + interval '1 minute'")
        writer = threading.Thread(target=use, args=(shards,))
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        with shards.session("another") as session:
            assert session.scalar(text("select 1")) == 1
        gate(urls["main"], "key", "acme", "moved")
        move_key(urls, "acme", "second")
        writer.join(5)
        use(shards)
    assert [f":{port}/" in urls[name] for port, name in zip(
        ports, ("main", "second", "second"), strict=True)] == [True] * 3  # fmt: skip


def test_a_session_waits_no_longer_than_its_deadline(urls: dict[str, str]) -> None:
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
        gate(urls["main"], "logical", str(logical_shard("acme", 64)), "moved")
        with pytest.raises(ShardMoving), within(0.2), shards.session("acme"):
            raise AssertionError("nobody gets here")


def test_a_fence_whose_mover_died_opens_by_itself(urls: dict[str, str]) -> None:
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
        gate(urls["main"], "key", "acme", "fenced", "now() + interval '0.2 seconds'")
        with shards.session("acme") as session:
            assert session.scalar(text("select 1")) == 1


@pytest.mark.parametrize("isolation", [None, "REPEATABLE READ", "SERIALIZABLE"])
def test_the_gate_closes_only_when_nobody_is_inside(
    urls: dict[str, str], isolation: str | None
) -> None:
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
        with psycopg.connect(urls["main"]) as mover:
            mover.execute("set lock_timeout = '100ms'")
            mover.commit()
            with (
                shards.session("acme", isolation=isolation),
                pytest.raises(psycopg.errors.LockNotAvailable),
            ):
                mover.execute("select pg_advisory_xact_lock(1869048677, hashtext(%s))", ("acme",))
            mover.rollback()
            mover.execute("select pg_advisory_xact_lock(1869048677, hashtext(%s))", ("acme",))
            mover.rollback()


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_from_before_the_fence_does_not_get_in(
    urls: dict[str, str], isolation: str
) -> None:
    shard = logical_shard("acme", 64)
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
    with psycopg.connect(urls["main"]) as early:
        early.execute(f"set transaction isolation level {isolation}".encode())
        early.execute("select 1 from outgrow_shard_directory")
        with psycopg.connect(urls["main"]) as mover:
            mover.execute(
                "update outgrow_shard_slot set changes = changes + 1 where slot = %s",
                (shard % 256,),
            )
            mover.execute(
                "insert into outgrow_shard_gate (kind, name, state) values ('key', 'acme', 'moved')"
            )
        with pytest.raises(psycopg.errors.SerializationFailure):
            early.execute("select outgrow_shard_enter(%s, 'acme')", (shard,))


def test_each_transaction_of_a_block_asks_the_gate(urls: dict[str, str]) -> None:
    with Shards(settings_of(urls)) as shards:
        shards.prepare()

        def moved_between() -> None:
            with shards.session("acme") as session:
                session.commit()
                gate(urls["main"], "key", "acme", "moved")
                session.execute(text("select 1"))

        with pytest.raises(ShardMoving):
            moved_between()


def test_a_session_that_reads_cannot_write(urls: dict[str, str]) -> None:
    make_tables(urls)
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
        with (
            pytest.raises(Exception, match="read-only transaction"),
            shards.session("acme", read_only=True) as session,
        ):
            session.execute(text("delete from projects"))


def test_rows_that_moved_away_or_are_on_their_way_are_gathered_once(urls: dict[str, str]) -> None:
    make_tables(urls)
    moved, coming, shard_key, placed = "acme", "beta", "gamma", "delta"
    settings = settings_of(urls, logical=1024)
    with Shards(settings) as shards:
        shards.prepare()
        for number, key in enumerate((moved, coming, shard_key, placed)):
            with shards.session(key) as session:
                session.add(Project(id=number, organization_id=key, name=key))
        for number, key in ((0, moved), (1, coming), (2, shard_key)):
            ask(urls["second"], "insert into projects values (%s, %s, %s)", number, key, key)
        gate(urls["main"], "key", moved, "moved")
        gate(urls["second"], "key", moved, "open")
        move_key(urls, moved, "second")
        gate(urls["main"], "key", coming, "captured")
        gate(urls["second"], "key", coming, "incoming")
        home = str(logical_shard(shard_key, 1024))
        gate(urls["main"], "logical", home, "captured")
        gate(urls["second"], "logical", home, "incoming")
        gathered = shards.gather(
            select(Project.name).order_by(Project.name), by=Project.organization_id,
            limit=10, order=lambda row: row.name,
        )  # fmt: skip
    assert [row.name for row in gathered.rows] == [moved, coming, placed, shard_key]


def test_a_part_of_the_answer_is_given_only_when_asked_for_and_says_so(
    urls: dict[str, str],
) -> None:
    make_tables(urls)
    with relay_to(int(urls["third"].rsplit(":")[-1].partition("/")[0])) as relay:
        through = dict(urls)
        through["third"] = urls["third"].replace(
            urls["third"].rsplit(":")[-1].partition("/")[0], str(relay.port)
        )
        with Shards(settings_of(through)) as shards:
            shards.prepare(spread=True)
            for key in KEYS:
                with shards.session(key) as session:
                    session.add(Project(id=shards.new_id(key), organization_id=key, name=key))
            there = [key for key in KEYS if shards.place(key) != "third"]
            relay.cut()
            statement = select(Project.name).order_by(Project.name)
            with pytest.raises(ShardsUnavailable, match="third"):
                shards.gather(statement, by=Project.organization_id, limit=99, timeout_seconds=0.4)
            gathered = shards.gather(
                statement, by=Project.organization_id, limit=99, timeout_seconds=0.4,
                order=lambda row: row.name, partial=True,
            )  # fmt: skip
    assert gathered.missing == ("third",)
    assert [row.name for row in gathered.rows] == sorted(there)


def test_what_is_known_of_the_directory_lasts_while_the_main_database_is_away(
    urls: dict[str, str], servers: Servers
) -> None:
    port = str(servers.running["main"].port)
    with relay_to(int(port)) as relay:
        settings = DatabaseSettings(
            url=Secret(urls["main"].replace(port, str(relay.port))),
            pool=PoolSettings(maximum=4, timeout_seconds=0.2, connect_timeout_seconds=0.2),
            shards=ShardSettings(
                by="organization_id", logical=64,
                databases=tuple(
                    Shard(name=one, url=Secret(urls[one])) for one in ("second", "third")
                ),
            ),
        )  # fmt: skip
        with Shards(settings, ttl_seconds=0) as shards:
            shards.prepare(spread=True)
            first = shards.new_id("acme")
            assert shards.place("acme") in {"second", "third"}
            relay.cut()
            for _ in range(3):
                with within(2), shards.session("acme") as session:
                    assert session.scalar(text("select 1")) == 1
            assert shards.new_id("acme") > first


def test_a_database_that_this_process_does_not_know_is_named(urls: dict[str, str]) -> None:
    with Shards(settings_of(urls)) as shards:
        shards.prepare()
        move_key(urls, "acme", "fourth")
        with pytest.raises(UnknownShard, match="fourth"), shards.session("acme"):
            raise AssertionError("nobody gets here")


def test_the_number_of_logical_shards_never_changes(urls: dict[str, str]) -> None:
    with Shards(settings_of(urls, logical=64)) as shards:
        shards.prepare()
    with Shards(settings_of(urls, logical=65)) as other, pytest.raises(KitError, match="64"):
        other.place("acme")


def test_processes_and_threads_never_give_an_id_twice(urls: dict[str, str]) -> None:
    settings = settings_of(urls)
    parents: list[int] = []
    with Shards(settings) as shards:
        shards.prepare()
        shards.new_id("acme")
        pipes = [_forked(shards) for _ in range(3)]
        workers = [
            threading.Thread(
                target=lambda: parents.extend([shards.new_id("acme") for _ in range(2000)])
            )
            for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    given = [*parents]
    for pid, reading in pipes:
        with os.fdopen(reading) as lines:
            given += [int(line) for line in lines]
        assert os.waitpid(pid, 0)[1] == 0
    assert len(given) == 12_000
    assert len(set(given)) == len(given)


def _forked(shards: Shards) -> tuple[int, int]:
    """Return a child that gives ids after a fork, as a preloading server's workers do."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        with Shards(shards.settings) as fresh, os.fdopen(writing, "w") as out:
            # The pool of a parent is of no use to a child; the ids of one are.
            shards._main = fresh._main
            out.writelines(f"{shards.new_id('acme')}\n" for _ in range(2000))
        os._exit(0)
    except BaseException:
        os._exit(1)


def test_ids_of_later_processes_are_greater(servers: Servers, urls: dict[str, str]) -> None:
    given = []
    for _ in range(4):
        with Shards(settings_of(urls)) as shards:
            given += [shards.new_id("acme") for _ in range(50)]
    assert given == sorted(set(given))


def test_no_password_is_in_what_a_failure_says(servers: Servers) -> None:
    server: PostgresServer = servers.running["main"]
    url = f"postgresql://outgrow:hunter2@127.0.0.1:{server.port}/not_there"
    settings = settings_of({"main": url})
    with Shards(settings) as shards, pytest.raises(Exception, match="not_there") as caught:
        shards.prepare()
    assert "hunter2" not in str(caught.value)
