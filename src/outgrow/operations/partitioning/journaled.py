"""One table at a time, by one process at a time, with every step in the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outgrow.clients.clock import now
from outgrow.clients.secrets import variable
from outgrow.errors import InputError
from outgrow.operations.journal_record import JournalRecord
from outgrow.operations.partitioning.targets import Targets
from outgrow.partitions.policy import Policy
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.records import Operation, PlannedStep
from outgrow.store.store import STATE_URL, Store, open_store, state_place


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
