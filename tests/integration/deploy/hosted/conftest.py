"""A stub of a host, keys that no output may hold, and time that passes at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr
from tests.integration.deploy.hosted.stub_host import StubHost, stub_host

from outgrow.deploy.values import Version

TOKEN = SecretStr("planted-token-51cd")
COMMIT = "ab" * 20
IMAGE = "ghcr.io/shop/api@sha256:" + "1" * 64
OF_COMMIT = Version("vnew", f"git:{COMMIT}", "v2")
OF_IMAGE = Version("vnew", IMAGE, "v2")


@dataclass
class Pause:
    """Waits are noted, and over."""

    waited: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return sum(self.waited)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def pause() -> Pause:
    """Time of the test."""
    return Pause()


@pytest.fixture
def stub() -> Iterator[StubHost]:
    """A host that knows nothing yet."""
    with stub_host() as found:
        yield found
