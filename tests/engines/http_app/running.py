"""The small application of the deploys' tests, as a process and as an image."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.engines.docker_engine import DockerEngine, base_image
from tests.engines.processes import running
from tests.tools import said

APP = Path(__file__).parent / "app.py"


@contextmanager
def running_app(
    folder: Path, port: int, version: str, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `version` on a port of the loopback address until the block ends."""
    environment = {"PORT": str(port), "VERSION": version, **variables}
    command = [sys.executable, str(APP)]
    with running(command, folder, lambda: status(port, "/healthz") is not None, environment) as it:
        yield it


def app_image(engine: DockerEngine, tag: str, version: str, **variables: str) -> str:
    """Make the image `tag` with `version` in `engine`; return its id."""
    base = base_image(engine)
    settings = {"HOST": "0.0.0.0", "PORT": "8080", "VERSION": version, **variables}
    lines = (
        f"FROM {base}",
        "COPY app.py /app.py",
        *(f"ENV {name}={value}" for name, value in settings.items()),
        'CMD ["python3", "/app.py"]',
    )
    with tempfile.TemporaryDirectory(prefix="og-image-") as name:
        context = Path(name)
        (context / "app.py").write_text(APP.read_text())
        (context / "Dockerfile").write_text("\n".join(lines) + "\n")
        built = engine.docker("build", "--tag", tag, context)
    assert built.returncode == 0, said(built)
    return engine.docker("image", "inspect", "--format", "{{.Id}}", tag).stdout.strip()


def status(port: int, path: str) -> int | None:
    """Return the status of an answer; None when there is none."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=1).status_code
    except httpx.HTTPError:
        return None
