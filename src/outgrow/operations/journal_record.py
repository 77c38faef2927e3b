"""The steps of one operation in the journal, and time as engines see it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.store.heartbeat import Held
from outgrow.store.journal import Journal
from outgrow.store.records import Operation, Outcome, StepState


class RealPause:
    """The engine's idea of time, on this machine's clock."""

    def seconds(self) -> float:
        """Return seconds that only ever grow."""
        return monotonic_seconds()

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        wait_seconds(seconds)


class JournalRecord:
    """The steps of one operation in the journal; nothing begins once the lease is lost."""

    def __init__(self, journal: Journal, operation: Operation, lease: Held) -> None:
        self._journal = journal
        self._operation = operation
        self._lease = lease
        self._positions = {one.name: one.position for one in operation.steps}
        self._done = {one.name for one in operation.steps if one.state is StepState.DONE}
        self._begun = {one.name for one in operation.steps if one.attempts}
        self._found: dict[str, Mapping[str, JsonValue]] = {
            one.name: one.found for one in operation.steps
        }

    def is_done(self, step: str) -> bool:
        """Return whether an earlier run, or this one, ended the step."""
        return step in self._done

    def is_begun(self, step: str) -> bool:
        """Return whether an earlier run, or this one, has begun the step."""
        return step in self._begun

    def started(self, step: str) -> None:
        """Note that the step is about to be done; raise LeaseLost when another goes on."""
        self._lease.check()
        self._journal.start(self._operation, self._positions[step])
        self._begun.add(step)

    def note(self, step: str, found: Mapping[str, JsonValue]) -> None:
        """Keep what was found so far of a step that is begun."""
        self._journal.note(self._operation, self._positions[step], found)
        self._found[step] = dict(found)

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        """Note that it has been done."""
        self._journal.done(self._operation, self._positions[step], found)
        self._found[step] = dict(found or {})
        self._done.add(step)

    def found(self, step: str) -> Mapping[str, JsonValue]:
        """Return what was found when the step was done; nothing before that."""
        return self._found.get(step, {})

    def undone(self, step: str) -> None:
        """Note that what it did is no more."""
        self._journal.undone(self._operation, self._positions[step])
        self._done.discard(step)

    def finish(self, outcome: Outcome, reason: str = "") -> None:
        """End the operation."""
        self._journal.finish(self._operation, outcome, reason)
