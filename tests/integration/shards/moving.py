"""Two servers with organisations in the first, a strategy about them, and writers on the kit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import text
from tests.engines.postgres import PostgresServer

from outgrow_kit import Secret
from outgrow_kit.databases import within
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Shard, ShardSettings
from outgrow_kit.shards import Shards

ROOT = Path(__file__).parents[3]
LOGICAL = 16
TABLES = (
    """create table projects (
        id bigint primary key, organization_id text not null, name text not null,
        made timestamptz not null default now(), tags text[], budget numeric(12, 2), extra jsonb,
        upper_name text generated always as (upper(name)) stored,
        unique (organization_id, name))""",
    """create table tasks (
        organization_id text not null, project_id bigint not null references projects,
        number integer not null, body text, after_number integer,
        primary key (project_id, number),
        foreign key (project_id, after_number) references tasks (project_id, number))""",
    """create table hits (
        id bigint generated always as identity primary key,
        organization_id text not null, at double precision not null)""",
)
STRATEGY = """
outgrow: 1
name: shop
components:
  db: {kind: postgres}
  db-two: {kind: postgres}
phases: {now: {}}
data_growth:
  sharding:
    - {component: db, by: [organization_id], logical: 16, databases: [db, db-two]}
"""


@dataclass
class Shop:
    """The databases by name, and the folder with the strategy and the journal."""

    urls: dict[str, str]
    folder: Path

    def settings(self) -> DatabaseSettings:
        return DatabaseSettings(
            url=Secret(self.urls["db"]),
            pool=PoolSettings(maximum=6, timeout_seconds=5),
            shards=ShardSettings(
                by="organization_id",
                logical=LOGICAL,
                databases=tuple(Shard(name=n, url=Secret(u)) for n, u in self.urls.items()),
            ),
        )

    def command(self, *arguments: str, kill_at: int | None = None) -> list[str]:
        started = (
            [sys.executable, "-m", "outgrow"]
            if kill_at is None
            else [sys.executable, "-m", "tests.integration.shards.mover_process", str(kill_at)]
        )
        path = str(self.folder / "outgrow.yaml")
        return [*started, "shards", *arguments, "--strategy", path]

    def run(self, *arguments: str, kill_at: int | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments, kill_at=kill_at),
            capture_output=True, text=True, timeout=120, cwd=ROOT, env=self.environment(),
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DATABASE_URL": self.urls["db"],
            "DB_TWO_URL": self.urls["db-two"],
        }

    def json(self, *arguments: str) -> object:
        ran = self.run(*arguments, "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)["result"]

    def rows(self, name: str, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.urls[name], autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def content(self, name: str, key: str) -> list[list[tuple[object, ...]]]:
        return [
            self.rows(
                name, f"select * from {table} where organization_id = %s order by 1, 2, 3", key
            )
            for table in ("projects", "tasks", "hits")
        ]


def make_shop(first: PostgresServer, second: PostgresServer, folder: Path) -> Shop:
    """Return a shop on new databases with three organisations, all in the first."""
    name = f"shop_{uuid4().hex}"
    shop = Shop({"db": first.database(name), "db-two": second.database(name)}, folder)
    (folder / "outgrow.yaml").write_text(STRATEGY)
    for database in shop.urls:
        for table in TABLES:
            shop.rows(database, table)
    for number, key in enumerate(("acme", "beta", "gamma")):
        shop.rows(
            "db",
            f"insert into projects (id, organization_id, name, tags, budget, extra) select {number}"
            f" * 100000 + n, '{key}', 'p' || n, array['a', null, 'c,\"d'], n * 1.5,"
            " '{\"x\": [1]}'"
            " from generate_series(1, 120) as n",
        )
        shop.rows(
            "db",
            f"insert into tasks select '{key}', {number} * 100000 + p, n, repeat('é', n),"
            " nullif(n, 1) - 1 from generate_series(1, 120) as p, generate_series(1, 5) as n",
        )
    return shop


@dataclass
class Writers:
    """Threads that write for an organisation through the kit, and what was committed."""

    shop: Shop
    keys: tuple[str, ...] = ("acme", "beta")
    committed: dict[int, tuple[str, str] | None] = field(default_factory=dict)
    seconds: list[tuple[str, float]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    hits: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def running(self, threads: int = 3) -> Iterator[None]:
        over = threading.Event()
        with Shards(self.shop.settings(), ttl_seconds=3600) as shards:
            shards.prepare()
            workers = [
                threading.Thread(target=self._write, args=(shards, number, over))
                for number in range(threads)
            ]
            for worker in workers:
                worker.start()
            try:
                yield
            finally:
                over.set()
                for worker in workers:
                    worker.join(30)

    def _write(self, shards: Shards, number: int, over: threading.Event) -> None:
        turn, mine = 0, []
        while not over.wait(0.004):
            turn += 1
            key = self.keys[turn % len(self.keys)]
            began = time.monotonic()
            try:
                with within(10):
                    self._turn(shards, key, number, turn, mine)
            except BaseException as error:
                self.failures.append(error)
                return
            self.seconds.append((key, time.monotonic() - began))

    def _turn(
        self, shards: Shards, key: str, number: int, turn: int, mine: list[tuple[int, str]]
    ) -> None:
        new = shards.new_id(key)
        name = f"w{number}-{turn}"
        changed = next((one for one in mine[-20:] if one[1] == key), None) if turn % 3 else None
        gone = mine.pop(0)[0] if turn % 10 == 0 and mine and mine[0][1] == key else None
        with shards.session(key) as session:
            session.execute(
                text("insert into projects (id, organization_id, name) values (:i, :k, :n)"),
                {"i": new, "k": key, "n": name},
            )
            session.execute(
                text("insert into tasks values (:k, :i, 1, 'one', null)"), {"k": key, "i": new}
            )
            session.execute(
                text("insert into hits (organization_id, at) values (:k, 0.1)"), {"k": key}
            )
            if changed is not None and changed[0] != gone:
                session.execute(
                    text("update projects set name = :n where id = :i"),
                    {"n": f"{name}-changed", "i": changed[0]},
                )
            if gone is not None:
                session.execute(text("delete from tasks where project_id = :i"), {"i": gone})
                session.execute(text("delete from projects where id = :i"), {"i": gone})
        self.committed[new] = (key, name)
        if changed is not None and changed[0] != gone:
            self.committed[changed[0]] = (key, f"{name}-changed")
        if gone is not None:
            self.committed[gone] = None
        mine.append((new, key))
        self.hits[f"{number}-{key}"] = self.hits.get(f"{number}-{key}", 0) + 1

    def check(self, homes: dict[str, str]) -> None:
        """Assert that every committed row is where it belongs, once, and as it was last written."""
        assert not self.failures, self.failures
        for key, home in homes.items():
            if key not in self.keys:
                continue
            found = dict(
                self.shop.rows(
                    home,
                    "select id, name from projects where organization_id = %s and id > 1e9",
                    key,
                )
            )
            wanted = {i: one[1] for i, one in self.committed.items() if one and one[0] == key}
            assert found == wanted
            [(tasks,)] = self.shop.rows(
                home, "select count(*) from tasks where organization_id = %s", key
            )
            assert tasks == 600 + len(wanted)
            hits = sum(count for one, count in self.hits.items() if one.endswith(f"-{key}"))
            assert self.shop.rows(
                home, "select count(*) from hits where organization_id = %s", key
            ) == [(hits,)]
