"""The engine of deploys over the real client of Kubernetes and the fake of its API."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from tests.engines.fake_kubernetes_controllers import ready_pods
from tests.integration.kubernetes.cluster import ONE, TWO, WORKLOAD, World
from tests.unit.deploy.worlds import Events, FakeHooks, FakeJudge, FakePerson, MemoryRecord, policy

from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.clients.kubernetes_slots import KubernetesFleet
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.planning import Around, fleet_plan, rollout_plan
from outgrow.deploy.run import Deployer, deployer
from outgrow.deploy.values import Version
from outgrow.deploy.world import World as Surroundings
from outgrow.errors import OutsideError
from outgrow.strategy.deploys import DeployKind

KNOWN = {one.id: one for one in (ONE, TWO)}
QUICK = {"bake_seconds": 2, "health_gate_seconds": 60, "keep_warm_seconds": 0}
AROUND = Around(migrate=["alembic upgrade head"])
Place = KubernetesFleet | DeploymentRollout


class Killed(BaseException):
    """The process ends in the middle of something."""


@dataclass
class ClusterTime:
    """The engine's time is that of the cluster."""

    world: World

    def seconds(self) -> float:
        return self.world.cluster.now

    def wait(self, seconds: float) -> None:
        self.world.wait(max(seconds, 2))


@dataclass
class Deploy:
    """One deploy, which any number of processes may go on with."""

    world: World
    kind: DeployKind
    place: Callable[[], Place]
    plan: DeployPlan
    judge: FakeJudge = field(default_factory=FakeJudge)
    events: Events = field(default_factory=Events)
    record: MemoryRecord = field(default_factory=MemoryRecord)

    def process(self) -> Deployer:
        """Return what a process that begins now sees of it."""
        judge = self.judge if self.plan.judged else None
        clock = ClusterTime(self.world)
        surroundings = Surroundings(FakeHooks(), FakePerson(), self.events, clock, judge)
        return deployer(
            self.plan, self.place(), self.record, surroundings, f"of-{self.plan.version.id}"
        )


def deploy_of(world: World, kind: DeployKind, version: Version, around: Around = AROUND) -> Deploy:
    if kind == "rolling":
        rollout = world.rollout()
        plan = rollout_plan(
            rollout.describe(), policy(kind, **QUICK), rollout.current(), version, around
        )
        return Deploy(world, kind, world.rollout, plan)
    fleet = world.fleet(kind)
    plan = fleet_plan(fleet.describe(), policy(kind, **QUICK), fleet.look(), version, KNOWN, around)
    return Deploy(world, kind, lambda: world.fleet(kind), plan)


@pytest.fixture(params=["rolling", "blue_green", "canary"])
def kind(request: pytest.FixtureRequest) -> DeployKind:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def world(kind: DeployKind, request: pytest.FixtureRequest) -> World:
    """A cluster on which the first version runs."""
    found: World = request.getfixturevalue(kind)
    found.works(ONE)
    assert deploy_of(found, kind, ONE).process().run().end == "done"
    assert answering(found, kind) == {"v1"}
    found.watch = lambda: check(found, kind)
    return found


def answering(world: World, kind: DeployKind) -> set[str]:
    """Return the versions that requests reach now."""
    if kind == "rolling":
        selectors = [dict(WORKLOAD.labels)]
    else:
        states = [one for one in world.fleet(kind).look() if one.has_traffic]
        selectors = [{"outgrow/slot": one.colour} for one in states]
    pods = [pod for selector in selectors for pod in ready_pods(world.cluster, selector)]
    return {pod["metadata"]["labels"]["outgrow/version"] for pod in pods}


def check(world: World, kind: DeployKind) -> None:
    assert answering(world, kind), "nobody answers requests"


def test_a_version_that_works_gets_all_requests(kind: DeployKind, world: World) -> None:
    world.works(TWO)
    deploy = deploy_of(world, kind, TWO)
    assert deploy.process().run().end == "done"
    assert answering(world, kind) == {"v2"}
    world.wait(2)
    assert ready_pods(world.cluster, {"outgrow/version": "v1"}) == []
    assert [job["status"]["succeeded"] for job in world.cluster.every("jobs")] == [1, 1]


@pytest.mark.parametrize("does", ["crash", "pull"])
def test_a_version_that_does_not_start_never_answers(
    kind: DeployKind, world: World, does: str
) -> None:
    world.works(TWO, does=does, exit_code=1, log="no such table: users\n")
    deploy = deploy_of(world, kind, TWO, Around())
    ended = deploy.process().run()
    assert ended.end == "reverted"
    assert answering(world, kind) == {"v1"}
    assert ready_pods(world.cluster, {"outgrow/version": "v2"}) == []
    word = "CrashLoopBackOff" if does == "crash" else "ImagePullBackOff"
    assert word in str(ended)


@pytest.mark.parametrize("kind", ["blue_green", "canary"], indirect=True)
def test_a_version_that_does_worse_is_taken_back(kind: DeployKind, world: World) -> None:
    world.works(TWO)
    deploy = deploy_of(world, kind, TWO, Around())
    deploy.judge = FakeJudge(("pass", "fail"))
    assert deploy.process().run().end == "reverted"
    assert answering(world, kind) == {"v1"}


@pytest.mark.parametrize("waits", [0, 2, 4, 7])
def test_a_deploy_that_is_killed_is_ended_by_the_next_process(
    kind: DeployKind, world: World, waits: int
) -> None:
    world.works(TWO)
    deploy = deploy_of(world, kind, TWO)
    left = [waits]

    def kill() -> None:
        check(world, kind)
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    world.watch = kill
    with pytest.raises(Killed):
        deploy.process().run()
    world.watch = lambda: check(world, kind)
    assert deploy.process().run().end == "done"
    assert answering(world, kind) == {"v2"}
    jobs = [
        job
        for job in world.cluster.every("jobs")
        if job["metadata"]["labels"]["outgrow/version"] == "v2"
    ]
    assert len(jobs) == 1


@pytest.mark.parametrize("writes", [1, 3, 5])
def test_a_cluster_that_is_gone_after_any_change_ends_with_one_version(
    kind: DeployKind, world: World, writes: int
) -> None:
    world.works(TWO)
    deploy = deploy_of(world, kind, TWO, Around())
    world.watch = lambda: None
    world.dies_after("PATCH", "", earlier=writes - 1)
    with suppress(OutsideError):
        deploy.process().run()
    world.restarted()
    world.watch = lambda: check(world, kind)
    ended = deploy.process().run().end
    assert (ended, answering(world, kind)) in [("done", {"v2"}), ("reverted", {"v1"})]
