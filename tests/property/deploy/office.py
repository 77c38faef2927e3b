"""Commands given one after the other on one fleet, each of which may be killed at any moment.

It decides what becomes of an unfinished deploy with the functions that `outgrow deploy` uses,
and keeps the journal in memory, so that hundreds of kills take a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue
from tests.unit.deploy.fake_fleet import FakeClock, FakeFleet, Fuse, Killed
from tests.unit.deploy.worlds import (
    NEW,
    NEXT,
    OLD,
    Answer,
    Events,
    FakeHooks,
    FakeJudge,
    FakePerson,
    MemoryRecord,
    policy,
)

from outgrow.deploy.ending import Ended
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.planning import Around, fleet_plan
from outgrow.deploy.run import Deployer, deployer
from outgrow.deploy.unfinished import Fate, fate_for, left_at
from outgrow.deploy.values import Version
from outgrow.deploy.world import World
from outgrow.strategy.deploys import DeployGate, DeployKind

# Few looks at a time that is only waited for: then most kills hit something that changes.
_SHORT = {"bake_seconds": 1, "drain_seconds": 1, "health_gate_seconds": 2}
AROUND = Around(before=[["b"]], after=[["a"]], reverted=[["r"]], migrate=("migrate",))


class FusedRecord(MemoryRecord):
    """A journal whose every write may be the last thing that a process does, or does not."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    def started(self, step: str) -> None:
        self.fuse.burn()
        super().started(step)
        self.fuse.burn()

    def note(self, step: str, found: Mapping[str, JsonValue]) -> None:
        self.fuse.burn()
        super().note(step, found)
        self.fuse.burn()

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        self.fuse.burn()
        super().done(step, found)
        self.fuse.burn()


@dataclass
class Settings:
    """What differs between the deploys of a run."""

    kind: DeployKind
    keep_warm_seconds: float = 3600
    undecided: str = "hold"
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass
class Office:
    """The commands on one fleet, and what is unfinished between them."""

    fleet: FakeFleet
    settings: Settings
    fuse: Fuse = field(default_factory=Fuse)
    left: tuple[DeployPlan, FusedRecord] | None = None
    fates: list[Fate] = field(default_factory=list)

    def killed_after(self, moments: int | None, wanted: Version | None) -> bool:
        """Give a command that is killed after so many moments; return whether it was."""
        self.fuse = Fuse(moments)
        self.fleet.fuse = self.fuse
        if self.left is not None:
            self.left[1].fuse = self.fuse
        try:
            self.command(wanted)
        except Killed:
            return True
        return False

    def command(self, wanted: Version | None, *, goes_on: bool = False) -> Ended | None:
        """Deploy `wanted`, or roll back what is unfinished; return how that ended."""
        ended = None
        if self.left is not None:
            plan, record = self.left
            fate = fate_for(left_at(plan, record), wanted.id if wanted else None)
            self.fates.append(fate)
            one = self._deployer(plan, record, goes_on=goes_on)
            ended = self._closed(one.revert("left") if fate == "revert" else one.run())
            if fate == "resume":
                return ended
        if wanted is None or {*self.fleet.taking.values()} == {wanted.id}:
            return ended
        known = {one.id: one for one in (OLD, NEW, NEXT)}
        gate = {"when_undecided": self.settings.undecided, "hold_seconds": 1}
        rules = policy(
            self.settings.kind,
            DeployGate.model_validate(gate),
            keep_warm_seconds=self.settings.keep_warm_seconds,
            **_SHORT,
        )
        plan = fleet_plan("here", rules, self.fleet.look(), wanted, known, AROUND)
        self.fuse.burn()
        self.left = (plan, FusedRecord(self.fuse))
        return self._closed(self._deployer(*self.left, goes_on=goes_on).run())

    def _closed(self, ended: Ended) -> Ended:
        if ended.end in {"done", "reverted"}:
            self.fuse.burn()
            self.left = None
        return ended

    def _deployer(self, plan: DeployPlan, record: FusedRecord, *, goes_on: bool) -> Deployer:
        answer = self.settings.answers.get(plan.version.id, "pass")
        judge = FakeJudge((answer,)) if plan.judged else None
        clock = FakeClock(fuse=self.fuse)
        world = World(FakeHooks(), FakePerson(), Events(), clock, judge, goes_on)
        return deployer(plan, self.fleet, record, world, "outgrow-1")
