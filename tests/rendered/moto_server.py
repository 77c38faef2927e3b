"""moto's server: a fake of AWS on this machine that keeps what one creates."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

from tests.tools import tool

_LISTENS = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def moto_server(program: Path | None = None) -> Iterator[str]:
    """Start the server on a free port; give its address; end it afterwards.

    `program` is another one than that of the checkers, whose AWS library is an older one.
    """
    command = [str(program or tool("moto_server")), "-H", "127.0.0.1", "-p", "0"]
    # AWS's own policies are loaded, so that roles can have them attached.
    environment = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stderr is not None
        try:
            yield _address(server.stderr)
        finally:
            server.terminate()


def _address(output: IO[str]) -> str:
    """Return where the server listens; go on reading what it says, so that it never waits."""
    for line in output:
        if found := _LISTENS.search(line):
            Thread(target=output.read, daemon=True).start()
            return found[1]
    raise AssertionError("moto_server ended before it listened")
