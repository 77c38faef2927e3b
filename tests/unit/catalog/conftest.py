"""The packaged catalogue, and no overlay but a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from outgrow.catalog.load import Catalog, load_catalog
from outgrow.operations.overlay import OVERLAY_VARIABLE


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The packaged catalogue: these tests are about its data."""
    return load_catalog()


@pytest.fixture(autouse=True)
def no_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have refreshed prices of their own."""
    monkeypatch.setenv(OVERLAY_VARIABLE, str(tmp_path / "none.csv"))
