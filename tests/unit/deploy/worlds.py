"""Surroundings of a deploy that a test decides: who answers, what is judged, what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue
from tests.unit.deploy.fake_fleet import FakeClock, FakeFleet

from outgrow.deploy.gates.verdict import Finding, Verdict
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.planning import Around, fleet_plan
from outgrow.deploy.policy import DeployPolicy, deploy_policy
from outgrow.deploy.ports import Judge
from outgrow.deploy.run import Deployer, deployer
from outgrow.deploy.values import Ran, Version
from outgrow.deploy.world import World
from outgrow.strategy.deploys import Deploy, DeployGate, DeployKind

Answer = Literal["pass", "fail", "undecided"]
OLD, NEW, NEXT = (Version(one, f"sha256:{one}", one) for one in ("old", "new", "next"))


@dataclass
class FakeJudge:
    """Gives one answer after the other, the last one for ever."""

    answers: Sequence[Answer] = ("pass",)
    begun: int = 0
    asked: int = 0

    def begin(self) -> None:
        self.begun += 1

    def verdict(self) -> Verdict:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return Verdict((Finding("errors", answer, f"{answer}, said the test"),))


@dataclass
class FakePerson:
    """Somebody who always says the same; None is nobody."""

    says: bool | None = None
    asked: list[str] = field(default_factory=list)

    def agrees(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.says


@dataclass
class FakeHooks:
    """Keeps what was run; those that hold a word of `failing` fail."""

    ran: list[str] = field(default_factory=list)
    failing: str = "never"

    def run(self, command: Sequence[str], version: Version) -> Ran:
        self.ran.append(" ".join(command))
        return Ran(1, ("no",)) if self.failing in " ".join(command) else Ran(0, ("yes",))


@dataclass
class Events:
    """Keeps everything that it is told."""

    told: list[tuple[str, Mapping[str, JsonValue]]] = field(default_factory=list)

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        self.told.append((kind, facts))

    def steps(self) -> list[str]:
        """Return the steps that were begun, in order."""
        return [str(facts["step"]) for kind, facts in self.told if kind == "step-started"]


class MemoryRecord:
    """The journal of one deploy, in memory."""

    def __init__(self) -> None:
        self.begun_steps: list[str] = []
        self.done_steps: list[str] = []
        self.notes: dict[str, Mapping[str, JsonValue]] = {}

    def is_done(self, step: str) -> bool:
        return step in self.done_steps

    def is_begun(self, step: str) -> bool:
        return step in self.begun_steps

    def started(self, step: str) -> None:
        self.begun_steps.append(step)

    def note(self, step: str, found: Mapping[str, JsonValue]) -> None:
        self.notes[step] = dict(found)

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        self.done_steps.append(step)
        self.notes[step] = dict(found or {})

    def found(self, step: str) -> Mapping[str, JsonValue]:
        return self.notes.get(step, {})

    def undone(self, step: str) -> None:
        self.done_steps.remove(step)


def policy(kind: DeployKind, gate: DeployGate | None = None, **settings: object) -> DeployPolicy:
    """Return a policy of `kind` with what differs from the defaults."""
    values = {"strategy": kind, "gate": gate or DeployGate(), **settings}
    return deploy_policy(Deploy.model_validate(values))


@dataclass
class Bench:
    """A deploy on a fake fleet, with everything around it within reach."""

    fleet: FakeFleet
    plan: DeployPlan
    judge: FakeJudge = field(default_factory=FakeJudge)
    person: FakePerson = field(default_factory=FakePerson)
    hooks: FakeHooks = field(default_factory=FakeHooks)
    events: Events = field(default_factory=Events)
    clock: FakeClock = field(default_factory=FakeClock)
    record: MemoryRecord = field(default_factory=MemoryRecord)

    def deployer(self, *, goes_on: bool = False) -> Deployer:
        """Return a new process's view of the deploy."""
        judge: Judge | None = self.judge if self.plan.judged else None
        world = World(self.hooks, self.person, self.events, self.clock, judge, goes_on)
        return deployer(self.plan, self.fleet, self.record, world, "outgrow-1")


def bench(
    kind: DeployKind,
    fleet: FakeFleet | None = None,
    around: Around | None = None,
    gate: DeployGate | None = None,
    **settings: object,
) -> Bench:
    """Return a deploy of NEW over OLD, in blue slots."""
    place = fleet or FakeFleet().running("old")
    known = {one.id: one for one in (OLD, NEW, NEXT)}
    plan = fleet_plan(
        place.describe(), policy(kind, gate, **settings), place.look(), NEW, known,
        around or Around(),
    )  # fmt: skip
    return Bench(place, plan)
