"""A real PostgreSQL with a table like one that an application has outgrown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.engines.postgres import PostgresServer, postgres_server
from tests.integration.partitions.workplace import Workplace


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server("max_prepared_transactions=10") as running:
        yield running


@pytest.fixture
def work(server: PostgresServer, tmp_path: Path) -> Workplace:
    """An empty database of its own, and a folder for the state and the archive."""
    name = f"work_{uuid4().hex}"
    return Workplace(server.database(name), tmp_path)
