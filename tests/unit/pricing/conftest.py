"""The packaged catalogue, which every pricing test prices with."""

from __future__ import annotations

import pytest

from outgrow.catalog.load import Catalog, load_catalog


@pytest.fixture(scope="session")
def book() -> Catalog:
    """The packaged catalogue: these tests are about its prices as much as the arithmetic."""
    return load_catalog()
