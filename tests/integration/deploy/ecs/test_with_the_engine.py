"""The engine of deploys, with a service on the fake of ECS as its place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from tests.integration.deploy.ecs.conftest import Pause, Shop, image, policy_of, version
from tests.unit.deploy.worlds import Events, FakeHooks, FakePerson, MemoryRecord

from outgrow.clients.ecs import EcsRollout
from outgrow.deploy.planning import Around, rollout_plan
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.run import Deployer, deployer
from outgrow.deploy.values import Problem, Version
from outgrow.deploy.world import World

KINDS = (
    policy_of("rolling"),
    policy_of("blue_green", bake_seconds=60),
    policy_of("canary", shares=[0.1], bake_seconds=60),
)
NAMES = ("rolling", "blue-green", "canary")
OLD = Version("shop-api-1", image("a"))


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal(Pause):
    """A pause in which the process may be killed."""

    lives: int | None = None

    def wait(self, seconds: float) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed
        super().wait(seconds)


class Unchecked(EcsRollout):
    """The service without its preflight: test_refusals.py has that."""

    def preflight(self, version: Version) -> list[Problem]:
        del version
        return []


@dataclass
class Trial:
    """A deploy of the version `b` over `a`."""

    shop: Shop
    policy: DeployPolicy
    record: MemoryRecord = field(default_factory=MemoryRecord)

    def deployer(self, lives: int | None = None) -> Deployer:
        """Return a process that goes on with the deploy, and lives for so many waits."""
        pause = Mortal(self.shop.fake, lives=lives)
        place = Unchecked(self.shop.place, self.policy, self.shop.clients, pause)
        around, bakes = Around(migrate=("migrate",)), place.bakes_itself()
        plan = rollout_plan("api", self.policy, OLD, version("b"), around, bakes_itself=bakes)
        world = World(FakeHooks(), FakePerson(), Events(), pause)
        return deployer(plan, place, self.record, world, "token-1")


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_a_good_version_is_brought_in_after_its_migrations(
    shop: Shop, policy: DeployPolicy
) -> None:
    assert Trial(shop, policy).deployer().run().end == "done"
    assert shop.rollout(policy).current() == version("b")
    operations = [name for name, _ in shop.fake.asked]
    assert operations.index("RunTask") < operations.index("UpdateService")
    assert shop.fake.calls("RunTask")[0]["taskDefinition"] == shop.fake.definition


def test_what_ecs_has_baked_is_not_baked_again(shop: Shop) -> None:
    policy = policy_of("blue_green", bake_seconds=600)
    assert Trial(shop, policy).deployer().run().end == "done"
    assert 600 <= shop.fake.seconds < 1200


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_a_version_that_crashes_is_explained_and_the_old_one_serves(
    shop: Shop, policy: DeployPolicy
) -> None:
    shop.fake.outcomes[image("b")] = "crashes"
    ended = Trial(shop, policy).deployer().run()
    assert (ended.end, ended.problems) == ("reverted", ())
    assert ended.evidence[0].exit_code == 1
    assert "Error: no DATABASE_URL" in ended.evidence[0].lines[0]
    assert shop.rollout(policy).current() == OLD


def test_migrations_that_fail_leave_the_service_alone(shop: Shop) -> None:
    shop.fake.exit_codes["migrate"] = 1
    assert Trial(shop, KINDS[0]).deployer().run().end == "reverted"
    assert not shop.fake.calls("UpdateService")


@pytest.mark.parametrize("lives", [0, 1, 2, 4, 7, 12, 20, 30])
@pytest.mark.parametrize("outcome", ["good", "crashes"])
def test_a_process_that_is_killed_is_gone_on_with(shop: Shop, outcome: str, lives: int) -> None:
    shop.fake.balanced = False
    shop.fake.outcomes[image("b")] = outcome
    trial = Trial(shop, KINDS[0])
    with suppress(Killed):
        trial.deployer(lives).run()
    trial.deployer().run()
    served = version("b") if outcome == "good" else OLD
    assert shop.rollout(KINDS[0]).current() == served
    assert len(shop.fake.deployments) == 1
    assert len(shop.fake.calls("UpdateService")) == 1
