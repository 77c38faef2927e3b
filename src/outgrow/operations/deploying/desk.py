"""The journal of one component's deploys, while this process alone may write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from outgrow.clients.clock import monotonic_seconds, now, wait_seconds
from outgrow.clients.secrets import variable
from outgrow.operations.deploying.records import FACTS, DeployFacts, deploys_of, proof_step_of
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.operations.journal_record import JournalRecord
from outgrow.operations.opened import Opened
from outgrow.store.errors import LeaseTaken
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import has_ended, this_process
from outgrow.store.records import Operation, Outcome, PlannedStep
from outgrow.store.store import STATE_URL, Store, open_store, state_place

_AGAIN_SECONDS = 0.5
Waiting = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DeployRecord:
    """One deploy in the journal: its number there, its steps, and the one for its proof."""

    number: int
    steps: JournalRecord
    proof_step: str = ""

    @property
    def token(self) -> str:
        """Return what names this deploy to a provider, always the same."""
        return f"outgrow-{self.number}"

    def finish(self, outcome: Outcome, reason: str = "") -> None:
        """End it."""
        self.steps.finish(outcome, reason)


@dataclass(frozen=True, slots=True)
class DeployDesk:
    """The journal for one component in one environment, under its lock."""

    journal: Journal
    lease: Held
    target: DeployTarget

    def begin(self, kind: str, facts: DeployFacts, *, proves: bool = False) -> DeployRecord:
        """Return the record of a new operation."""
        names = [one.name for one in facts.plan.every_step]
        proof = [proof_step_of([])] if proves else []
        planned = [PlannedStep(one) for one in (*names, *proof)]
        dumped: dict[str, JsonValue] = FACTS.dump_python(facts, mode="json")
        operation = self.journal.begin(
            kind, self.target.subject, self.target.environment, planned, this_process(), dumped,
            self.lease.lease,
        )  # fmt: skip
        return self._record(operation, *proof)

    def unfinished(self) -> Operation | None:
        """Return the deploy that was begun and has not ended."""
        return self.journal.unfinished(self.target.subject, self.target.environment)

    def take_up(self, operation: Operation, *, proves: bool = False) -> DeployRecord:
        """Return the record of an operation that this process goes on with.

        Whoever began it may not have planned a proof: its step is added then.
        """
        taken = self.journal.adopt(operation, this_process(), self.lease.lease)
        if not proves:
            return self._record(taken)
        proof = proof_step_of([(one.name, one.state) for one in taken.steps])
        if proof not in {one.name for one in taken.steps}:
            taken = self.journal.append(taken, [PlannedStep(proof)])
        return self._record(taken, proof)

    def all(self) -> tuple[Operation, ...]:
        """Return every deploy of the component, oldest first."""
        return deploys_of(self.journal, self.target.component, self.target.environment)

    def _record(self, operation: Operation, proof_step: str = "") -> DeployRecord:
        steps = JournalRecord(self.journal, operation, self.lease)
        return DeployRecord(operation.id, steps, proof_step)


@contextmanager
def deploy_state(target: DeployTarget) -> Iterator[Store]:
    """Give the state that the deploys of `target` are kept in."""
    with state_of(target.opened) as store:
        yield store


@contextmanager
def state_of(opened: Opened) -> Iterator[Store]:
    """Give the state of a strategy: beside it, or where the team keeps it."""
    folder = Path(opened.path).resolve().parent
    with open_store(state_place(folder, variable(STATE_URL)), now) as store:
        yield store


@contextmanager
def at_deploy_desk(store: Store, target: DeployTarget) -> Iterator[DeployDesk]:
    """Give the journal of a component under its lock.

    Raises LeaseTaken, which says who holds it.
    """
    with held(Leases(store), target.lease, this_process()) as lease:
        yield DeployDesk(Journal(store), lease, target)


def wait_until_free(store: Store, target: DeployTarget, seconds: float, waiting: Waiting) -> None:
    """Return once nobody deploys `target`; raise LeaseTaken when somebody still does then.

    Whoever waits plans only then: the deploy that is waited for changes what runs. `waiting` is
    told once for whom.
    """
    leases, end, told = Leases(store), monotonic_seconds() + seconds, False
    while (lease := leases.holder(target.lease)) is not None and not has_ended(lease.owner):
        if monotonic_seconds() >= end:
            raise LeaseTaken(
                f"{lease.owner} deploys {target.component} in {target.environment} since "
                f"{lease.since:%Y-%m-%d %H:%M:%S} UTC",
                "Wait for it (--wait SECONDS). If that process is gone, its lock ends at "
                f"{lease.expires:%H:%M:%S} UTC; `outgrow lock break` ends it now.",
            )
        if not told:
            waiting(str(lease.owner))
        told = True
        wait_seconds(_AGAIN_SECONDS)
