"""What each step does to a fleet. Every one looks first, since it may have been done before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from outgrow.deploy.common_steps import CommonSteps, Found, end_surplus
from outgrow.deploy.ending import NotGood, Waits
from outgrow.deploy.plan import DeployAction, DeployPlan, DeployStep
from outgrow.deploy.ports import Fleet
from outgrow.deploy.values import SlotState
from outgrow.deploy.watching import Watch
from outgrow.deploy.world import World


class FleetSteps:
    """The steps that bring a version in."""

    def __init__(self, plan: DeployPlan, fleet: Fleet, world: World) -> None:
        self._plan = plan
        self._fleet = fleet
        self._world = world
        self._watch = Watch(fleet, plan, world)
        self.actions: dict[DeployAction, Callable[[DeployStep], Found]] = {
            **CommonSteps(plan, fleet, world).actions,
            "settle": self._settle, "start": self._start, "check": self._check,
            "shift": self._shift, "hand over": self._hand_over, "bake": self._bake,
            "drain": self._drain, "keep": self._keep, "stop": self._stop,
            "release": self._release,
        }  # fmt: skip

    def look_again(self, done: Sequence[DeployStep]) -> None:
        """Raise NotGood when what an earlier run had started is not there any more."""
        states = self._states()
        gone = [
            slot
            for step in done
            if step.action == "start"
            for slot in step.slots
            if states[slot].version != self._plan.version.id or not states[slot].running
        ]
        if gone:
            raise self._watch.not_good(
                gone, f"{', '.join(gone)} was started before, and does not run any more"
            )
        if self._world.judge is not None:
            self._world.judge.begin()

    def _settle(self, step: DeployStep) -> Found:
        self._weigh(step.weights)
        for slot in step.slots:
            self._fleet.drain(slot)
        self._watch.until_drained(step.slots, ())
        for slot in step.slots:
            self._fleet.rest(slot)
        return {}

    def _start(self, step: DeployStep) -> Found:
        version = self._plan.version
        for slot in step.slots:
            state = self._states()[slot]
            if state.running and state.version == version.id:
                continue  # still warm, or started by the run that was killed
            if state.has_traffic:
                raise NotGood(f"{slot} takes traffic with {state.version}: it is not replaced")
            if state.taking != "maint":
                self._fleet.rest(slot)
            self._fleet.start(slot, version)
        return {}

    def _check(self, step: DeployStep) -> Found:
        states = self._states()
        for slot in step.slots:
            if not states[slot].has_traffic:
                self._fleet.admit(slot)
        self._watch.until_healthy(step.slots, self._plan.version)
        return {}

    def _shift(self, step: DeployStep) -> Found:
        self._watch.until_healthy(step.slots, self._plan.version)
        self._weigh(step.weights)
        if self._world.judge is not None:
            self._world.judge.begin()
        if step.judged:
            self._watch.until_judged(step, 0, step.slots)
        return {}

    def _hand_over(self, step: DeployStep) -> Found:
        if not step.answered:
            names = ", ".join(self._plan.new)
            raise Waits("ready", f"{self._plan.version.id} is healthy in {names}, without traffic")
        return {}

    def _bake(self, step: DeployStep) -> Found:
        if self._plan.policy.bake_seconds:
            self._watch.until_judged(step, self._plan.policy.bake_seconds, self._plan.new)
        return {}

    def _drain(self, step: DeployStep) -> Found:
        states = self._states()
        working = [one for one in step.slots if states[one].taking != "maint"]
        for slot in working:
            self._fleet.drain(slot)
        takers = [one.name for one in states.values() if self._is_new(one) and one.has_traffic]
        self._watch.until_drained(working, takers)
        for slot in working:
            self._fleet.rest(slot)
        return {}

    def _keep(self, step: DeployStep) -> Found:
        return {"slots": list(step.slots), "seconds": self._plan.policy.keep_warm_seconds}

    def _stop(self, step: DeployStep) -> Found:
        states = self._states()
        for slot in step.slots:
            if states[slot].has_traffic:
                raise NotGood(f"{slot} takes traffic: it is not stopped")
            if states[slot].version is not None:
                self._fleet.stop(slot)
        return {}

    def _release(self, _step: DeployStep) -> Found:
        others = [
            f"{one.name} ({one.version})"
            for one in self._fleet.look()
            if one.has_traffic and not self._is_new(one)
        ]
        if others:
            raise NotGood(f"{', '.join(others)} takes traffic as well")
        return end_surplus(self._fleet)

    def _weigh(self, weights: Mapping[str, int]) -> None:
        self._fleet.weigh(weights)
        self._world.progress.event("weights", {"weights": dict(weights)})

    def _is_new(self, state: SlotState) -> bool:
        return state.name in self._plan.new and state.version == self._plan.version.id

    def _states(self) -> dict[str, SlotState]:
        return {one.name: one for one in self._fleet.look()}
