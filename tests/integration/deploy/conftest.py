"""One Docker engine for the deploys of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.engines.docker_engine import DockerEngine, docker_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """A Docker engine, the machine's own or one that ends with the tests."""
    with docker_engine() as found:
        yield found
