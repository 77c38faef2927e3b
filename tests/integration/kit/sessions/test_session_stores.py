"""Sessions in Redis and in PostgreSQL behave alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from threading import Thread
from typing import TypeVar

import pytest
from tests.engines.freezing import frozen
from tests.engines.pgbouncer import pgbouncer
from tests.engines.postgres import PostgresServer
from tests.engines.redis import RedisServer

from outgrow_kit import Secret, Settings
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.limits import counts_for
from outgrow_kit.sessions import BlockingSessions, Session, Sessions, sessions_for
from outgrow_kit.sessions.postgres_store import PostgresSessions
from outgrow_kit.settings import CacheSettings, DatabaseSettings, PoolSettings

Result = TypeVar("Result")
Steps = Callable[[Sessions], Awaitable[None]]


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["redis", "postgres"])
def settings(request: pytest.FixtureRequest) -> Settings:
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        return Settings(cache=CacheSettings(shared="redis", redis_url=Secret(server.url)))
    database: PostgresServer = request.getfixturevalue("postgres")
    return Settings(database=DatabaseSettings(url=Secret(database.url())))


@asynccontextmanager
async def opened(
    settings: Settings, clock: Clock | None = None, deadline_seconds: float = 10
) -> AsyncIterator[Sessions]:
    sessions = sessions_for(
        settings, idle_seconds=1000, absolute_seconds=5000, clock=clock or Clock(),
        deadline_seconds=deadline_seconds,
    )  # fmt: skip
    try:
        yield sessions
    finally:
        await sessions.store.close()


def run(settings: Settings, steps: Steps, clock: Clock | None = None) -> None:
    async def ran() -> None:
        async with opened(settings, clock) as sessions:
            await steps(sessions)

    asyncio.run(ran())


async def logged_in(sessions: Sessions, user: str, **values: str) -> tuple[str, Session]:
    session = Session()
    session.update(values)
    await sessions.log_in(session, user)
    assert session.new_token is not None
    return session.new_token, session


def test_values_come_back_as_they_were(settings: Settings) -> None:
    values = {"text": 'ä\n"x\\', "list": [1, 2.5, None, True], "dict": {"a": {"b": []}}, "": 1}

    async def steps(sessions: Sessions) -> None:
        session = Session()
        session.update(values)
        await sessions.save(session)
        again = await sessions.open(session.new_token)
        assert dict(again) == values
        assert again.user_id is None
        assert again.handle == session.handle

    run(settings, steps)


def test_requests_at_once_each_keep_what_they_wrote(settings: Settings) -> None:
    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "1", removed="x")

        async def request(number: int) -> None:
            session = await sessions.open(token)
            session[f"key {number}"] = number
            if number == 7:
                del session["removed"]
            await sessions.save(session)

        await asyncio.gather(*(request(number) for number in range(20)))
        assert dict(await sessions.open(token)) == {f"key {number}": number for number in range(20)}

    run(settings, steps)


def test_a_request_that_read_before_cannot_bring_a_revoked_session_back(
    settings: Settings,
) -> None:
    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "2")
        slow_writer, slow_rotator = await sessions.open(token), await sessions.open(token)
        assert await sessions.revoke_user("2") == 1
        slow_writer["a"] = 1
        await sessions.save(slow_writer)
        assert not await sessions.rotate(slow_rotator)
        for gone in (slow_writer, slow_rotator):
            assert (gone.user_id, gone.new_token) == (None, None)
        assert (await sessions.open(token)).user_id is None
        assert await sessions.of_user("2") == []

    run(settings, steps)


def test_a_login_after_a_revocation_brings_no_values_back(settings: Settings) -> None:
    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "3", secret="x")
        slow = await sessions.open(token)
        await sessions.revoke_user("3")
        await sessions.log_in(slow, "3")
        assert dict(await sessions.open(slow.new_token)) == {}

    run(settings, steps)


def test_the_old_id_is_worth_nothing_after_a_login(settings: Settings) -> None:
    async def steps(sessions: Sessions) -> None:
        planted = Session()
        planted["cart"] = "book"
        await sessions.save(planted)
        fixed = planted.new_token
        victim = await sessions.open(fixed)
        await sessions.log_in(victim, "4")
        assert victim.new_token != fixed
        assert (await sessions.open(fixed)).user_id is None
        kept = await sessions.open(victim.new_token)
        assert (kept.user_id, dict(kept)) == ("4", {"cart": "book"})

    run(settings, steps)


def test_another_users_values_are_not_inherited(settings: Settings) -> None:
    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "5", private="x")
        session = await sessions.open(token)
        await sessions.log_in(session, "6")
        assert dict(await sessions.open(session.new_token)) == {}
        assert await sessions.of_user("5") == []

    run(settings, steps)


def test_a_rotation_keeps_user_values_and_end(settings: Settings) -> None:
    clock = Clock()

    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "7", a="b")
        clock.now += 900
        session = await sessions.open(token)
        assert await sessions.rotate(session)
        renewed = await sessions.open(session.new_token)
        assert (renewed.user_id, dict(renewed)) == ("7", {"a": "b"})
        assert renewed.record is not None
        assert renewed.record.expires_at == clock.now - 900 + 5000
        assert (await sessions.open(token)).user_id is None

    run(settings, steps, clock)


def test_a_user_sees_and_ends_single_sessions(settings: Settings) -> None:
    clock = Clock()

    async def steps(sessions: Sessions) -> None:
        tokens = []
        for _ in range(3):
            clock.now += 1
            tokens.append((await logged_in(sessions, "8"))[0])
        await logged_in(sessions, "9")
        listed = await sessions.of_user("8")
        assert [info.created_at for info in listed] == [clock.now, clock.now - 1, clock.now - 2]
        assert not await sessions.revoke(listed[0].handle, "9"), "not this user's"
        assert await sessions.revoke(listed[0].handle, "8")
        assert not await sessions.revoke(listed[0].handle, "8"), "already over"
        assert [bool((await sessions.open(token)).user_id) for token in tokens] == [
            True, True, False,
        ]  # fmt: skip
        current = await sessions.open(tokens[0])
        assert await sessions.revoke_user("8", keep=current) == 1
        assert [info.handle for info in await sessions.of_user("8")] == [current.handle]
        assert len(await sessions.of_user("9")) == 1

    run(settings, steps, clock)


def test_idle_and_absolute_ends_hold(settings: Settings) -> None:
    clock = Clock()

    async def steps(sessions: Sessions) -> None:
        used, _ = await logged_in(sessions, "10")
        left, _ = await logged_in(sessions, "10")
        for _ in range(9):
            clock.now += 500
            assert (await sessions.open(used)).user_id == "10"
        assert (await sessions.open(left)).user_id is None, "nobody asked for it"
        assert len(await sessions.of_user("10")) == 1
        clock.now += 500
        assert (await sessions.open(used)).user_id is None, "5,000 seconds are over"
        assert await sessions.of_user("10") == []

    run(settings, steps, clock)


def test_only_a_reading_that_moves_the_idle_end_writes(postgres: PostgresServer) -> None:
    settings = Settings(database=DatabaseSettings(url=Secret(postgres.url())))
    clock = Clock()
    version = "select xmin::text from outgrow_sessions where user_id = '11'"

    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "11")
        written = postgres.value(version)
        clock.now += 40  # of 1,000 seconds: less than one part in twenty
        await sessions.open(token)
        assert postgres.value(version) == written
        clock.now += 20
        await sessions.open(token)
        assert postgres.value(version) != written

    run(settings, steps, clock)


def test_ended_rows_are_deleted(postgres: PostgresServer) -> None:
    settings = Settings(database=DatabaseSettings(url=Secret(postgres.url())))
    clock = Clock()

    async def steps(sessions: Sessions) -> None:
        await logged_in(sessions, "12")
        clock.now += 2000
        await logged_in(sessions, "12")
        assert isinstance(sessions.store, PostgresSessions)
        await sessions.store.forget_ended(clock.now)

    run(settings, steps, clock)
    left = postgres.value("select count(*) from outgrow_sessions where user_id = '12'")
    assert left == 1


def test_redis_keeps_nothing_for_ever(redis: RedisServer) -> None:
    with redis.client() as client:
        client.flushall()
    settings = Settings(cache=CacheSettings(shared="redis", redis_url=Secret(redis.url)))

    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "13")
        session = await sessions.open(token)
        session["a"] = 1
        await sessions.save(session)

    run(settings, steps)
    with redis.client() as client:
        ends = {key.decode().split(":")[1]: client.ttl(key) for key in client.keys("*")}
    assert set(ends) == {"session", "sessions-of"}
    assert 0 < ends["session"] <= 1000
    assert 0 < ends["sessions-of"] <= 5000


def test_a_session_that_redis_forgot_to_list_is_over(redis: RedisServer) -> None:
    """An eviction may take the list of a user's sessions; then it must not outlive `revoke`."""
    settings = Settings(cache=CacheSettings(shared="redis", redis_url=Secret(redis.url)))

    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "14")
        with redis.client() as client:
            client.delete(*client.keys("app:sessions-of:*"))
        assert (await sessions.open(token)).user_id is None

    run(settings, steps)


