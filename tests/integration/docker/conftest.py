"""One Docker engine for all tests of this folder, and the sample application beside them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.docker_engine import BASE_IMAGE, DockerEngine, docker_engine
from tests.engines.stand_in_images import stand_in_image

# Images that the sample application runs on, made of Debian's packages.
_IMAGES = ("postgres:15-bookworm", "redis:7-bookworm", "nginxinc/nginx-unprivileged:1.28-alpine")


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerEngine]:
    """A Docker engine with stand-ins for the images that no registry gives us here."""
    with docker_engine() as found:
        for image in _IMAGES:
            stand_in_image(found, image)
        yield found


@pytest.fixture
def sample(tmp_path: Path, repository: Path) -> Path:
    """A copy of the sample application whose builds may reach the machine's package index."""
    folder = tmp_path / "sample-app"
    shutil.copytree(repository / "examples" / "sample-app", folder)
    return folder


@pytest.fixture
def local_images(tmp_path: Path) -> list[str]:
    """Flags of `outgrow up` that build on our own base image, on the network of the machine."""
    services = ("api", "api-migrate", "worker")
    lines = "".join(f"  {name}: {{build: {{network: host}}}}\n" for name in services)
    overlay = tmp_path / "network.yaml"
    overlay.write_text(f"services:\n{lines}")
    return ["--file", str(overlay), "--value", f"PYTHON_IMAGE={BASE_IMAGE}"]
