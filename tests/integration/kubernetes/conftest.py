"""A cluster for each way to deploy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.kubernetes.cluster import World, world_of


@pytest.fixture
def rolling(tmp_path: Path) -> Iterator[World]:
    """A Deployment that rolls."""
    with world_of("rolling", tmp_path) as world:
        yield world


@pytest.fixture
def blue_green(tmp_path: Path) -> Iterator[World]:
    """Two slots behind a Service."""
    with world_of("blue_green", tmp_path) as world:
        yield world


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[World]:
    """Two slots behind a route of a Gateway."""
    with world_of("canary", tmp_path) as world:
        yield world
