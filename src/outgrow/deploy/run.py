"""Carries a deploy out, a step after the other, each noted before it is done.

Until the bake is over whatever goes wrong takes the deploy back. After it the new version has
shown what it had to: what is left to do waits for the next run instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pydantic import JsonValue

from outgrow.deploy.discretion import discreet, discreet_evidence, without_secrets
from outgrow.deploy.ending import Ended, NotGood, Waits
from outgrow.deploy.fleet_steps import FleetSteps
from outgrow.deploy.fleet_undo import FleetUndo
from outgrow.deploy.places import is_rollout
from outgrow.deploy.plan import DeployAction, DeployPlan, DeployStep
from outgrow.deploy.ports import Fleet, Record, Rollout
from outgrow.deploy.rollout_steps import RolloutSteps
from outgrow.deploy.world import World
from outgrow.errors import OutgrowError, OutsideError

Action = Callable[[DeployStep], Mapping[str, JsonValue]]
INTERRUPTED = "interrupted by Ctrl-C"


class _Steps(Protocol):
    @property
    def actions(self) -> Mapping[DeployAction, Action]: ...

    def look_again(self, done: Sequence[DeployStep]) -> None: ...


class _Undo(Protocol):
    @property
    def actions(self) -> Mapping[DeployAction, Action]: ...


class Marks(Protocol):
    """Which steps were begun and done."""

    def is_done(self, step: str) -> bool:
        """Return whether the step was ended."""

    def is_begun(self, step: str) -> bool:
        """Return whether the step was begun."""


def is_reverting(plan: DeployPlan, marks: Marks) -> bool:
    """Return whether a revert was begun: from there nothing goes forward."""
    return any(marks.is_begun(one.name) for one in plan.undo)


def has_passed(plan: DeployPlan, marks: Marks) -> bool:
    """Return whether the new version has all traffic and has shown what it had to."""
    bake = plan.step("bake")
    return bake is not None and marks.is_done(bake.name)


class _Broken(Exception):
    """A step failed for a reason of the outside's or the version's, not of the journal's."""

    def __init__(self, step: DeployStep, cause: OutgrowError | None) -> None:
        super().__init__(step.name)
        self.step = step
        self.cause = cause  # None: a person has interrupted it


