"""Other processes of an application that share one cache, and the truth they read and write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engines.processes import free_port

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[3]


@dataclass
class Worker:
    """A process that runs `worker.py`; one line of JSON asks, one answers."""

    process: subprocess.Popen[str]

    def ask(self, **question: object) -> object:
        """Return the answer to a question, and wait for it."""
        self.send(**question)
        return self.answer()

    def send(self, **question: object) -> None:
        """Ask without waiting."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def answer(self) -> object:
        """Return the answer to what was sent."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the worker ended with {self.process.wait(5)}"
        return json.loads(line)


@contextmanager
def workers(
    count: int, settings: Mapping[str, object], seconds: float = 60
) -> Iterator[list[Worker]]:
    """Yield processes whose caches have these settings; they end with the block."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_ROOT / "kit" / "src"), str(_ROOT)]),
        "CACHE": json.dumps(settings),
    }
    with ExitStack() as stack:
        started = []
        for _ in range(count):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(_HERE / "worker.py")],
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            watchdog = threading.Timer(seconds, process.kill)
            watchdog.start()
            stack.callback(watchdog.cancel)
            stack.callback(process.kill)
            started.append(Worker(process))
        for one in started:
            assert one.answer() == "ready"
        yield started


def unused_url() -> str:
    """Return an address of loopback at which nothing listens."""
    return f"redis://127.0.0.1:{free_port()}/0"
