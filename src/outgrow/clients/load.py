"""Starts the process of a load, ends it, and reads what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import outgrow
from outgrow.deploy.load_plan import LoadPlan
from outgrow.deploy.proof import Sample
from outgrow.errors import OutsideError

_ENDING_SECONDS = 10.0  # beyond the longest that a request may take


class RunningLoad:
    """A load that is being sent; `began_seconds` is on the clock of `clients.clock`."""

    def __init__(
        self, plan: LoadPlan, process: subprocess.Popen[str], began_seconds: float
    ) -> None:
        self._plan = plan
        self._process = process
        self.began_seconds = began_seconds

    def end(self) -> list[Sample]:
        """Send nothing more, wait for what was sent, and return every sample in order.

        Raises OutsideError when the process of the load is lost.
        """
        try:
            text, _ = self._process.communicate(
                timeout=self._plan.timeout_seconds + _ENDING_SECONDS
            )
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise _lost() from None
        return self._samples(text)

    def finished(self) -> list[Sample]:
        """Let it send all that it has planned, and return every sample in order."""
        assert self._process.stdout is not None
        return self._samples(self._process.stdout.read())

    def _samples(self, text: str) -> list[Sample]:
        if self._process.wait(_ENDING_SECONDS):
            raise _lost()
        samples = [Sample(*json.loads(line)) for line in text.splitlines()]
        return sorted(samples, key=lambda one: one.number)


@contextmanager
def running_load(plan: LoadPlan) -> Iterator[RunningLoad]:
    """Give a load that has begun; whatever happens, none runs after the block.

    Raises OutsideError when the server takes no connection, or answers with an error already.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "outgrow.clients.load_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(),
        start_new_session=True,  # Ctrl-C ends the deploy first; the load ends with it
    )
    try:
        yield RunningLoad(plan, process, _begin(plan, process))
    finally:
        _end(process)


def _environment() -> dict[str, str]:
    """Return an environment in which Python finds this outgrow, wherever it was started from."""
    home = str(Path(outgrow.__file__).parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _begin(plan: LoadPlan, process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(asdict(plan)) + "\n")
        process.stdin.flush()
    told = process.stdout.readline()
    if not told:
        raise _lost()
    message = json.loads(told)
    if "began" not in message:
        raise OutsideError(
            f"nothing answers well at {plan.address}:{plan.port} ({message['refused']}), so a load "
            "would prove nothing",
            "Put a version there that answers, or deploy without --prove.",
        )
    return float(message["began"])


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    with suppress(BrokenPipeError, ValueError):
        process.communicate()


def _lost() -> OutsideError:
    return OutsideError(
        "the process of the load ended without telling what it found",
        "Run it again; the machine may have been out of memory.",
    )
