"""The sample application in a phase: servers of the test, and the environment outgrow makes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from tests.commands import REPOSITORY, clean_environment
from tests.engines.pgbouncer import pgbouncer
from tests.engines.postgres import PostgresServer, postgres_server, replica_of
from tests.engines.processes import answers, free_port, running
from tests.engines.redis import redis_server
from tests.engines.replication import wait_until_replayed
from tests.tools import said

EXAMPLE = REPOSITORY / "examples" / "app"
BACKEND = EXAMPLE / "backend"
_WORKERS = 2
# What a container keeps on a volume; in a test it is a folder of the test.
_VOLUME = "/var/lib/projects"


@dataclass(frozen=True)
class World:
    """A phase with its servers; `addresses` are the variables that a person would set."""

    phase: str
    environment: str
    folder: Path
    primary: PostgresServer
    addresses: Mapping[str, str]
    replicas: tuple[PostgresServer, ...] = ()
    shards: tuple[str, ...] = ()

    def variables(self) -> dict[str, str]:
        """Return what is set before outgrow adds what the strategy says."""
        paths = (REPOSITORY / "src", REPOSITORY / "kit" / "src", BACKEND)
        return clean_environment(self.folder, **self.addresses) | {
            "PYTHONPATH": os.pathsep.join(map(str, paths))
        }

    def command(self, *words: str) -> list[str]:
        """Return a command that runs `words` as a component of this phase is started."""
        return [
            sys.executable, "-m", "outgrow", "env", "exec",
            "--strategy", str(self.folder / "outgrow.yaml"),
            "--environment", self.environment, "--component", "api", "--", *words,
        ]  # fmt: skip

    def run(self, *words: str, **changed: str) -> str:
        """Run a program of the backend to its end and return what it printed."""
        done = subprocess.run(
            self.command(sys.executable, *words),
            cwd=BACKEND, env=self.variables() | changed, text=True, capture_output=True,
            timeout=90, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, said(done)
        return done.stdout

    def outgrow(self, *words: str) -> str:
        """Run `outgrow` and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "outgrow", *words],
            cwd=self.folder, env=self.variables(), text=True, capture_output=True,
            timeout=90, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, said(done)
        return done.stdout

    @contextmanager
    def served(self) -> Iterator[tuple[str, int]]:
        """Yield the address of the application, in several processes, and who supervises them."""
        port = free_port()
        command = self.command(
            sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(port),
            "--no-proxy-headers", "--log-level", "warning",
        )  # fmt: skip
        ready = partial(_is_ready, port)
        with running(command, self.folder, ready, self.variables()) as process:
            yield f"http://127.0.0.1:{port}", process.pid


def _is_ready(port: int) -> bool:
    if not answers(port):
        return False
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def workers_of(pid: int) -> int:
    """Return how many workers a supervisor of uvicorn has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = [Path(f"/proc/{one}/cmdline").read_bytes() for one in children]
    return sum(b"multiprocessing.spawn" in one for one in commands)


@contextmanager
def one_postgres(folder: Path) -> Iterator[World]:
    """Yield the first phase: one PostgreSQL and nothing else."""
    with postgres_server() as server:
        addresses = {"DATABASE_URL": server.database("projects")}
        world = World("start", "development", _prepared(folder), server, addresses)
        _migrated(world, "projects")
        yield world


@contextmanager
def everything(folder: Path) -> Iterator[tuple[World, World]]:
    """Yield the second and the third phase: Redis, PgBouncer, two replicas, then shards too.

    They share their servers, and each has databases of its own.
    """
    with ExitStack() as stack:
        primary = stack.enter_context(postgres_server())
        pooler = stack.enter_context(pgbouncer(primary, pool_size=20))
        cache = stack.enter_context(redis_server())
        primary.database("growth")
        replicas = tuple(stack.enter_context(replica_of(primary)) for _ in range(2))

        def world(phase: str, *shards: str) -> World:
            addresses = {
                "DATABASE_URL": pooler.url(phase),
                "REDIS_URL": cache.url,
                **{
                    f"DATABASE_REPLICA_{number}_URL": one.url(phase)
                    for number, one in enumerate(replicas, 1)
                },
            }
            if shards:
                addresses["DB_TWO_URL"] = pooler.url(shards[0])
            prepared = _prepared(folder / phase)
            return World(
                phase, f"{phase}-trial", prepared, primary, addresses, replicas, (phase, *shards)
            )

        growth, scale = world("growth"), world("scale", "scale_two")
        _migrated(growth, "growth")
        _partitioned(growth, "growth")
        for name in scale.shards:
            primary.run(f"create database {name} template growth")
        scale.run("-m", "app.spread")
        wait_until_replayed(primary, *replicas)
        yield growth, scale


def _prepared(folder: Path) -> Path:
    """Return the folder with the strategy, whose volume is a folder of the test."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (EXAMPLE / "outgrow.yaml").read_text("utf-8")
    assert _VOLUME in text
    (folder / "outgrow.yaml").write_text(text.replace(_VOLUME, str(folder / "volume")), "utf-8")
    return folder


def _migrated(world: World, database: str) -> None:
    world.run("-m", "alembic", "upgrade", "head", DATABASE_URL=world.primary.url(database))


def _partitioned(world: World, database: str) -> None:
    """Split the events by month, as the strategy says of this phase."""
    address = world.folder / "address"
    address.write_text(world.primary.url(database))
    strategy = str(world.folder / "outgrow.yaml")
    world.outgrow(
        "partitions", "apply", strategy, "--phase", world.phase,
        "--database", f"file:{address}", "--accept-loss", "all", "--yes",
    )  # fmt: skip
    parts = "select count(*) from pg_inherits where inhparent = 'events'::regclass"
    assert int(str(world.primary.value(parts, database))) > 1
