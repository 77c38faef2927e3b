"""Items of every service, made from the models themselves, and the catalogue to price with."""

from __future__ import annotations

import pytest

from outgrow.catalog.load import Catalog, load_catalog


@pytest.fixture(scope="session")
def book() -> Catalog:
    """The packaged catalogue."""
    return load_catalog()
