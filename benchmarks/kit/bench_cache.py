"""The cache beside cashews, aiocache and bare redis-py, on one Redis, in one run.

Every section of the table that has peers alternates between them in short batches, so that a
slow moment of the machine is shared.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "kit" / "src"))

import redis
import redis.asyncio
from cache_peers import KEYS, PEERS, Application, bare_kit
from cashews import Cache as Cashews
from tests.engines.freezing import frozen
from tests.engines.redis import RedisServer, redis_server

from outgrow_kit import Cache, Secret
from outgrow_kit.settings import CacheSettings, DatabaseSettings

_ROOT = Path(__file__).parents[2]
LOCAL_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "20000"))
SHARED_ROUNDS = LOCAL_ROUNDS // 5
_BATCH = 100
_PROCESSES = 4
_WRITES = 300
_HUNG_ROUNDS = 5
_STALE_ROUNDS = int(os.environ.get("BENCH_STALE_ROUNDS", "5"))
_LONG_ENOUGH_MS = 20_000
VALUE = {"id": 1, "name": "A project", "tags": ["a", "b"], "open": True}
Row = tuple[str, dict[str, str], str]
Taken = dict[str, list[int]]


def alternated(calls: dict[str, Callable[[], object]], rounds: int) -> Taken:
    """Return the nanoseconds of each call, measured one by one."""
    taken: Taken = {name: [] for name in calls}
    clock = time.perf_counter_ns
    for _ in range(rounds // _BATCH):
        for name, call in calls.items():
            for _ in range(_BATCH):
                began = clock()
                call()
                taken[name].append(clock() - began)
    return taken


async def alternated_async(calls: dict[str, Callable[[], Awaitable[object]]], rounds: int) -> Taken:
    """Return the nanoseconds of each call, awaited one by one."""
    taken: Taken = {name: [] for name in calls}
    clock = time.perf_counter_ns
    for _ in range(rounds // _BATCH):
        for name, call in calls.items():
            for _ in range(_BATCH):
                began = clock()
                await call()
                taken[name].append(clock() - began)
    return taken


def cells(taken: Taken, unit: float = 1000.0) -> dict[str, str]:
    """Return p50 and p99 of each, in microseconds."""
    found = {}
    for name, each in taken.items():
        cuts = statistics.quantiles(each, n=100)
        found[name] = f"{cuts[49] / unit:.1f} / {cuts[98] / unit:.1f}"
    return found


def project(project_id: int) -> object:
    """Return a value: the function behind the cache."""
    return {**VALUE, "id": project_id}


async def aproject(place: int) -> object:
    """Return a value: the coroutine behind the cache."""
    return {**VALUE, "id": place}


# --- hits -----------------------------------------------------------------------------------


def function_hits(url: str) -> Iterator[Row]:
    """Yield the hits of plain functions."""
    with (
        Cache() as local,
        Cache(CacheSettings(shared="redis", redis_url=Secret(url), local_items=0)) as shared,
        redis.Redis.from_url(url) as bare,
    ):
        hit = local.cached(seconds=600, name="hit")(project)
        tagged = local.cached(seconds=600, name="tagged", tags=["p:{project_id}"])(project)
        stored = shared.cached(seconds=600, name="stored")(project)
        bare.set("value", json.dumps(VALUE))
        for call in (hit, tagged, stored):
            call(1)
        taken = alternated({"kit": lambda: hit(1), "tagged": lambda: tagged(1)}, LOCAL_ROUNDS)
        found = cells(taken)
        yield "Hit in the process, function", {"kit": found["kit"]}, "2 / 10"
        yield "Hit in the process, function with a tag", {"kit": found["tagged"]}, "2 / 10"
        taken = alternated(
            {"kit": lambda: stored(1), "redis-py": lambda: bare.get("value")}, SHARED_ROUNDS
        )
        yield "Hit in Redis, function", {**cells(taken), "ratio": ratio(taken)}, "1.5 x GET"


def ratio(taken: Taken) -> str:
    """Return how many times a bare GET the kit takes, at the middle."""
    return f"{statistics.median(taken['kit']) / statistics.median(taken['redis-py']):.2f} x"


async def coroutine_hits(url: str) -> list[Row]:
    """Return the hits of coroutines."""
    local = Cache()
    mem, port = Cashews(), int(url.split(":")[2].split("/")[0])
    mem.setup("mem://")
    from aiocache import cached as aiocached

    kit_hit = local.cached(seconds=600, name="hit")(aproject)
    cashews_hit = mem(ttl="10m", key="hit:{place}")(aproject)
    aiocache_hit = aiocached(ttl=600)(aproject)
    peers = {name: make(url, aproject, [], False) for name, make in PEERS.items()}
    bare = redis.asyncio.Redis(port=port)
    await bare.set("value", json.dumps(VALUE))
    for call in (kit_hit, cashews_hit, aiocache_hit, *(one.read for one in peers.values())):
        await call(1)
    in_process = await alternated_async(
        {
            "kit": lambda: kit_hit(1),
            "cashews": lambda: cashews_hit(1),
            "aiocache": lambda: aiocache_hit(1),
        },
        LOCAL_ROUNDS,
    )
    reads: dict[str, Callable[[], Awaitable[object]]] = {
        name: (lambda read=one.read: read(1)) for name, one in peers.items()
    }
    shared = await alternated_async({**reads, "redis-py": lambda: bare.get("value")}, SHARED_ROUNDS)
    for one in peers.values():
        await one.end()
    await bare.aclose()
    await mem.close()
    local.close()
    return [
        ("Hit in the process, coroutine", cells(in_process), "2 / 10"),
        ("Hit in Redis, coroutine", {**cells(shared), "ratio": ratio(shared)}, "1.5 x GET"),
    ]


# --- a Redis that hangs ---------------------------------------------------------------------


async def timed(application: Application, calls: int, pause: float) -> tuple[list[float], str]:
    """Return the milliseconds of each of some calls that miss, and what they raised."""
    took, raised = [], ""
    for place in range(1, calls + 1):
        began = time.perf_counter()
        try:
            await asyncio.wait_for(application.read(place), 2)
        except Exception as error:
            raised = f", raises {type(error).__name__}"
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(pause)
    return took, raised


async def hung(server: RedisServer) -> list[Row]:
    """Return how long calls take at a Redis that hangs: the first, and the slowest after it.

    The kit's calls take as long as the machine lets them, so they are repeated, and beside them
    the same loop runs with no Redis configured.
    """

    async def function(place: int) -> int:
        return place

    first, rest, alone = {}, {}, []
    for name, make in PEERS.items():
        rounds, calls, pause = (_HUNG_ROUNDS, 200, 0.005) if name == "kit" else (1, 7, 0.0)
        firsts, slowest, raised = [], [], ""
        for _ in range(rounds):
            application = make(server.url, function, [])
            await application.read(0)
            with frozen(server.process):
                took, raised = await timed(application, calls, pause)
            await application.end()
            firsts.append(took[0])
            slowest.append(max(took[1:]))
            if name == "kit":
                nothing = bare_kit(function)
                alone.append(max((await timed(nothing, calls, pause))[0][1:]))
                await nothing.end()
        first[name], rest[name] = spread(firsts), spread(slowest) + raised
    return [
        ("Redis hangs: first call, ms", first, "60"),
        ("Redis hangs: slowest of the next, ms", rest, "1"),
        ("The same calls, no Redis configured: slowest, ms", {"kit": spread(alone)}, "-"),
    ]


def spread(taken: list[float]) -> str:
    """Return the middle of some figures, and from where to where they reach."""
    middle = f"{statistics.median(taken):.1f}"
    return middle if len(taken) == 1 else f"{middle} ({min(taken):.1f} to {max(taken):.1f})"


# --- several processes ----------------------------------------------------------------------


class Peer:
    """A process of the application."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self.answer() == "ready"

    def send(self, **question: object) -> None:
        """Ask."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def answer(self) -> object:
        """Return the answer."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


