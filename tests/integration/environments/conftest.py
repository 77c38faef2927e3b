"""A shop whose endpoints answer, for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.credential_endpoint import credential_endpoint
from tests.integration.environments.shops import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with good values; the endpoints take the key of their own environment alone."""
    folder = tmp_path / "shop"
    folder.mkdir()
    with (
        credential_endpoint("planted-own-key") as own,
        credential_endpoint("planted-cloud-key") as cloud,
    ):
        one = Shop(folder, own, cloud)
        one.write()
        yield one
