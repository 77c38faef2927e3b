"""What a deploy will do: its steps in order, each with what it needs and in words.

A plan is kept whole in the journal. Whoever goes on after a kill carries out the plan that was
begun, not one made from a world that is half changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.values import Side, Version

DeployAction = Literal[
    "preflight", "before", "migrate", "settle", "start", "check", "shift", "hand over", "bake",
    "drain", "keep", "stop", "begin", "watch", "after", "release",
    "weights back", "stop new", "abort", "reverted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeployStep:
    """One step; `name` is its own within the plan.

    `judged` says that the next step waits for a verdict on the traffic of this one. `answered`
    is never planned: a person has said that it goes on, whatever it waited for. `watched` is of
    a bake that the provider has done itself: what was seen then is judged, and no time passes.
    """

    name: str
    action: DeployAction
    words: str
    slots: tuple[str, ...] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    share: float | None = None
    judged: bool = False
    answered: bool = False
    watched: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A version in a slot; without an artifact it can be kept there but not started again."""

    slot: str
    version: Version


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """Everything that a deploy does, and everything that its revert does.

    `old` has the slots that take the traffic now, `new` those that will; both are empty where
    a provider replaces versions by itself. `before` is the version that is gone back to, None
    for a first deploy. `judged` is false for a version that has been proved before.
    """

    where: str
    version: Version
    before: Version | None
    policy: DeployPolicy
    steps: tuple[DeployStep, ...]
    undo: tuple[DeployStep, ...]
    old: tuple[Placed, ...] = ()
    new: tuple[str, ...] = ()
    judged: bool = True

    @property
    def sides(self) -> Mapping[str, Side]:
        """Return which slots are old and which are new."""
        sides: dict[str, Side] = {one.slot: "old" for one in self.old}
        return sides | {one: "new" for one in self.new}

    @property
    def every_step(self) -> tuple[DeployStep, ...]:
        """Return the steps and those of the revert: what the journal holds."""
        return (*self.steps, *self.undo)

    def step(self, action: DeployAction) -> DeployStep | None:
        """Return the first step that does `action`, None when there is none."""
        return next((one for one in self.every_step if one.action == action), None)


PLAN: TypeAdapter[DeployPlan] = TypeAdapter(DeployPlan)
