"""What becomes of a deploy that was begun and has not ended, when the next command comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.run import Marks, has_passed, is_reverting
from outgrow.deploy.values import FULL_WEIGHT, SlotState

Fate = Literal["resume", "finish", "revert"]


@dataclass(frozen=True, slots=True)
class Left:
    """How far an unfinished deploy has come, as its journal has it."""

    plan: DeployPlan
    reverting: bool
    passed: bool


def left_at(plan: DeployPlan, marks: Marks) -> Left:
    """Return how far a deploy has come."""
    return Left(plan, is_reverting(plan, marks), has_passed(plan, marks))


def fate_for(left: Left, wanted: str | None) -> Fate:
    """Return what happens to it first when `wanted` is deployed; None stands for a rollback.

    The same version goes on. For another one it is taken back, unless it has shown what it had
    to and only its end is missing. A revert that was begun is always ended.
    """
    if left.reverting or wanted is None:
        return "revert"
    if left.plan.version.id == wanted:
        return "resume"
    return "finish" if left.passed else "revert"


def slots_after(left: Left, fate: Fate, slots: Sequence[SlotState]) -> tuple[SlotState, ...]:
    """Return the slots as they will be once an unfinished deploy has its fate: for a plan."""
    if not left.plan.new:  # a provider replaces versions by itself there
        return tuple(slots)
    new = fate != "revert"
    taking = {one: left.plan.version.id for one in left.plan.new}
    if not new:
        taking = {one.slot: one.version.id for one in left.plan.old}
    return tuple(_as_if(one, taking.get(one.name)) for one in slots)


def _as_if(slot: SlotState, version: str | None) -> SlotState:
    if version is None:
        return replace(slot, weight=0, taking="maint")
    return replace(slot, version=version, weight=FULL_WEIGHT, taking="ready", running=True, up=True)
