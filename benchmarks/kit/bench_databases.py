"""What a session of the kit costs beside a bare session of SQLAlchemy on the same engine."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from tests.engines.pgbouncer import pgbouncer
from tests.engines.postgres import PostgresServer, postgres_server, replica_of
from tests.engines.replication import wait_until_replayed

from outgrow_kit import AsyncDatabase, Database, Secret
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Replica

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2000"))
_BATCH = 50
QUERY = text("select 1")
INSERT = text("insert into notes (body) values ('x')")


class Table:
    """Calls that take turns in short batches, so that a slow moment of the machine is shared."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}
        self.work: dict[str, list[float]] = {}

    def measure(self, calls: dict[str, Callable[[], object]]) -> None:
        """Measure each call."""
        for call in calls.values():
            for _ in range(_BATCH):
                call()
        for _ in range(ROUNDS // _BATCH):
            for name, call in calls.items():
                taken, worked = self.taken.setdefault(name, []), time.process_time_ns()
                for _ in range(_BATCH):
                    began = time.perf_counter_ns()
                    call()
                    taken.append((time.perf_counter_ns() - began) / 1000)
                self._worked(name, worked)

    async def measure_async(self, calls: dict[str, Callable[[], Awaitable[object]]]) -> None:
        """Measure each call, awaited."""
        for call in calls.values():
            for _ in range(_BATCH):
                await call()
        for _ in range(ROUNDS // _BATCH):
            for name, call in calls.items():
                taken, worked = self.taken.setdefault(name, []), time.process_time_ns()
                for _ in range(_BATCH):
                    began = time.perf_counter_ns()
                    await call()
                    taken.append((time.perf_counter_ns() - began) / 1000)
                self._worked(name, worked)

    def _worked(self, name: str, since_ns: int) -> None:
        each = (time.process_time_ns() - since_ns) / 1000 / _BATCH
        self.work.setdefault(name, []).append(each)

    def lines(self, base: str) -> list[str]:
        """Return the rows of the table; `base` is what the others are compared with."""
        bare = statistics.median(self.work[base])
        found = []
        for name, taken in self.taken.items():
            cuts, work = statistics.quantiles(taken, n=100), statistics.median(self.work[name])
            more = f"{work - bare:+.0f}" if name != base else ""
            found.append(f"| {name} | {cuts[49]:.0f} | {cuts[98]:.0f} | {work:.0f} | {more} |")
        return found


def settings(primary: str, *copies: PostgresServer, pooler: str = "none") -> DatabaseSettings:
    """Return what a phase with these servers says."""
    return DatabaseSettings(
        url=Secret(primary),
        pool=PoolSettings(pooler=pooler),  # type: ignore[arg-type]
        replicas=tuple(
            Replica(name=f"r{n}", url=Secret(one.url())) for n, one in enumerate(copies)
        ),
        allowed_lag_seconds=60,
    )


def reading(database: Database) -> Callable[[], object]:
    """Return a call that reads once."""

    def read() -> object:
        with database.read() as session:
            return session.execute(QUERY).scalar()

    return read


def writing(database: Database) -> Callable[[], object]:
    """Return a call that writes once."""

    def write() -> None:
        with database.write() as session:
            session.execute(INSERT)

    return write


def main() -> None:
    """Print the sections."""
    with ExitStack() as stack:
        primary = stack.enter_context(postgres_server("synchronous_commit=off"))
        primary.run("create table notes (id bigint generated always as identity, body text)")
        copies = [stack.enter_context(replica_of(primary)) for _ in range(2)]
        wait_until_replayed(primary, *copies)
        pooler = stack.enter_context(pgbouncer(primary, pool_size=5))
        print(
            "## Databases: one session with one `select 1`\n\n"
            "PostgreSQL on loopback, so the network costs nothing: what stays is the work of the "
            "client and the messages. Every session is one checkout, `BEGIN`, the query and "
            "`ROLLBACK`; a copy is asked for its position in the message that begins. CPU is the "
            "work of this process; what runs beside it disturbs that less.\n"
        )
        for title, lines in (
            ("threads", threads(stack, primary, copies, pooler.url())),
            ("asyncio", asyncio.run(tasks(primary, copies))),
        ):
            print(f"| {title} | p50 us | p99 us | CPU us | more than bare |")
            print("| --- | ---: | ---: | ---: | ---: |")
            print("\n".join(lines) + "\n")


def threads(
    stack: ExitStack, primary: PostgresServer, copies: list[PostgresServer], pooled: str
) -> list[str]:
    """Return the rows for threads."""
    bare = create_engine(primary.url().replace("://", "+psycopg://"), pool_pre_ping=False)
    pinged = create_engine(primary.url().replace("://", "+psycopg://"), pool_pre_ping=True)
    stack.callback(bare.dispose)
    stack.callback(pinged.dispose)

    def with_engine(engine: object) -> Callable[[], object]:
        def read() -> object:
            with Session(engine) as session:  # type: ignore[arg-type]
                return session.execute(QUERY).scalar()

        return read

    def written() -> None:
        with Session(bare) as session:
            session.execute(INSERT)
            session.commit()

    def database(*of: PostgresServer, url: str = "", pooler: str = "none") -> Database:
        asked = settings(url or primary.url(), *of, pooler=pooler)
        return stack.enter_context(Database(asked, deadline_seconds=5))

    reads, writes = Table(), Table()
    one, two = database(copies[0]), database(*copies)
    reads.measure(
        {
            "SQLAlchemy, bare": with_engine(bare),
            "SQLAlchemy, `pool_pre_ping`": with_engine(pinged),
            "`database.read()`, no replica": reading(database()),
            "`database.read()`, PgBouncer, timeouts set": reading(
                database(url=pooled, pooler="pgbouncer")
            ),
            "`database.read()`, 1 replica": reading(one),
            "`database.read()`, 2 replicas": reading(two),
        }
    )
    writes.measure(
        {
            "SQLAlchemy, bare: insert and commit": written,
            "`database.write()`, no replica": writing(database()),
            "`database.write()`, 2 replicas (asks where the log ends)": writing(two),
        }
    )
    return [
        *reads.lines("SQLAlchemy, bare"),
        *writes.lines("SQLAlchemy, bare: insert and commit"),
    ]


async def tasks(primary: PostgresServer, copies: list[PostgresServer]) -> list[str]:
    """Return the rows for asyncio."""
    bare = create_async_engine(primary.url().replace("://", "+psycopg://"))
    databases = [
        AsyncDatabase(settings(primary.url(), *copies[:count]), deadline_seconds=5)
        for count in (0, 1, 2)
    ]

    async def with_engine() -> object:
        async with AsyncSession(bare) as session:
            return (await session.execute(QUERY)).scalar()

    def reading_of(database: AsyncDatabase) -> Callable[[], Awaitable[object]]:
        async def read() -> object:
            async with database.read() as session:
                return (await session.execute(QUERY)).scalar()

        return read

    table = Table()
    names = ("no replica", "1 replica", "2 replicas")
    await table.measure_async(
        {
            "SQLAlchemy, bare": with_engine,
            **{
                f"`database.read()`, {name}": reading_of(one)
                for name, one in zip(names, databases, strict=True)
            },
        }
    )
    for one in databases:
        await one.close()
    await bare.dispose()
    return table.lines("SQLAlchemy, bare")


if __name__ == "__main__":
    main()
