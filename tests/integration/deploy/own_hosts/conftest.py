from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.own_hosts import OwnSite, own_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[OwnSite]:
    with own_site(tmp_path) as found:
        yield found
