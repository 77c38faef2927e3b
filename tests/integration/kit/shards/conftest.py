"""Three servers: the main one, which holds shards too, and two more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.engines.postgres import postgres_server
from tests.integration.kit.shards.sharded import Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(
            {
                name: stack.enter_context(postgres_server("max_connections=60"))
                for name in ("main", "second", "third")
            }
        )


@pytest.fixture
def urls(servers: Servers) -> dict[str, str]:
    return servers.databases()
