"""A process of an application, told by its standard input what to do; see `worlds.py`."""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outgrow_kit.cache import Cache
from outgrow_kit.secret import Secret
from outgrow_kit.settings import CacheSettings, DatabaseSettings

_NUMBER = struct.Struct("<Q")


class Truth:
    """Numbers in a file that every process maps: what a database would say, in no time."""

    def __init__(self, path: str) -> None:
        with Path(path).open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def read(self, place: int) -> int:
        value: int = _NUMBER.unpack_from(self._map, place * 8)[0]
        return value

    def write(self, place: int, value: int) -> None:
        _NUMBER.pack_into(self._map, place * 8, value)


def opened() -> Cache:
    told: dict[str, Any] = json.loads(os.environ["CACHE"])
    redis_url, database_url = told.pop("redis_url", None), told.pop("database_url", None)
    database = DatabaseSettings(url=Secret(database_url)) if database_url else None
    settings = CacheSettings(redis_url=Secret(redis_url) if redis_url else None, **told)
    return Cache(settings, database=database)


class Application:
    """What the tests ask a process to do; each method is one question."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.truth: Truth | None = None
        self.computed = 0
        self.lock = threading.Lock()
        self.pause = 0.0
        self.seen_at = 0.0

        @cache.cached(seconds=300, tags=["all", "group:{place}"], name="number")
        def number(place: int) -> int:
            self._count()
            assert self.truth is not None
            return self.truth.read(place)

        @cache.cached(seconds=60, name="slow")
        def slow(place: int) -> list[int]:
            self._count()
            threading.Event().wait(self.pause)
            return [place, os.getpid()]

        @cache.cached(seconds=60, name="aslow")
        async def aslow(place: int) -> list[int]:
            self._count()
            await asyncio.sleep(self.pause)
            return [place, os.getpid()]

        self.number, self.slow, self.aslow = number, slow, aslow

    def _count(self) -> None:
        with self.lock:
            self.computed += 1

    def use_truth(self, path: str) -> None:
        self.truth = Truth(path)

    def get(self, place: int) -> int:
        return self.number(place)

    def read_all(self, count: int) -> list[int]:
        """Return the places that differ from the truth."""
        assert self.truth is not None
        return [place for place in range(count) if self.number(place) != self.truth.read(place)]

    def write(self, place: int, value: int) -> float:
        """Change the truth, say so to the cache, and return when that was."""
        assert self.truth is not None
        self.truth.write(place, value)
        self.number.invalidate(place)
        return time.monotonic()

    def churn(self, mine: int, of: int, count: int, seconds: float) -> int:
        """Write its own places and read all at random for some seconds; return how often."""
        assert self.truth is not None
        until, done, state = time.monotonic() + seconds, 0, mine + 1
        while time.monotonic() < until:
            state = (state * 1103515245 + 12345) % (1 << 31)
            place = state % count
            if place % of == mine and done % 2:
                self.truth.write(place, self.truth.read(place) + 1)
                if state % 16:
                    self.number.invalidate(place)
                else:
                    self.cache.invalidate_tag(f"group:{place}")
            else:
                self.number(place)
            done += 1
        return done

    def wait_for(self, place: int, value: int) -> float:
        """Return when the cache first gives this value."""
        until = time.monotonic() + 5
        while self.number(place) != value:
            assert time.monotonic() < until, "the invalidation did not arrive"
            threading.Event().wait(0.0002)
        return time.monotonic()

    def misses(self, place: int, callers: int, pause: float) -> list[list[int]]:
        """Let many threads miss one key at once; return the different results."""
        self.pause, found = pause, []
        threads = [
            threading.Thread(target=lambda: found.append(self.slow(place))) for _ in range(callers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return _different(found)

    def amisses(self, place: int, callers: int, pause: float) -> list[list[int]]:
        """Let many tasks miss one key at once; return the different results."""
        self.pause = pause

        async def all_of_them() -> list[list[int]]:
            try:
                return list(await asyncio.gather(*(self.aslow(place) for _ in range(callers))))
            finally:
                await self.cache.aclose()

        return _different(asyncio.run(all_of_them()))

    def count(self) -> int:
        return self.computed

    def timed(self, place: int) -> float:
        """Return how many seconds a call took."""
        started = time.monotonic()
        self.number(place)
        return time.monotonic() - started

    def resets(self) -> int:
        return self.cache.metrics.resets

    def up(self) -> bool:
        return self.cache.metrics.shared_up and self.cache.metrics.owed == 0


def _different(found: list[list[int]]) -> list[list[int]]:
    return [list(one) for one in {tuple(one) for one in found}]


def main() -> None:
    with opened() as cache:
        application = Application(cache)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            method: Callable[..., object] = getattr(application, told.pop("do"))
            print(json.dumps(method(**told)), flush=True)


if __name__ == "__main__":
    main()
