"""What the journal knows of deploys: versions, who deployed them, and how that ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from outgrow.deploy.ending import DeployEnd
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.unfinished import Left, left_at
from outgrow.deploy.values import Version
from outgrow.errors import InputError
from outgrow.operations.deploying.targets import subject_of
from outgrow.store.journal import Journal
from outgrow.store.owner import Owner
from outgrow.store.records import Operation, Outcome, StepState
from outgrow.strategy.deploys import DeployKind

DEPLOY, ROLLBACK = "deploy", "rollback"
_PROOF_STEP = "proof"
DeployState = Literal["under way", "waiting", "ready", "done", "reverted", "failed"]


@dataclass(frozen=True, slots=True)
class DeployFacts:
    """What an operation of the journal holds of a deploy: everything to go on or to undo it.

    `place` is the kind of deploy that its place was built for. `configuration` has a hash for
    each variable, never a value. `promoted_from` is the environment that the version passed
    before.
    """

    plan: DeployPlan
    place: DeployKind
    configuration: Mapping[str, str] = field(default_factory=dict)
    approved_by: str = ""
    promoted_from: str = ""


FACTS: TypeAdapter[DeployFacts] = TypeAdapter(DeployFacts)


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was begun, and what was found."""

    name: str
    state: StepState
    began: datetime | None
    ended: datetime | None
    found: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Deployed:
    """One deploy or rollback as the journal has it; `proof` is there when it was proved.

    A deploy that was gone on with may have been proved in pieces: `proof` is of the last command,
    `earlier_proofs` of those before it.
    """

    number: int
    kind: str
    component: str
    environment: str
    version: Version
    before: Version | None
    strategy: str
    state: DeployState
    reason: str
    by: Owner
    begun: datetime
    finished: datetime | None
    steps: tuple[StepTaken, ...]
    approved_by: str = ""
    promoted_from: str = ""
    proof: Mapping[str, JsonValue] | None = None
    earlier_proofs: tuple[Mapping[str, JsonValue], ...] = ()

    @property
    def proofs(self) -> tuple[Mapping[str, JsonValue], ...]:
        """Return every proof, in the order in which they were made."""
        return (*self.earlier_proofs, *([self.proof] if self.proof else []))


def facts_of(operation: Operation) -> DeployFacts:
    """Return the facts of an operation of a deploy."""
    return FACTS.validate_python(operation.facts)


class _Written:
    """Which steps of an operation were begun and done, as the journal has it."""

    def __init__(self, operation: Operation) -> None:
        self._begun = {one.name for one in operation.steps if one.attempts}
        self._done = {one.name for one in operation.steps if one.state is StepState.DONE}

    def is_done(self, step: str) -> bool:
        return step in self._done

    def is_begun(self, step: str) -> bool:
        return step in self._begun


def left_of(operation: Operation) -> Left:
    """Return how far an unfinished deploy has come."""
    return left_at(facts_of(operation).plan, _Written(operation))


def deploys_of(journal: Journal, component: str, environment: str) -> tuple[Operation, ...]:
    """Return the operations of a component, oldest first."""
    return journal.history(subject_of(component), environment)


def history(journal: Journal, component: str, environment: str) -> tuple[Deployed, ...]:
    """Return every deploy and rollback of a component, newest first."""
    found = deploys_of(journal, component, environment)
    return tuple(told(one) for one in reversed(found))


def told(operation: Operation) -> Deployed:
    """Return what an operation says of its deploy. Raises InputError when it is none."""
    if operation.kind not in {DEPLOY, ROLLBACK}:
        raise InputError(f"operation {operation.id} is no deploy", "See `outgrow deploys`.")
    facts = facts_of(operation)
    plan = facts.plan
    proofs = tuple(_proofs(operation))
    return Deployed(
        number=operation.id,
        kind=operation.kind,
        component=operation.subject.removeprefix(subject_of("")),
        environment=operation.environment,
        version=plan.version,
        before=plan.before,
        strategy=plan.policy.kind,
        state=_state(operation),
        reason=operation.reason,
        by=operation.owner,
        begun=operation.begun,
        finished=operation.finished,
        steps=tuple(_steps(operation)),
        approved_by=facts.approved_by,
        promoted_from=facts.promoted_from,
        proof=proofs[-1] if proofs else None,
        earlier_proofs=proofs[:-1],
    )


def proof_step_of(taken: Sequence[tuple[str, StepState]]) -> str:
    """Return the step for the next proof of a deploy that has these steps already.

    Each command that proves has a step of its own: what an earlier one has found stays.
    """
    done = {name for name, state in taken if state is StepState.DONE}
    number, name = 1, _PROOF_STEP
    while name in done:
        number += 1
        name = f"{_PROOF_STEP} {number}"
    return name


def _proofs(operation: Operation) -> Iterator[Mapping[str, JsonValue]]:
    for one in operation.steps:
        if one.found and (one.name == _PROOF_STEP or one.name.startswith(f"{_PROOF_STEP} ")):
            yield one.found


def known_versions(operations: Sequence[Operation]) -> dict[str, Version]:
    """Return every version that was ever deployed, by its id."""
    return {one.id: one for one in (facts_of(o).plan.version for o in operations)}


def newest_first(operations: Sequence[Operation]) -> tuple[Version, ...]:
    """Return every version that was ever deployed, the one deployed last first, each once."""
    found = (facts_of(one).plan.version for one in reversed(operations))
    return tuple({one.id: one for one in found}.values())


def retained(operations: Sequence[Operation], count: int) -> tuple[Version, ...]:
    """Return the versions that can be gone back to, the newest release first, each once."""
    return newest_first([one for one in operations if one.outcome is Outcome.DONE])[:count]


def last_done(operations: Sequence[Operation]) -> Operation | None:
    """Return the newest deploy or rollback that ended well."""
    return next((one for one in reversed(operations) if one.outcome is Outcome.DONE), None)


def ended_as(end: DeployEnd) -> Outcome | None:
    """Return how an operation ends; None while it waits for an answer."""
    return {"done": Outcome.DONE, "reverted": Outcome.UNDONE}.get(end)


def _state(operation: Operation) -> DeployState:
    if operation.outcome is Outcome.DONE:
        return "done"
    if operation.outcome is Outcome.UNDONE:
        return "reverted"
    if operation.outcome is Outcome.FAILED:
        return "failed"
    waits = [one.found.get("waits") for one in operation.steps if one.state is StepState.STARTED]
    return "ready" if "ready" in waits else "waiting" if "waiting" in waits else "under way"


def _steps(operation: Operation) -> Iterator[StepTaken]:
    for one in operation.steps:
        if one.attempts:
            yield StepTaken(one.name, one.state, one.started, one.ended, one.found)
