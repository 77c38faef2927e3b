"""Random writes and reads over workers and copies that lag at random: nothing stale, ever."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from tests.engines.postgres import PostgresServer, postgres_server, replica_of
from tests.engines.replication import wait_until_replayed
from tests.integration.kit.databases.conftest import Cluster

from outgrow_kit.databases import Database, Position

pytestmark = pytest.mark.xdist_group("kit-databases-soak")

KEYS = 5
WORKERS = 4
STEPS = 500
ALLOWED_LAG_SECONDS = 0.4


@pytest.fixture
def uneven() -> Iterator[Cluster]:
    """A primary, a copy that a test lets lag, and one that is late by its own settings."""
    with ExitStack() as stack:
        primary = stack.enter_context(postgres_server("max_connections=60"))
        primary.run(
            "create table counters (key int primary key, version int not null)",
            f"insert into counters select n, 0 from generate_series(0, {KEYS - 1}) n",
        )
        prompt = stack.enter_context(replica_of(primary))
        late = stack.enter_context(replica_of(primary, "recovery_min_apply_delay=60ms"))
        wait_until_replayed(primary, prompt, late)
        yield Cluster(primary, (prompt, late))


@dataclass
class Known:
    """What a key certainly holds: its version, the token of that write, and since when."""

    version: int = 0
    token: str | None = None
    history: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])


class Clients:
    """What all clients know together; workers share nothing but the tokens kept here."""

    def __init__(self) -> None:
        self.known = [Known() for _ in range(KEYS)]
        self.locks = [threading.Lock() for _ in range(KEYS)]
        self.stale: list[str] = []
        self.answered: Counter[str] = Counter()

    def wrote(self, key: int, version: int, token: str) -> None:
        one = self.known[key]
        one.version, one.token = version, token
        one.history.append((time.monotonic(), version))

    def least(self, key: int, before: float) -> int:
        """Return the version that was committed before a moment."""
        history = list(self.known[key].history)
        return max(version for at, version in history if at <= before)


def work(cluster: Cluster, clients: Clients, seed: int) -> None:
    """Be one worker: a Database of its own, that knows nothing of the others'."""
    chance = random.Random(seed)
    settings = cluster.settings(lag_seconds=ALLOWED_LAG_SECONDS)
    with Database(settings, wait_seconds=0.03, deadline_seconds=5) as database:
        for _ in range(STEPS):
            key = chance.randrange(KEYS)
            if chance.random() < 0.3:
                write(database, clients, key)
            else:
                read(cluster, database, clients, key, with_token=chance.random() < 0.7)


def write(database: Database, clients: Clients, key: int) -> None:
    with clients.locks[key], database.remembering() as seen:
        with database.write() as session:
            version = session.execute(
                text("update counters set version = version + 1 where key = :k returning version"),
                {"k": key},
            ).scalar_one()
        assert seen.position is not None
        clients.wrote(key, version, seen.position.token())


def read(
    cluster: Cluster, database: Database, clients: Clients, key: int, *, with_token: bool
) -> None:
    with clients.locks[key]:
        token, version = clients.known[key].token, clients.known[key].version
    asked_at = time.monotonic()
    least = version if with_token else clients.least(key, asked_at - ALLOWED_LAG_SECONDS)
    after = Position.read(token) if with_token and token else None
    with database.remembering(after), database.read() as session:
        found, port = session.execute(
            text("select version, inet_server_port() from counters where key = :k"), {"k": key}
        ).one()
    clients.answered[cluster.named(port)] += 1
    if found < least:
        clients.stale.append(f"key {key}: {found} of {least} from {cluster.named(port)}")


def disturb(replica: PostgresServer, ended: threading.Event) -> None:
    """Pause and resume the replay at random until the end."""
    chance = random.Random(7)
    while not ended.wait(chance.uniform(0.05, 0.4)):
        replica.run("select pg_wal_replay_pause()")
        ended.wait(chance.uniform(0.05, 0.9))
        replica.run("select pg_wal_replay_resume()")


def test_no_read_is_older_than_its_token_or_than_the_allowed_lag(uneven: Cluster) -> None:
    clients, ended = Clients(), threading.Event()
    errors: list[BaseException] = []
    disturber = threading.Thread(target=disturb, args=(uneven.replicas[0], ended))
    workers = [
        threading.Thread(target=guarded(errors, lambda n=n: work(uneven, clients, n)))  # type: ignore[misc]
        for n in range(WORKERS)
    ]
    disturber.start()
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    ended.set()
    disturber.join(20)
    assert errors == []
    assert clients.stale == []
    assert clients.answered["r0"] + clients.answered["r1"] > 20, "copies did take part"
    assert clients.answered["primary"] > 20, "and were not always good enough"


def guarded(errors: list[BaseException], run: Callable[[], None]) -> Callable[[], None]:
    def guard() -> None:
        try:
            run()
        except BaseException as error:
            errors.append(error)

    return guard
