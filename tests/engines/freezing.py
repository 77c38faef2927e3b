"""Let a server with all its processes hang: connections stay open, nothing is answered."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def frozen(process: subprocess.Popen[bytes] | None) -> Iterator[None]:
    """Stop `process` and its children for the length of the block.

    PostgreSQL's backends are each a group of their own, so they are stopped one by one.
    """
    assert process is not None
    stopped = [process.pid]
    os.kill(process.pid, signal.SIGSTOP)  # first, so that it starts no further ones
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in map(int, children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGSTOP)
            stopped.append(child)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