def test_an_emptied_redis_logs_out_and_fails_nobody(redis: RedisServer) -> None:
    settings = Settings(cache=CacheSettings(shared="redis", redis_url=Secret(redis.url)))

    async def steps(sessions: Sessions) -> None:
        token, _ = await logged_in(sessions, "15")
        with redis.client() as client:
            client.flushall()
            client.script_flush()
        assert (await sessions.open(token)).user_id is None
        redis.kill()
        redis.start()
        again, _ = await logged_in(sessions, "15")
        assert (await sessions.open(again)).user_id == "15"

    run(settings, steps)


def test_a_frozen_store_is_told_within_the_deadline_and_used_again(
    settings: Settings, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("redis" if settings.database is None else "postgres")

    async def steps() -> None:
        async with opened(settings, deadline_seconds=0.5) as sessions:
            with_deadline, _ = await _eventually(lambda: logged_in(sessions, "16"))
            with frozen(server.process):
                started = time.monotonic()
                with pytest.raises(StoreUnavailable, match="500 ms"):
                    await sessions.open(with_deadline)
                first = time.monotonic() - started
                assert 0.4 < first < 3
                started = time.monotonic()
                with pytest.raises(StoreUnavailable, match="left alone"):
                    await sessions.open(with_deadline)
                assert time.monotonic() - started < 0.1
            found = await _eventually(lambda: sessions.open(with_deadline))
            assert found.user_id == "16"

    asyncio.run(steps())


async def _eventually(call: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `call` returns once the store answers; at most 20 s later."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return await call()
        except StoreUnavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)


def test_late_answers_never_reach_another_request(redis: RedisServer) -> None:
    """What a frozen Redis answers after the deadline must not be taken for the next answer."""
    settings = Settings(cache=CacheSettings(shared="redis", redis_url=Secret(redis.url)))

    async def steps() -> None:
        async with opened(settings, deadline_seconds=0.3) as sessions:
            tokens = {}
            for user in ("21", "22", "23"):
                tokens[user], _ = await _eventually(lambda user=user: logged_in(sessions, user))
            for _ in range(3):
                with frozen(redis.process):
                    results = await asyncio.gather(
                        *(sessions.open(token) for token in tokens.values()),
                        return_exceptions=True,
                    )
                    assert all(isinstance(one, StoreUnavailable) for one in results)
                for user, token in tokens.items():
                    found = await _eventually(lambda token=token: sessions.open(token))
                    assert found.user_id == user

    asyncio.run(steps())


def test_code_without_an_event_loop_uses_the_same_sessions(settings: Settings) -> None:
    with BlockingSessions(sessions_for(settings, deadline_seconds=10)) as sessions:
        session = sessions.open(None)
        session["a"] = 1
        sessions.log_in(session, "31")
        token, users = session.new_token, []

        def read() -> None:
            users.append(sessions.open(token).user_id)

        threads = [Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert users == ["31"] * 8
        session["b"] = 2
        sessions.save(session)
        assert sessions.rotate(session)
        assert dict(sessions.open(session.new_token)) == {"a": 1, "b": 2}
        handles = [info.handle for info in sessions.of_user("31")]
        assert handles == [session.handle]
        assert not sessions.revoke(handles[0], "32")
        sessions.log_out(session)
        assert sessions.revoke_user("31") == 0
    with pytest.raises(RuntimeError, match="with"):
        sessions.open(None)


def test_sessions_and_counts_work_under_transaction_pooling(postgres: PostgresServer) -> None:
    with pgbouncer(postgres) as pooler:
        pool = PoolSettings(pooler="pgbouncer")
        database = DatabaseSettings(url=Secret(pooler.url()), pool=pool)
        counting = CacheSettings(shared="postgres", deadline_seconds=10)

        async def steps() -> None:
            counts = counts_for(Settings(database=database, cache=counting))
            async with opened(Settings(database=database)) as sessions:
                token, _ = await logged_in(sessions, "41")
                found = await asyncio.gather(*(sessions.open(token) for _ in range(30)))
                assert {session.user_id for session in found} == {"41"}
            hits = await asyncio.gather(*(counts.hit("pooled", 20, 3600) for _ in range(30)))
            assert sum(count.is_allowed for count in hits) == 20
            await counts.close()

        asyncio.run(steps())
