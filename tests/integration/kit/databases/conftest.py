"""A primary with two copies that follow it, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.engines.postgres import PostgresServer, postgres_server, replica_of
from tests.engines.replication import wait_until_replayed

from outgrow_kit import Secret
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Replica

# Far more than a copy on loopback needs, also while other tests run beside.
PATIENT = {"wait_seconds": 5.0, "deadline_seconds": 5.0}


@dataclass(frozen=True)
class Cluster:
    """The servers, and the settings that an application has of them."""

    primary: PostgresServer
    replicas: tuple[PostgresServer, ...]

    def settings(self, lag_seconds: float = 60.0, **changes: object) -> DatabaseSettings:
        found = DatabaseSettings(
            url=Secret(self.primary.url()),
            pool=PoolSettings(maximum=4, timeout_seconds=2),
            replicas=tuple(
                Replica(name=f"r{place}", url=Secret(one.url()))
                for place, one in enumerate(self.replicas)
            ),
            allowed_lag_seconds=lag_seconds,
        )
        return replace(found, **changes)  # type: ignore[arg-type]

    def who(self, session: Session) -> str:
        """Return the name of the server that answers a session."""
        port = session.execute(text("select inet_server_port()")).scalar()
        return self.named(port)

    def named(self, port: object) -> str:
        return {one.port: f"r{n}" for n, one in enumerate(self.replicas)}.get(port, "primary")  # type: ignore[call-overload,no-any-return]

    def settle(self) -> None:
        """Wait until the copies have everything."""
        wait_until_replayed(self.primary, *self.replicas)


@pytest.fixture(scope="module")
def make_cluster() -> Iterator[Callable[..., Cluster]]:
    with ExitStack() as stack:

        def make(copies: int = 2, *settings: str) -> Cluster:
            primary = stack.enter_context(postgres_server(*settings))
            found = Cluster(
                primary,
                tuple(stack.enter_context(replica_of(primary)) for _ in range(copies)),
            )
            primary.run("create table notes (id bigint generated always as identity, body text)")
            found.settle()
            return found

        yield make


@pytest.fixture(scope="module")
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    return make_cluster()
