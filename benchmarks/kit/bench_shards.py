"""Ids a second, what a session on a shard costs, and how fast and how gently rows move."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_IDS = 200_000
_SESSIONS = 2_000
_MOVED_ROWS = 200_000
_STRATEGY = """
outgrow: 1
name: bench
components:
  db: {kind: postgres}
  db-two: {kind: postgres}
phases: {now: {}}
data_growth:
  sharding: [{component: db, by: [organization_id], logical: 64, databases: [db, db-two]}]
"""


def per_second(make: Callable[[], object], count: int) -> float:
    """Return how often a second `make` runs."""
    began = time.perf_counter()
    for _ in range(count):
        make()
    return count / (time.perf_counter() - began)


def ids() -> tuple[float, float, float]:
    """Return ids a second of the kit over 1,024 shards and for one, and of uuid4."""
    from outgrow_kit.shards.ids import Allocator, Span, Wait

    every = Allocator()
    every.use(Span(1, 0, 60_000), 0, time.monotonic())
    shards = iter(number % 1024 for number in range(_IDS))
    spread = per_second(lambda: every.take(next(shards)), _IDS)
    one = Allocator()
    one.use(Span(1, 0, 60_000), 0, time.monotonic())

    def take() -> None:
        try:
            one.take(7)
        except Wait as wait:
            time.sleep(wait.seconds)

    return spread, per_second(take, 60_000), per_second(uuid.uuid4, _IDS)


def sessions(url: str) -> tuple[float, float, float]:
    """Return microseconds of a transaction: on `Database`, on `Shards` without and with shards."""
    from sqlalchemy import text

    from outgrow_kit import Secret
    from outgrow_kit.databases import Database
    from outgrow_kit.settings import DatabaseSettings, Shard, ShardSettings
    from outgrow_kit.shards import Shards

    query = text("select 1")
    alone = DatabaseSettings(url=Secret(url))
    spread = DatabaseSettings(
        url=Secret(url),
        shards=ShardSettings(
            by="organization_id", logical=64, databases=(Shard(name="db", url=Secret(url)),)
        ),
    )
    with Database(alone) as database, Shards(alone) as one, Shards(spread) as many:
        many.prepare()

        def plain() -> None:
            with database.write() as session:
                session.execute(query)

        def on(shards: Shards) -> None:
            with shards.session("acme") as session:
                session.execute(query)

        kinds = (plain, lambda: on(one), lambda: on(many))
        best = [float("inf")] * len(kinds)
        for _ in range(4):  # in turn, so that a busy moment hits all alike
            for place, kind in enumerate(kinds):
                best[place] = min(best[place], 1e6 / per_second(kind, _SESSIONS // 4))
    return best[0], best[1], best[2]


def moves(urls: dict[str, str]) -> tuple[float, float, float, float]:
    """Return rows a second of a move under writes, of a bare copy, p99 and longest write in ms."""
    import psycopg
    from sqlalchemy import text

    from outgrow_kit import Secret
    from outgrow_kit.settings import DatabaseSettings, Shard, ShardSettings
    from outgrow_kit.shards import Shards

    table = (
        "create table items (id bigint primary key, organization_id text not null, body text,"
        " made timestamptz default now())"
    )
    for url in urls.values():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(table)
    with psycopg.connect(urls["db"], autocommit=True) as connection:
        connection.execute(
            "insert into items select n, 'acme', repeat('x', 100) from generate_series(1, %s) n",
            (_MOVED_ROWS,),
        )
    bare = _bare_copy(urls)
    settings = DatabaseSettings(
        url=Secret(urls["db"]),
        shards=ShardSettings(
            by="organization_id", logical=64,
            databases=tuple(Shard(name=name, url=Secret(url)) for name, url in urls.items()),
        ),
    )  # fmt: skip
    seconds: list[float] = []
    over = threading.Event()

    def write(shards: Shards) -> None:
        statement = text("insert into items values (:id, 'acme', 'new')")
        while not over.wait(0.005):
            number, began = shards.new_id("acme"), time.perf_counter()
            with shards.session("acme") as session:
                session.execute(statement, {"id": number})
            seconds.append(time.perf_counter() - began)

    with Shards(settings) as shards, tempfile.TemporaryDirectory() as folder:
        shards.prepare()
        (Path(folder) / "outgrow.yaml").write_text(_STRATEGY)
        writers = [threading.Thread(target=write, args=(shards,)) for _ in range(2)]
        for one in writers:
            one.start()
        began = time.perf_counter()
        moved = subprocess.run(
            [sys.executable, "-m", "outgrow", "shards", "move", "acme", "--to", "db-two", "--yes",
             "--strategy", str(Path(folder) / "outgrow.yaml")],
            env={**os.environ, "PYTHONPATH": str(_ROOT / "src"), "DATABASE_URL": urls["db"],
                 "DB_TWO_URL": urls["db-two"]},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        took = time.perf_counter() - began
        over.set()
        for one in writers:
            one.join()
    if moved.returncode:
        raise RuntimeError(moved.stderr)
    ordered = sorted(seconds)
    p99 = ordered[len(ordered) * 99 // 100]
    return _MOVED_ROWS / took, bare, p99 * 1000, ordered[-1] * 1000


def _bare_copy(urls: dict[str, str]) -> float:
    import psycopg

    began = time.perf_counter()
    with psycopg.connect(urls["db"]) as source, psycopg.connect(urls["db-two"]) as target:
        with (
            source.cursor().copy("copy items to stdout") as reading,
            target.cursor().copy("copy items from stdin") as writing,
        ):
            for block in reading:
                writing.write(block)
        took = time.perf_counter() - began
        target.rollback()
    return _MOVED_ROWS / took


def main() -> None:
    """Print the table."""
    sys.path[:0] = [str(_ROOT), str(_ROOT / "kit" / "src")]
    from tests.engines.postgres import postgres_server

    spread, one, random_ones = ids()
    with postgres_server() as first, postgres_server() as second:
        plain, alone, sharded = sessions(first.database("sessions"))
        urls = {"db": first.database("moves"), "db-two": second.database("moves")}
        rows, bare, p99, longest = moves(urls)
    print("| Shards | figure | beside |")
    print("| --- | --- | --- |")
    print(f"| ids, over many shards | {spread:,.0f}/s | uuid4: {random_ones:,.0f}/s |")
    print(f"| ids, for one shard for long | {one:,.0f}/s | 16,000/s is the limit after a burst |")
    print(f"| a transaction, one database | {alone:.0f} us | `Database`: {plain:.0f} us |")
    print(f"| a transaction, with the gate | {sharded:.0f} us | `Database`: {plain:.0f} us |")
    print(
        f"| moving {_MOVED_ROWS:,} rows under writes, verified | {rows:,.0f} rows/s |"
        f" bare COPY: {bare:,.0f} rows/s |"
    )
    print(f"| writes of the moved key, all of the move | p99 {p99:.0f} ms | |")
    print(f"| the longest of them, with the fence | {longest:.0f} ms | |")


if __name__ == "__main__":
    main()
