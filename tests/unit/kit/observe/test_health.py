"""Readiness tells the truth, and many who ask cost one look at each dependency."""

from __future__ import annotations

import asyncio

import httpx
from starlette.applications import Starlette

from outgrow_kit.observe import Check, Health


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Dependency:
    def __init__(self) -> None:
        self.asked = 0
        self.fault: Exception | None = None
        self.hangs = False

    async def __call__(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.fault:
            raise self.fault


def get(health: Health, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=health.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_a_thousand_who_ask_at_once_cost_one_look() -> None:
    database = Dependency()
    health = Health([Check("database", database)])

    async def storm() -> list[tuple[bool, dict[str, str]]]:
        return list(await asyncio.gather(*(health.report() for _ in range(1000))))

    assert all(works for works, _ in asyncio.run(storm()))
    assert database.asked == 1


def test_a_good_answer_counts_longer_than_a_bad_one() -> None:
    clock, database = Clock(), Dependency()
    health = Health([Check("database", database)], good_seconds=5, bad_seconds=1, clock=clock)
    asyncio.run(health.report())
    clock.now = 4.9
    asyncio.run(health.report())
    assert database.asked == 1
    database.fault = ConnectionError("postgresql://user:hunter2@db")
    clock.now = 5.0
    assert asyncio.run(health.report()) == (False, {"database": "ConnectionError"})
    clock.now, database.fault = 6.0, None
    assert asyncio.run(health.report()) == (True, {"database": "ok"})


def test_what_is_not_required_is_told_and_does_not_stop_requests() -> None:
    database, cache = Dependency(), Dependency()
    cache.fault = TimeoutError()
    health = Health([Check("database", database), Check("cache", cache, required=False)])
    answer = get(health, "/readyz")
    assert answer.status_code == 200
    assert answer.json()["dependencies"]["cache"].startswith("no answer")


def test_a_dependency_that_hangs_does_not_hang_the_answer() -> None:
    database = Dependency()
    database.hangs = True
    answer = get(Health([Check("database", database, timeout_seconds=0.02)]), "/readyz")
    assert answer.status_code == 503
    assert answer.json()["dependencies"] == {"database": "no answer within 0.02 s"}


def test_a_driver_that_does_not_let_go_does_not_hang_the_answer() -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    health = Health([Check("database", stubborn, timeout_seconds=0.02)])

    async def answered() -> tuple[bool, dict[str, str]]:
        async with asyncio.timeout(5):
            found = await health.report()
        released.set()
        return found

    assert asyncio.run(answered()) == (False, {"database": "no answer within 0.02 s"})


def test_a_caller_that_goes_away_does_not_end_the_look_for_others() -> None:
    database = Dependency()
    health = Health([Check("database", database)])

    async def two() -> bool:
        first = asyncio.create_task(health.report())
        second = asyncio.create_task(health.report())
        await asyncio.sleep(0)
        first.cancel()
        works, _ = await second
        return works

    assert asyncio.run(two())
    assert database.asked == 1


def test_a_process_that_ends_is_alive_and_takes_no_more_requests() -> None:
    health = Health()
    health.drain()
    assert get(health, "/livez").status_code == 200
    answer = get(health, "/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
    assert answer.headers["cache-control"] == "no-store"


def test_no_address_of_a_dependency_is_shown() -> None:
    database = Dependency()
    database.fault = RuntimeError("connection to postgresql://user:hunter2@db failed")
    assert "hunter2" not in get(Health([Check("database", database)]), "/readyz").text