class Deployer:
    """One deploy, from its first step or from wherever it was left."""

    def __init__(self, plan: DeployPlan, steps: _Steps, undo: _Undo, record: Record, world: World):
        self._plan = plan
        self._steps = steps
        self._undo = undo
        self._record = record
        self._world = world
        self._hide = world.hide

    def run(self) -> Ended:
        """Do every step that is not done, or revert; return how it ended.

        Raises OutsideError when something outside failed that could not be reverted either:
        the journal has how far it has come, and the next run goes on from there.
        """
        if is_reverting(self._plan, self._record):
            return self.revert("")
        try:
            self._look_again()
            self._do(self._plan.steps, self._steps.actions)
        except Waits as waits:
            return Ended(waits.end, self._hide(waits.reason), step=self._step_at_hand())
        except _Broken as broken:
            if has_passed(self._plan, self._record):
                raise self._left(broken) from broken.cause
            return self._revert_after(broken)
        return Ended("done", problems=self._problems(self._plan.steps))

    def revert(self, reason: str, *, was_interrupted: bool = False) -> Ended:
        """Bring the old version back; return it with the reason.

        The first Ctrl-C asks for just that, so only one after it ends it: `was_interrupted` says
        that it was heard already. Raises OutsideError when it fails: the journal has how far it
        has come.
        """
        first = self._plan.undo[0].name
        reason = reason or str(self._record.found(first).get("reason", ""))
        if self._has_changed_something():
            self._world.progress.event("reverting", {"reason": reason})
            self._take_back({first: {"reason": reason}}, was_interrupted=was_interrupted)
        return Ended("reverted", reason, problems=self._problems(self._plan.undo))

    def _take_back(
        self, notes: Mapping[str, Mapping[str, JsonValue]], *, was_interrupted: bool
    ) -> None:
        try:
            self._do(self._plan.undo, self._undo.actions, notes)
        except _Broken as broken:
            if broken.cause is not None:
                raise self._discreet(broken.cause) from None
            if was_interrupted:
                raise KeyboardInterrupt from None
            self._take_back(notes, was_interrupted=True)  # each step may be repeated

    def _do(
        self,
        steps: Sequence[DeployStep],
        actions: Mapping[DeployAction, Action],
        notes: Mapping[str, Mapping[str, JsonValue]] | None = None,
    ) -> None:
        for step in steps:
            if self._record.is_done(step.name):
                continue
            note = (notes or {}).get(step.name, {})
            self._record.started(step.name)
            if note:
                self._record.note(step.name, note)
            self._world.progress.event(
                "step-started", {"step": step.name, "action": step.action, "words": step.words}
            )
            waited = "waits" in self._record.found(step.name)
            found = self._done(
                replace(step, answered=waited and self._world.goes_on), actions[step.action]
            )
            found = without_secrets(found, self._hide)
            self._record.done(step.name, {**note, **found})
            self._world.progress.event("step-done", {"step": step.name, "found": dict(found)})

    def _done(self, step: DeployStep, action: Action) -> Mapping[str, JsonValue]:
        try:
            self._world.pause.wait(0)  # here a Ctrl-C is heard
            return action(step)
        except Waits as waits:
            self._record.note(step.name, without_secrets(waits.found, self._hide))
            raise
        except (NotGood, OutsideError) as error:
            raise _Broken(step, error) from error
        except KeyboardInterrupt:
            raise _Broken(step, None) from None

    def _look_again(self) -> None:
        """Look whether what an earlier run had done still holds, before anything is built on it."""
        done = [one for one in self._plan.steps if self._record.is_done(one.name)]
        if not done or has_passed(self._plan, self._record):
            return
        try:
            self._steps.look_again(done)
        except (NotGood, OutsideError) as error:
            raise _Broken(done[-1], error) from error

    def _revert_after(self, broken: _Broken) -> Ended:
        cause = self._discreet(broken.cause) if broken.cause is not None else None
        # A terminal sends Ctrl-C to the hook that runs, too: it fails before outgrow hears of it.
        interrupted = cause is None or self._hears_interrupt()
        reason = "; ".join(
            filter(None, (INTERRUPTED if interrupted else "", cause.reason if cause else ""))
        )
        evidence = cause.evidence if isinstance(cause, NotGood) else ()
        ended = self.revert(reason, was_interrupted=interrupted)
        remedy = cause.remedy if cause is not None else ""
        return Ended("reverted", reason, remedy, broken.step.name, evidence, ended.problems)

    def _hears_interrupt(self) -> bool:
        """Return whether Ctrl-C was pressed and not heard of yet; it is now."""
        try:
            self._world.pause.wait(0)
        except KeyboardInterrupt:
            return True
        return False

    def _left(self, broken: _Broken) -> BaseException:
        """Return why the end of a deploy that has passed is left to the next run."""
        if broken.cause is None:
            return KeyboardInterrupt()
        cause = self._discreet(broken.cause)
        return OutsideError(
            f"the new version has all traffic, but `{broken.step.name}` failed: {cause.reason}",
            f"Run `outgrow deploy --resume`: it goes on from there. {cause.remedy}".strip(),
        )

    def _discreet(self, cause: OutgrowError) -> OutgrowError:
        """Return an error without secrets in what it says."""
        reason, remedy = self._hide(cause.reason), self._hide(cause.remedy)
        if isinstance(cause, NotGood):
            return NotGood(reason, remedy, discreet_evidence(cause.evidence, self._hide))
        return cause if reason == cause.reason else OutsideError(reason, remedy)

    def _has_changed_something(self) -> bool:
        harmless = {"preflight"}
        return any(
            self._record.is_begun(one.name) and one.action not in harmless
            for one in self._plan.every_step
        )

    def _step_at_hand(self) -> str:
        return next(one.name for one in self._plan.steps if not self._record.is_done(one.name))

    def _problems(self, steps: Sequence[DeployStep]) -> tuple[str, ...]:
        found = (self._record.found(one.name).get("problem") for one in steps)
        return tuple(str(one) for one in found if one)


def deployer(
    plan: DeployPlan, place: Fleet | Rollout, record: Record, world: World, token: str
) -> Deployer:
    """Return what carries `plan` out; `token` names this deploy to a provider, for good."""
    world = discreet(world)
    if is_rollout(place):
        rollout = RolloutSteps(plan, place, record, world, token)
        return Deployer(plan, rollout, rollout, record, world)
    fleet = FleetSteps(plan, place, world)
    return Deployer(plan, fleet, FleetUndo(plan, place, world), record, world)
