"""What a person sees while a phase starts on this machine, and what it ended with."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from outgrow.clients.docker import CommandFailed
from outgrow.operations.local_run.bring_up import Outcome
from outgrow.operations.local_run.causes import Cause
from outgrow.operations.local_run.refusals import Refusal, telling
from outgrow.operations.local_run.stages import Progress, Stage
from outgrow.operations.up import Running, UpResult

_MARKS = {
    Stage.WAITING: "·",
    Stage.STARTING: "…",
    Stage.RUNNING: "✓",
    Stage.HEALTHY: "✓",
    Stage.DONE: "✓",
    Stage.FAILED: "✗",
}


class RunReport:
    """Tells on stderr how a start goes: each step, and each service when its stage changes.

    `verbose` shows what Docker prints as well; otherwise only on a terminal, one line of it.
    """

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._terminal = sys.stderr.isatty()
        self._began = time.monotonic()
        self._stages: dict[str, Stage] = {}
        self._shown = False

    def step(self, text: str) -> None:
        """Say that a step begins."""
        self._clear()
        print(f"==> {text}", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        """Say a line of what Docker prints, for as long as it is the last one."""
        if self._verbose:
            print(f"    {text}", file=sys.stderr, flush=True)
        elif self._terminal and text.strip():
            self._clear()
            print(f"    {_printable(text)[:90]}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def progress(self, found: Sequence[Progress]) -> None:
        """Say which services have come further since the last time."""
        for one in found:
            if self._stages.get(one.service) is one.stage:
                continue
            self._stages[one.service] = one.stage
            if one.stage is not Stage.WAITING:
                self._clear()
                seconds = time.monotonic() - self._began
                said = f"  {_MARKS[one.stage]} {one.service:<20} {one.stage:<9} {seconds:6.1f} s"
                print(said, file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr)
            self._shown = False


def print_up(result: UpResult) -> None:
    """Print where each service answers, and what one may do next."""
    for address in result.addresses:
        print(f"{address.service:<20} {address.url}")
    flags = f"--phase {result.phase} --environment {result.environment}"
    print(f"\nAll healthy. `outgrow logs {flags}`, `outgrow down {flags}`.", file=sys.stderr)


def print_running(found: Running) -> None:
    """Print the containers of a phase on this machine, one a line."""
    if not found.containers:
        print(f"{found.project}: no containers. Start them with `outgrow up`.")
        return
    for one in found.containers:
        ports = ", ".join(f"{address}->{port}" for port, address in one.ports.items())
        state = one.health or one.state
        print(f"{one.service:<20} {state:<10} {one.name:<40} {ports}".rstrip())


def print_failed(outcome: Outcome, timeout_seconds: float) -> None:
    """Print why a start failed, cause by cause, to stderr."""
    for cause in outcome.causes:
        _print_cause(cause)
    if outcome.failed_command is not None:
        _print_refused(outcome.failed_command, outcome.refusal)
    if outcome.timed_out:
        late = [one.service for one in outcome.services if one.stage in _NOT_READY]
        print(
            f"\noutgrow: not healthy within {timeout_seconds:g} seconds: {', '.join(late)}",
            "  Give it longer with --timeout, or look with --keep and `outgrow logs`.",
            sep="\n",
            file=sys.stderr,
        )
    if outcome.removed:
        print("\nWhat was started has been removed again; --keep leaves it.", file=sys.stderr)


def _print_refused(failure: CommandFailed, known: Refusal | None) -> None:
    print(f"\noutgrow: {failure}; its last lines:", file=sys.stderr)
    _print_lines(telling(failure.lines)[-20:])
    if known:
        print(f"\noutgrow: {known.reason}\n  {known.advice}", file=sys.stderr)


_NOT_READY = frozenset({Stage.WAITING, Stage.STARTING})


def _print_cause(cause: Cause) -> None:
    print(f"\noutgrow: {cause.service}: {cause.reason}", file=sys.stderr)
    if cause.last_lines:
        print("  its last lines:", file=sys.stderr)
        _print_lines(cause.last_lines)
    if cause.probe:
        print("  its health check says:", file=sys.stderr)
        _print_lines(cause.probe.splitlines()[-5:])
    if cause.listens is not None:
        ports = ", ".join(map(str, cause.listens)) or "nothing"
        print(f"  listens inside the container: {ports}", file=sys.stderr)
    print(f"  {cause.advice}", file=sys.stderr)


def _print_lines(lines: Sequence[str]) -> None:
    for line in lines:
        print(f"    {_printable(line)}", file=sys.stderr)


def _printable(line: str) -> str:
    # What a container prints may hold terminal escape sequences; they are shown, not obeyed.
    return "".join(c if c.isprintable() or c == "\t" else "·" for c in line)
