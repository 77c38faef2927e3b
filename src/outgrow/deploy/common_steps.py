"""The steps that every place has: the look before anything changes, and the team's commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from outgrow.deploy.commands import run_hook, run_migration
from outgrow.deploy.ending import NotGood
from outgrow.deploy.plan import DeployAction, DeployPlan, DeployStep
from outgrow.deploy.ports import EndsSurplus, Fleet, Rollout
from outgrow.deploy.preflight import refuse
from outgrow.deploy.world import World

Found = Mapping[str, JsonValue]


class CommonSteps:
    """What is done alike wherever a version runs."""

    def __init__(self, plan: DeployPlan, place: Fleet | Rollout, world: World) -> None:
        self._plan = plan
        self._place = place
        self._world = world
        self.actions: dict[DeployAction, Callable[[DeployStep], Found]] = {
            "preflight": self._preflight, "before": self._before, "migrate": self._migrate,
            "after": self._after, "reverted": self._after,
        }  # fmt: skip

    def _preflight(self, _step: DeployStep) -> Found:
        refuse(self._place.preflight(self._plan.version))
        if self._world.judge is not None:
            self._world.judge.begin()
        return {}

    def _before(self, step: DeployStep) -> Found:
        run_hook(self._world, step.command, self._plan.version)
        return {}

    def _migrate(self, step: DeployStep) -> Found:
        ran = self._place.run_once(self._plan.version, step.command)
        return run_migration(ran, self._world)

    def _after(self, step: DeployStep) -> Found:
        """Run a hook that comes too late to change how it ended: its failure is a problem."""
        try:
            run_hook(self._world, step.command, self._plan.version)
        except NotGood as error:
            return {"problem": error.reason}
        return {}


def end_surplus(place: Fleet | Rollout) -> Found:
    """End instances that the strategy has no more, at the end of a deploy; return which."""
    ended = place.end_surplus() if isinstance(place, EndsSurplus) else ()
    return {"ended": list(ended)} if ended else {}
