"""Both databases that the state may lie in, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.engines.postgres import PostgresServer, postgres_server

from outgrow.store.store import Store, open_store


@dataclass
class Hands:
    """A clock that stands until it is moved."""

    moment: datetime = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / ".outgrow" / "state.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database(f"state_{uuid4().hex}")


@pytest.fixture
def store(place: Path | str, clock: Hands) -> Iterator[Store]:
    with open_store(place, clock.now) as opened:
        yield opened
