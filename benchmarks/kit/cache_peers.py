"""The same application on the kit's cache, on cashews and on aiocache; and as a process.

Run as a script, it is one process of the application, told by lines of JSON what to do.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mmap
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from outgrow_kit import Cache

_NUMBER = struct.Struct("<Q")
KEYS = 10_000
Read = Callable[[int], Awaitable[object]]


class Truth:
    """Numbers in a file that every process maps: what a database would say, in no time."""

    def __init__(self, path: str) -> None:
        with Path(path).open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def read(self, place: int) -> int:
        """Return the number at a place."""
        value: int = _NUMBER.unpack_from(self._map, place * 8)[0]
        return value

    def write(self, place: int, value: int) -> None:
        """Change the number at a place."""
        _NUMBER.pack_into(self._map, place * 8, value)


@dataclass
class Application:
    """A cached read, what makes it void, and how it ends. `runs` counts the function itself."""

    read: Read
    void: Callable[[int], Awaitable[object]]
    end: Callable[[], Awaitable[object]]
    runs: list[int]


def kit(url: str, function: Read, runs: list[int], local: bool = True) -> Application:
    """Return the application on the kit."""
    from outgrow_kit import Cache, Secret
    from outgrow_kit.settings import CacheSettings

    return _on(
        Cache(
            CacheSettings(shared="redis", redis_url=Secret(url), local_items=20_000 if local else 0)
        ),
        function,
        runs,
    )


def bare_kit(function: Read) -> Application:
    """Return the application on the kit in a phase that has nothing behind the process."""
    from outgrow_kit import Cache

    return _on(Cache(), function, [])


def _on(cache: Cache, function: Read, runs: list[int]) -> Application:
    @cache.cached(seconds=300, name="read")
    async def read(place: int) -> object:
        return await function(place)

    async def void(place: int) -> object:
        return await read.invalidate(place)  # type: ignore[misc]

    return Application(read, void, cache.aclose, runs)


def cashews(url: str, function: Read, runs: list[int], local: bool = True) -> Application:
    """Return the application on cashews: client-side caching, or Redis alone."""
    from cashews import Cache

    logging.getLogger("cashews").setLevel(logging.CRITICAL)
    cache = Cache()
    # RESP3, the default of redis-py 8, brings none of its invalidations.
    cache.setup(url, client_side=local, protocol=2)

    # Its lock costs a hit of Redis alone as well, so it is used where it is needed.
    @cache(ttl="5m", key="read:{place}", lock=local)
    async def read(place: int) -> object:
        return await function(place)

    return Application(read, lambda place: cache.delete(f"read:{place}"), cache.close, runs)


def aiocache(url: str, function: Read, runs: list[int], _local: bool = True) -> Application:
    """Return the application on aiocache, which has no cache of the process before Redis."""
    from aiocache import Cache, cached_stampede
    from aiocache.serializers import JsonSerializer

    logging.getLogger("aiocache").setLevel(logging.CRITICAL)

    @cached_stampede(
        lease=2, ttl=300, cache=Cache.REDIS, endpoint="127.0.0.1", port=urlsplit(url).port,
        serializer=JsonSerializer(), key_builder=lambda _function, place: f"read:{place}",
    )  # fmt: skip
    async def read(place: int) -> object:
        return await function(place)

    return Application(
        read, lambda place: read.cache.delete(f"read:{place}"), read.cache.close, runs
    )


PEERS = {"kit": kit, "cashews": cashews, "aiocache": aiocache}


class Worker:
    """What the benchmark asks a process to do; each method is one question."""

    def __init__(self, peer: str, url: str, truth: str) -> None:
        self.truth = Truth(truth)
        self.runs: list[int] = []
        self.pause = 0.0
        self.application = PEERS[peer](url, self._function, self.runs)

    async def _function(self, place: int) -> int:
        self.runs.append(place)
        await asyncio.sleep(self.pause)
        return self.truth.read(place)

    async def get(self, place: int) -> object:
        """Return the value of a place."""
        return await self.application.read(place)

    async def misses(self, place: int, callers: int, pause: float) -> int:
        """Let many tasks miss one key at once; return how often the function ran."""
        self.pause = pause
        before = len(self.runs)
        await asyncio.gather(*(self.application.read(place) for _ in range(callers)))
        self.pause = 0.0
        return len(self.runs) - before

    async def write(self, place: int, value: int) -> float:
        """Change the truth and make the key void; return when that began."""
        self.truth.write(place, value)
        began = time.monotonic()
        await self.application.void(place)
        return began

    async def wait_for(self, place: int, value: int) -> float:
        """Return when the cache first gives a value; after a second, that second."""
        limit = time.monotonic() + 1
        while await self.application.read(place) != value and time.monotonic() < limit:
            await asyncio.sleep(0.0001)
        return time.monotonic()

    async def churn(self, mine: int, of: int, seconds: float) -> int:
        """Write its own places and read all, at random; return how often."""
        until, done, state = time.monotonic() + seconds, 0, mine + 1
        while time.monotonic() < until:
            state = (state * 1103515245 + 12345) % (1 << 31)
            place = (state >> 8) % KEYS
            if place % of == mine and done % 2:
                await self.write(place, self.truth.read(place) + 1)
            else:
                await self.application.read(place)
            done += 1
        return done

    async def stale(self) -> list[int]:
        """Return the places that differ from the truth."""
        read, truth = self.application.read, self.truth
        return [place for place in range(KEYS) if await read(place) != truth.read(place)]


async def serve(peer: str, url: str, truth: str) -> None:
    """Answer questions until there are no more."""
    worker = Worker(peer, url, truth)
    try:
        await worker.get(KEYS - 1)
        print(json.dumps("ready"), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            told = json.loads(line)
            answer = await getattr(worker, told.pop("do"))(**told)
            print(json.dumps(answer), flush=True)
    finally:
        await worker.application.end()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
