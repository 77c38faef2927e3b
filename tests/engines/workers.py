"""Applications of a test, each in a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
from tests.engines.processes import answers, free_port, running


@contextmanager
def workers(
    count: int, application: str, logs: Path, environment: Mapping[str, str]
) -> Iterator[list[httpx.Client]]:
    """Yield a client for each of `count` processes that serve `folder/module.py:app`."""
    path, _, name = application.rpartition(":")
    module = Path(path)
    settings = {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            port = free_port()
            command = [
                sys.executable, "-m", "uvicorn", f"{module.stem}:{name}",
                "--app-dir", str(module.parent), "--host", "127.0.0.1", "--port", str(port),
                "--no-proxy-headers", "--log-level", "warning",
            ]  # fmt: skip
            stack.enter_context(running(command, logs, partial(answers, port), settings))
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
            clients.append(stack.enter_context(client))
        yield clients
