"""One table at a time, by one process at a time, with every step in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from outgrow.clients.clock import monotonic_seconds, now, wait_seconds
from outgrow.clients.secrets import variable
from outgrow.errors import InputError
from outgrow.operations.partitioning.targets import Targets
from outgrow.partitions.policy import Policy
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.records import Operation, Outcome, PlannedStep, StepState
from outgrow.store.store import STATE_URL, Store, open_store, state_place


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


@dataclass(frozen=True, slots=True)
class Desk:
    """The journal for one table, while this process alone may work on it."""

    journal: Journal
    lease: Held
    subject: str
    environment: str

    def begin(self, kind: str, steps: Sequence[str], facts: Mapping[str, Any]) -> JournalRecord:
        """Return the record of a new operation."""
        operation = self.journal.begin(
            kind,
            self.subject,
            self.environment,
            [PlannedStep(one) for one in steps],
            this_process(),
            facts,
            self.lease.lease,
        )
        return JournalRecord(self.journal, operation, self.lease)

    def unfinished(self, kind: str) -> Operation | None:
        """Return an operation of `kind` that was begun and not ended.

        Raises InputError when it is of another kind: that has to be ended first.
        """
        found = self.journal.unfinished(self.subject, self.environment)
        if found is not None and found.kind != kind:
            command = "apply" if found.kind == "convert" else found.kind
            raise InputError(
                f"on {self.subject}, {_words(found.kind)} was begun by {found.owner} and not ended",
                f"Run `outgrow partitions {command}` first: it goes on where it stopped.",
            )
        return found

    def take_up(self, operation: Operation) -> JournalRecord:
        """Return the record of an operation that this process goes on with."""
        adopted = self.journal.adopt(operation, this_process(), self.lease.lease)
        return JournalRecord(self.journal, adopted, self.lease)


@contextmanager
def opened_state(targets: Targets) -> Iterator[Store]:
    """Give the state of the strategy: beside it, or where the team keeps it."""
    with open_store(state_place(targets.folder, variable(STATE_URL)), now) as store:
        yield store


@contextmanager
def at_desk(store: Store, targets: Targets, policy: Policy) -> Iterator[Desk]:
    """Give the journal of a table; raise LeaseTaken while another process works on it."""
    subject = targets.subject(policy)
    name = f"{subject} in {targets.environment}"
    with held(Leases(store), name, this_process()) as lease:
        yield Desk(Journal(store), lease, subject, targets.environment)


def under_way(targets: Targets, policy: Policy) -> Operation | None:
    """Return what was begun on a table and not ended; makes no state where there is none."""
    place = state_place(targets.folder, variable(STATE_URL))
    if isinstance(place, Path) and not place.exists():
        return None
    with opened_state(targets) as store:
        return Journal(store).unfinished(targets.subject(policy), targets.environment)


def _words(kind: str) -> str:
    return {"convert": "splitting", "archive": "archiving", "restore": "restoring"}.get(kind, kind)
