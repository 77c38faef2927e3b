"""Two servers for all tests of moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engines.postgres import PostgresServer, postgres_server
from tests.integration.shards.moving import Shop, make_shop


@pytest.fixture(scope="session")
def pair() -> Iterator[tuple[PostgresServer, PostgresServer]]:
    with ExitStack() as stack:
        yield (
            stack.enter_context(postgres_server("max_connections=60")),
            stack.enter_context(postgres_server("max_connections=60")),
        )


@pytest.fixture
def shop(pair: tuple[PostgresServer, PostgresServer], tmp_path: Path) -> Shop:
    return make_shop(*pair, tmp_path)
