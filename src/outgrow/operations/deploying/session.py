"""What a command of deploys brings along: who is asked, who is told, and what judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import Fleet, Hooks, Judge, Pause, Person, Progress, Rollout

Judges = Callable[[Fleet | Rollout, DeployPlan], Judge | None]


class Prover(Protocol):
    """Drives load during a deploy, and hears of every change of weights as they happen.

    It is started again for the next deploy of the same command, once the one before has ended.
    """

    def start(self) -> None:
        """Begin to send requests."""

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Take note of what the deploy does."""

    def finish(self) -> Mapping[str, JsonValue]:
        """End the load and return what it has found, for the journal."""


@dataclass(frozen=True, slots=True)
class Session:
    """The surroundings of one command.

    `goes_on` is `--resume`: the answer to whatever the deploy waits for. `secrets` are values
    that nobody may read in what is told.
    """

    person: Person
    progress: Progress
    hooks: Hooks
    pause: Pause
    judges: Judges
    goes_on: bool = False
    prover: Prover | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ToldToBoth:
    """Passes events on to the person's progress and to what proves the deploy."""

    progress: Progress
    prover: Prover

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Take note of what happens."""
        self.prover.event(kind, facts)
        self.progress.event(kind, facts)
