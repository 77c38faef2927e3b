"""`@cached` and the cache's own verbs, with nothing behind the process."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.kit.cache.fakes import Clock

from outgrow_kit import Cache, InvalidSettings
from outgrow_kit.cache import Unkeyable
from outgrow_kit.settings import CacheRule, CacheSettings


@dataclass(frozen=True)
class Project:
    number: int


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Iterator[Cache]:
    with Cache(types=[Project], clock=clock, wall_clock=clock, chance=lambda: 0.0) as made:
        yield made


def test_a_function_runs_once_for_each_of_its_arguments(cache: Cache) -> None:
    calls: list[tuple[int, bool]] = []

    @cache.cached(seconds=60)
    def project(number: int, deep: bool = False) -> Project:
        """Read a project."""
        calls.append((number, deep))
        return Project(number)

    for _ in range(3):
        assert project(1) == project(number=1, deep=False) == Project(1)
    project(True)
    project(2, deep=True)
    assert calls == [(1, False), (True, False), (2, True)]
    assert project.__doc__ == "Read a project."
    assert list(inspect.signature(project).parameters) == ["number", "deep"]


def test_an_async_function_stays_one(cache: Cache) -> None:
    calls = []

    @cache.cached(seconds=60, tags=["p:{number}"])
    async def project(number: int) -> Project:
        calls.append(number)
        await asyncio.sleep(0)
        return Project(number)

    async def use() -> None:
        found = await asyncio.gather(*(project(1) for _ in range(50)))
        assert set(found) == {Project(1)}
        await project(1)
        await project.invalidate(1)  # type: ignore[misc]
        await project(1)
        await cache.ainvalidate_tag("p:1")
        await project(1)

    assert inspect.iscoroutinefunction(project)
    asyncio.run(use())
    assert calls == [1, 1, 1]


def test_many_threads_that_miss_at_once_run_the_function_once(cache: Cache) -> None:
    calls, entered, go_on = [], threading.Event(), threading.Event()

    @cache.cached(seconds=60)
    def slow(number: int) -> int:
        calls.append(number)
        entered.set()
        go_on.wait(10)
        return number

    threads = [threading.Thread(target=slow, args=(1,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    entered.wait(10)
    go_on.set()
    for thread in threads:
        thread.join()
    assert calls == [1]


def test_an_error_reaches_all_who_wait_and_is_not_kept(cache: Cache) -> None:
    calls = []

    @cache.cached(seconds=60)
    async def fails() -> None:
        calls.append(1)
        await asyncio.sleep(0)
        raise LookupError("no such project")

    async def use() -> list[object]:
        return await asyncio.gather(*(fails() for _ in range(5)), return_exceptions=True)

    assert [type(one) for one in asyncio.run(use())] == [LookupError] * 5
    assert len(calls) == 1
    asyncio.run(use())
    assert len(calls) == 2


def test_a_caller_that_is_cancelled_cancels_nobody_else(cache: Cache) -> None:
    calls, go_on = [], asyncio.Event()

    @cache.cached(seconds=60)
    async def slow() -> str:
        calls.append(1)
        await go_on.wait()
        return "value"

    async def use() -> list[object]:
        leader = asyncio.create_task(slow())
        await asyncio.sleep(0)
        others = [asyncio.create_task(slow()) for _ in range(3)]
        await asyncio.sleep(0)
        leader.cancel()
        others[0].cancel()
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(*others[1:])

    assert asyncio.run(use()) == ["value", "value"]
    assert len(calls) == 2, "one of the others ran it in the place of the first"


def test_a_stale_value_is_renewed_in_a_thread_and_in_a_task(clock: Clock) -> None:
    with Cache(clock=clock, wall_clock=clock) as cache:
        done, calls = threading.Event(), []

        @cache.cached(seconds=10, stale_seconds=60)
        def slow() -> int:
            calls.append(threading.current_thread())
            if len(calls) > 1:
                done.set()
            return len(calls)

        @cache.cached(seconds=10, stale_seconds=60)
        async def aslow() -> int:
            calls.append(threading.current_thread())
            return len(calls)

        assert slow() == 1
        clock.now += 11
        assert slow() == 1
        assert done.wait(10)
        cache.close()
        assert slow() == 2
        assert calls[1] is not calls[0]

        async def use() -> list[int]:
            found = [await aslow()]
            clock.now += 11
            found.append(await aslow())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            found.append(await aslow())
            await cache.aclose()
            return found

        assert asyncio.run(use()) == [3, 3, 4]


def test_a_rule_of_the_settings_decides_how_long(clock: Clock) -> None:
    rules = {"projects": CacheRule(seconds=5), "off": CacheRule(seconds=0)}
    with Cache(CacheSettings(rules=rules), clock=clock, wall_clock=clock) as cache:
        calls = []

        @cache.cached(seconds=600, name="projects")
        def projects() -> int:
            calls.append("projects")
            return 1

        @cache.cached(seconds=600, name="off")
        def off() -> int:
            calls.append("off")
            return 1

        for _ in range(2):
            projects()
            off()
        clock.now += 6
        projects()
        assert calls == ["projects", "off", "off", "projects"]


def test_invalidating_a_call_or_a_tag_makes_the_next_call_run(cache: Cache) -> None:
    calls = []

    @cache.cached(seconds=60, tags=["all", "project:{number}"])
    def project(number: int) -> int:
        calls.append(number)
        return number

    for void in (
        lambda: project.invalidate(1),
        lambda: cache.delete(project.key(1)),
        lambda: cache.invalidate_tag("project:1"),
        lambda: cache.invalidate_tag("all"),
        cache.clear,
    ):
        project(1)
        void()
    project(1)
    assert calls == [1] * 6


def test_a_method_and_its_unkeyable_arguments(cache: Cache) -> None:
    class Projects:
        @cache.cached(seconds=60, ignore=["self", "session"])
        def read(self, session: object, number: int) -> int:
            return number

        @staticmethod
        @cache.cached(seconds=60)
        def of(owner: Any) -> int:
            return 1

    assert Projects().read(object(), 3) == Projects().read(object(), number=3) == 3
    assert cache.metrics.by_name[f"{__name__}.{Projects.read.__qualname__}"].local_hits == 1  # type: ignore[attr-defined]
    with pytest.raises(Unkeyable, match="argument 'owner'"):
        Projects.of(object())
    assert Projects.of([1, {"a": None}]) == 1, "a list makes a key, if not the quick way"


def test_wrong_arguments_raise_what_the_function_would(cache: Cache) -> None:
    @cache.cached(seconds=60)
    def project(number: int) -> int:
        return number

    with pytest.raises(TypeError, match="number"):
        project()  # type: ignore[call-arg]


def test_what_cannot_be_cached_is_refused_at_decoration(cache: Cache) -> None:
    def rows() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="generator"):
        cache.cached(seconds=1)(rows)
    cache.cached(seconds=1, name="same")(len)
    with pytest.raises(ValueError, match="two cached functions"):
        cache.cached(seconds=1, name="same")(abs)
    with pytest.raises(ValueError, match="share"):
        cache.cached(seconds=1, refresh_ahead=1.5)
    with pytest.raises(ValueError, match="not negative"):
        cache.cached(seconds=-1)


def test_values_by_key(cache: Cache, clock: Clock) -> None:
    cache.set("a", [1], seconds=10, tags=["t"])
    cache.set("clé", Project(1), seconds=100)
    cache.set("none", None, seconds=100)
    assert cache.get("a") == [1]
    assert cache.get("nothing") is None
    assert cache.get("nothing", 5) == 5
    assert cache.get_many(["clé", "nothing", "a", "none"]) == {
        "clé": Project(1), "a": [1], "none": None,
    }  # fmt: skip
    cache.invalidate_tag("t")
    assert cache.get("a") is None
    clock.now += 101
    assert cache.get("clé") is None
    assert cache.write_through("a", lambda: 7, seconds=10) == 7
    assert cache.get("a") == 7
    cache.delete("a", "clé")
    assert cache.get_many(["a", "clé"]) == {}


def test_values_by_key_in_an_event_loop(cache: Cache) -> None:
    async def use() -> None:
        async def write() -> int:
            return 2

        await cache.aset("a", 1, seconds=10, tags=["t"])
        assert await cache.awrite_through("b", write, seconds=10) == 2
        assert await cache.aget_many(["a", "b", "c"]) == {"a": 1, "b": 2}
        await cache.adelete("b")
        await cache.ainvalidate_tag("t")
        assert await cache.aget("a", 0) == await cache.aget("b", 0) == 0
        await cache.aset("a", 1, seconds=10)
        await cache.aclear()
        assert await cache.aget("a") is None

    asyncio.run(use())


def test_writing_through_a_function_fills_its_key(cache: Cache) -> None:
    @cache.cached(seconds=60)
    def project(number: int) -> str:
        return "read"

    assert project.write_through(lambda: "written", 1) == "written"
    assert (project(1), project(2)) == ("written", "read")


def test_what_is_counted(cache: Cache, clock: Clock) -> None:
    @cache.cached(seconds=60, name="f")
    def function(number: int) -> int:
        return number

    for _ in range(5):
        function(1)
    counts = cache.metrics.by_name["f"]
    assert (counts.local_hits, counts.misses, counts.computed) == (4, 1, 1)
    assert cache.metrics.items == 1


def test_a_shared_store_without_an_address_is_told() -> None:
    with pytest.raises(InvalidSettings, match="redis_url"):
        Cache(CacheSettings(shared="redis"))
    with pytest.raises(InvalidSettings, match="database="):
        Cache(CacheSettings(shared="postgres"))
