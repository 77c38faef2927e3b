"""What the journal holds of a long operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from outgrow.store.owner import Owner

Facts = Mapping[str, JsonValue]


class StepState(StrEnum):
    """How far a step has come. `started` may be done, half done or not begun at all."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    UNDONE = "undone"


class Outcome(StrEnum):
    """How an operation ended."""

    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step before it is begun: its name and what it will do, as facts."""

    name: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the journal has it; `found` is what was learned while it was done."""

    position: int
    name: str
    planned: Facts
    found: Facts
    state: StepState
    attempts: int
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Operation:
    """A long operation with its steps in order; `outcome` is None until it is finished.

    It is also the right to write to it: `generation` grows each time another process adopts it.
    """

    id: int
    generation: int
    kind: str
    subject: str
    environment: str
    facts: Facts
    owner: Owner
    begun: datetime
    finished: datetime | None
    outcome: Outcome | None
    reason: str
    steps: tuple[Step, ...]

    @property
    def next_step(self) -> Step | None:
        """Return the first step that is not done; None when all are."""
        return next((one for one in self.steps if one.state is not StepState.DONE), None)
