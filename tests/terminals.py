"""Runs `outgrow` on a pseudo-terminal: what it prints there, and what a person types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.commands import clean_environment

_PATIENCE_SECONDS = 40


class Terminal:
    """A program on a pseudo-terminal: what it prints so far, and keys for it."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process, self.seen = process, ""
        self._end = end

    def wait_for(self, text: str) -> None:
        """Read until `text` was printed."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while text not in self.seen:
            if not self._read(until):
                raise AssertionError(f"{text!r} was not printed, but: {self.seen}")

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._end, keys.encode())

    def finish(self) -> int:
        """Read to the end; return the exit code."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._read(until):
            pass
        return self.process.wait(timeout=_PATIENCE_SECONDS)

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], max(until - time.monotonic(), 0))
        try:
            piece = os.read(self._end, 4096) if ready else b""
        except OSError:  # the other end is closed
            piece = b""
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)


@contextmanager
def terminal(*arguments: str, home: Path, **environment: str) -> Iterator[Terminal]:
    """Run `outgrow` on a pseudo-terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "outgrow", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=clean_environment(home) | {"TERM": "xterm"} | environment,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=_PATIENCE_SECONDS)
        os.close(ours)
