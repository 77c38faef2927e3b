"""Takes a deploy to a fleet back: the weights first, then everything that was started."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from outgrow.deploy.common_steps import CommonSteps, Found
from outgrow.deploy.ending import NotGood
from outgrow.deploy.plan import DeployAction, DeployPlan, DeployStep, Placed
from outgrow.deploy.ports import Fleet
from outgrow.deploy.values import FULL_WEIGHT, SlotState
from outgrow.deploy.watching import Watch
from outgrow.deploy.world import World
from outgrow.errors import OutsideError


class FleetUndo:
    """The steps that bring the old version back. Each may be repeated."""

    def __init__(self, plan: DeployPlan, fleet: Fleet, world: World) -> None:
        self._plan = plan
        self._fleet = fleet
        self._world = world
        self._watch = Watch(fleet, plan, world)
        self.actions: dict[DeployAction, Callable[[DeployStep], Found]] = {
            **CommonSteps(plan, fleet, world).actions,
            "weights back": self._weights_back, "stop new": self._stop_new,
        }  # fmt: skip

    def _weights_back(self, _step: DeployStep) -> Found:
        """Send the traffic to every old slot that can take it, at once; then mend the others."""
        states = self._states()
        ready = [one for one in self._plan.old if self._can_take(states[one.slot], one)]
        if not ready and not self._plan.old:
            self._nowhere(states)
            return {}
        if ready:
            self._weigh(ready, states)
        missing = [one for one in self._plan.old if one not in ready]
        mended = [one for one in missing if self._mend(one, states[one.slot])]
        if not ready and not mended:
            raise OutsideError(
                f"the old version does not run in {_named(missing)} and does not start again",
                "What takes traffic now is left as it is. See `outgrow deploys`, mend one of "
                "them, and run `outgrow rollback` again.",
            )
        if mended:
            self._weigh([*ready, *mended], self._states())
        lost = [one for one in missing if one not in mended]
        return {"problem": f"the old version does not run in {_named(lost)}"} if lost else {}

    def _stop_new(self, _step: DeployStep) -> Found:
        """Stop the new version where it was started; it ends what it has begun."""
        states = self._states()
        mine = [
            one
            for one in self._plan.new
            if states[one].version == self._plan.version.id and not states[one].has_traffic
        ]
        working = [one for one in mine if states[one].taking != "maint"]
        for slot in working:
            self._fleet.drain(slot)
        self._watch.until_drained([one for one in working if states[one].running], ())
        for slot in working:
            self._fleet.rest(slot)
        for slot in mine:
            self._fleet.stop(slot)
        return {}

    def _can_take(self, state: SlotState, placed: Placed) -> bool:
        if not state.running or state.version != placed.version.id:
            return False
        if state.taking == "ready" and state.up is not None:
            return state.up
        return self._fleet.probe(state.name).ok

    def _mend(self, placed: Placed, state: SlotState) -> bool:
        """Return whether an old slot runs well again, started anew where that is possible."""
        runs = state.running and state.version == placed.version.id
        try:
            if not runs:
                if not placed.version.artifact or (state.running and state.has_traffic):
                    return False
                self._fleet.rest(placed.slot)
                self._fleet.start(placed.slot, placed.version)
            if not (runs and state.has_traffic):
                self._fleet.admit(placed.slot)
            self._watch.until_healthy([placed.slot], placed.version)
        except (NotGood, OutsideError):
            return False
        return True

    def _weigh(self, taking: Sequence[Placed], states: Mapping[str, SlotState]) -> None:
        """Give the old slots everything and the new ones nothing, in one call."""
        weights = {one.slot: FULL_WEIGHT for one in taking}
        weights |= {one: 0 for one in self._plan.new if states[one].weight}
        full = [one for one in taking if not _is_full(states[one.slot])]
        if full or len(weights) > len(taking):
            self._fleet.weigh(weights)
            self._world.progress.event("weights", {"weights": dict(weights)})

    def _nowhere(self, states: Mapping[str, SlotState]) -> None:
        """Take the traffic from a first deploy: there is no version to give it to."""
        weights = {one: 0 for one in self._plan.new if states[one].weight}
        if weights:
            self._fleet.weigh(weights)
            self._world.progress.event("weights", {"weights": dict(weights)})

    def _states(self) -> dict[str, SlotState]:
        return {one.name: one for one in self._fleet.look()}


def _is_full(state: SlotState) -> bool:
    return state.has_traffic and state.weight == FULL_WEIGHT


def _named(placed: Sequence[Placed]) -> str:
    return ", ".join(one.slot for one in placed)