def ask_all(peers: list[Peer], **question: object) -> list[object]:
    """Return every process's answer to one question, asked of all at once."""
    for one in peers:
        one.send(**question)
    return [one.answer() for one in peers]


@contextmanager
def processes(name: str, count: int, url: str) -> Iterator[list[Peer]]:
    """Yield processes of the application on one peer, and a truth that they share."""
    script = str(Path(__file__).with_name("cache_peers.py"))
    path = f"{_ROOT / 'kit' / 'src'}:{_ROOT}"
    with tempfile.NamedTemporaryFile() as truth, ExitStack() as stack:
        truth.write(bytes(8 * KEYS))
        truth.flush()
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, script, name, url, truth.name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env={**os.environ, "PYTHONPATH": path},
                )
            )
            for _ in range(count)
        ]
        for one in started:
            stack.callback(one.kill)
        yield [Peer(one) for one in started]


def runs(name: str) -> str:
    """Return how often the function runs when four processes miss one key a hundred times."""
    with redis_server() as server, processes(name, _PROCESSES, server.url) as four:
        found = [
            sum(map(int, map(str, ask_all(four, do="misses", place=n, callers=100, pause=0.3))))
            for n in range(5)
        ]
    return f"{min(found)}" if len(set(found)) == 1 else f"{min(found)} to {max(found)}"


