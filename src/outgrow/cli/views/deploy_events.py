"""What a deploy does as it does it: lines, a line that moves on a terminal, or JSON.

A verdict comes twice a second: it is told when its answer changes, and every five seconds. Once
a deploy has begun it goes on where nobody reads any more: a pipe or a terminal that was closed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import JsonValue

from outgrow.cli.json_view import FORMAT_VERSION, json_pieces
from outgrow.deploy.proof import proof_from, proof_lines
from outgrow.operations.deploying.carried import DeployResult
from outgrow.operations.deploying.prepared import PreparedDeploy

if TYPE_CHECKING:
    from rich.status import Status

_REPEATED = {"verdict": "answer", "rollout": "phase"}  # what of them is news
_AGAIN_SECONDS = 5.0


class Events(Protocol):
    """Is told of everything that happens."""

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Take note."""

    def quiet(self) -> AbstractContextManager[None]:
        """Let nothing move within the block: a person is asked there."""


class _News:
    """Tells what is worth saying of an event that repeats."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[JsonValue, float]] = {}

    def __call__(self, kind: str, facts: Mapping[str, JsonValue], now: float) -> bool:
        """Return whether to tell it: an answer that is new, or that stands for a while."""
        if kind not in _REPEATED:
            self._said.clear()
            return True
        answer = facts.get(_REPEATED[kind])
        before = self._said.get(kind)
        if before is not None and before[0] == answer and now - before[1] < _AGAIN_SECONDS:
            return False
        self._said[kind] = (answer, now)
        return True


class JsonEvents:
    """One JSON object a line on stdout: docs/json.md has their fields."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._began = time.monotonic()
        self._is_news = _News()

    def prepared(self, prepared: PreparedDeploy) -> None:
        """Tell what will happen; raises OSError when nobody reads it."""
        self._write("plan", prepared_facts(prepared))

    def result(self, result: DeployResult) -> None:
        """Tell how it ended."""
        with suppress(OSError):
            self._write("result", result)

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Tell what happens."""
        if self._is_news(kind, facts, time.monotonic()):
            with suppress(OSError):
                self._write(kind, facts)

    def quiet(self) -> AbstractContextManager[None]:
        """Return nothing to do: no line of JSON moves."""
        return nullcontext()

    def _write(self, kind: str, facts: object) -> None:
        envelope = {
            "outgrow_json": FORMAT_VERSION,
            "command": self._command,
            "event": kind,
            "seconds": round(time.monotonic() - self._began, 3),
            "result": facts,
        }
        # Compact: the pieces are indented for people, a line is one object.
        text = json.dumps(json.loads("".join(json_pieces(envelope))), ensure_ascii=False)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def prepared_facts(prepared: PreparedDeploy) -> dict[str, Any]:
    """Return what will happen, for programs; without values of variables, as everywhere."""
    return {
        "kind": prepared.kind,
        "component": prepared.target.component,
        "environment": prepared.target.environment,
        "where": prepared.where,
        "version": prepared.version,
        "first": prepared.first,
        "changes": prepared.changes,
        "promoted_from": prepared.promoted_from,
        "nothing": prepared.nothing,
        "plan": prepared.plan,
    }


@contextmanager
def events_on_stderr(given: Events | None) -> Iterator[Events]:
    """Give `given`, or what tells a person on stderr how far it has come."""
    if given is not None:
        yield given
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from outgrow.cli.console import talk

    status = talk().status("beginning")
    events = _OnTerminal(status)
    events.go_on()
    try:
        yield events
    finally:
        events.rest()


class _Lines:
    """A line for each event, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._is_news = _News()

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Print what happens."""
        if not self._is_news(kind, facts, time.monotonic()):
            return
        text = words(kind, facts)
        if text is not None:
            self.say(text)

    def say(self, text: str) -> None:
        with suppress(OSError):
            print(f"{time.monotonic() - self._began:7.1f} s  {text}", file=sys.stderr, flush=True)

    def quiet(self) -> AbstractContextManager[None]:
        """Return nothing to do: no line moves."""
        return nullcontext()


class _OnTerminal(_Lines):
    """The step at hand moves in the last line; what was done stays above it."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._status = status

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Show what happens."""
        if kind == "step-started":
            with suppress(OSError):
                self._status.update(f"{facts['words']} ...")
        super().event(kind, facts)

    def say(self, text: str) -> None:
        words = f"{time.monotonic() - self._began:7.1f} s  {text}"
        with suppress(OSError):
            self._status.console.print(words, markup=False, highlight=False)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Let the last line stand still within the block: it would write over the question."""
        self.rest()
        try:
            yield
        finally:
            self.go_on()

    def rest(self) -> None:
        """Let nothing move."""
        with suppress(OSError):
            self._status.stop()

    def go_on(self) -> None:
        """Let the step at hand move again."""
        with suppress(OSError):
            self._status.start()


def words(kind: str, facts: Mapping[str, JsonValue]) -> str | None:
    """Return an event in words; None for what says nothing to a person."""
    if kind == "step-started":
        return f"==> {facts['step']}: {facts['words']}"
    if kind == "weights":
        weights = facts["weights"]
        assert isinstance(weights, dict)
        return "    weights " + ", ".join(f"{name} {one}" for name, one in weights.items())
    if kind == "verdict":
        return f"    {facts['answer']}: {facts['why']}"
    if kind == "reverting":
        return f"<== taking it back: {facts['reason']}"
    if kind == "printed":
        lines = facts["lines"]
        assert isinstance(lines, list)
        return "\n".join(f"          | {line}" for line in lines) if lines else None
    if kind == "rollout":
        share = facts["share_new"]
        told = "" if share is None else f", {float(str(share)):.0%} of the traffic"
        return f"    the provider: {facts['phase']}{told} {facts['reason']}".rstrip()
    if kind == "unfinished":
        return _unfinished(facts)
    if kind == "proof":
        return "\n".join(f"          | {line}" for line in proof_lines(proof_from(facts))).lstrip()
    return str(facts["words"]) if kind == "interrupted" else None


def _unfinished(facts: Mapping[str, JsonValue]) -> str:
    what = {"resume": "goes on", "finish": "is ended first", "revert": "is taken back first"}
    begun = f"deploy {facts['number']} of {facts['version']}, begun by {facts['by']}"
    return f"{begun}, stopped at `{facts['step']}`: it {what[str(facts['fate'])]}"