def reach(name: str) -> str:
    """Return p50 and p99 of the milliseconds until another process sees a write."""
    with redis_server() as server, processes(name, 2, server.url) as (writer, reader):
        taken: list[float] = []
        for value in range(1, _WRITES + 1):
            if sum(taken) > _LONG_ENOUGH_MS:  # one that never hears costs a second each time
                break
            reader.send(do="get", place=1)
            reader.answer()
            reader.send(do="wait_for", place=1, value=value)
            writer.send(do="write", place=1, value=value)
            began, seen = float(str(writer.answer())), float(str(reader.answer()))
            taken.append((seen - began) * 1000)
    cuts = statistics.quantiles(taken, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f}"


def stale(name: str) -> str:
    """Return how many keys are stale in some process a second after writers and a restart."""
    with redis_server() as server, processes(name, _PROCESSES, server.url) as four:
        ask_all(four, do="stale")  # reads every key, so that all are kept

        def restart() -> None:
            server.kill()
            server.start()

        timer = threading.Timer(2.0, restart)
        timer.start()
        for number, one in enumerate(four):
            one.send(do="churn", mine=number, of=_PROCESSES, seconds=5.0)
        for one in four:
            one.answer()
        timer.join()
        threading.Event().wait(1.0)
        found = ask_all(four, do="stale")
    return str(len({place for each in found for place in each}))  # type: ignore[attr-defined]


def together() -> Iterator[Row]:
    """Yield what several processes show."""
    yield (
        f"Runs of the function, {_PROCESSES} processes x 100 misses",
        {name: runs(name) for name in PEERS}, "1",
    )  # fmt: skip
    # aiocache keeps nothing in the process, so that there is nothing to reach or to be stale.
    yield (
        "A write reaches another process, ms p50 / p99",
        {name: reach(name) for name in ("kit", "cashews")}, "- / 20",
    )  # fmt: skip
    yield (
        f"Stale of {KEYS:,} keys, 1 s after writers and a restart of Redis "
        f"({_STALE_ROUNDS} times, cashews once)",
        {"kit": ", ".join(stale("kit") for _ in range(_STALE_ROUNDS)), "cashews": stale("cashews")},
        "0",
    )


# --- PostgreSQL -----------------------------------------------------------------------------


def on_postgres() -> Row:
    """Return a hit in PostgreSQL, beside a bare SELECT of one row by its key."""
    import psycopg
    from tests.engines.postgres import postgres_server

    with postgres_server() as server:
        settings = CacheSettings(shared="postgres", local_items=0, deadline_seconds=2)
        database = DatabaseSettings(url=Secret(server.url()))
        with (
            Cache(settings, database=database) as cache,
            psycopg.connect(server.url(), autocommit=True, prepare_threshold=2) as bare,
        ):
            stored = cache.cached(seconds=600, name="stored")(project)
            stored(1)
            query = "select value from outgrow_cache where key = %s"
            key = (f"app:{stored.key(1)}",)
            taken = alternated(
                {
                    "kit": lambda: stored(1),
                    "redis-py": lambda: bare.execute(query, key, binary=True).fetchone(),
                },
                SHARED_ROUNDS,
            )
    found = {**cells(taken), "ratio": ratio(taken)}
    found["bare"] = found.pop("redis-py")
    return "Hit in PostgreSQL, function (bare: a SELECT with psycopg)", found, "none"


def rows() -> Iterator[Row]:
    """Yield every row of the table."""
    with redis_server() as server:
        yield from function_hits(server.url)
        yield from asyncio.run(coroutine_hits(server.url))
        yield from asyncio.run(hung(server))
    yield from together()
    yield on_postgres()


def main() -> None:
    """Print the section."""
    columns = ("kit", "cashews", "aiocache", "redis-py")
    print("## Cache\n\nHits are microseconds, p50 / p99.\n")
    print(f"| | {' | '.join(columns)} | kit / bare | target |\n|{' --- |' * 7}")
    for title, found, target in rows():
        found.setdefault("redis-py", found.get("bare", ""))
        shown = [found.get(name, "") for name in columns]
        print(
            f"| {title} | {' | '.join(shown)} | {found.get('ratio', '')} | {target} |", flush=True
        )


if __name__ == "__main__":
    main()
