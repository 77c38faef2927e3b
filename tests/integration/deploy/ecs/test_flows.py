"""Versions of a service on the fake of ECS: brought in, taken back, stopped, gone on with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.stub import Stubber
from tests.integration.deploy.ecs.conftest import PLANTED, Shop, image, policy_of, version

from outgrow.clients.clock import now
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.values import Version
from outgrow.errors import OutsideError

KINDS = (
    policy_of("rolling"),
    policy_of("blue_green", bake_seconds=120),
    policy_of("canary", shares=[0.1], bake_seconds=120),
    policy_of("canary", shares=[0.25, 0.5, 0.75], bake_seconds=60),
)
NAMES = ("rolling", "blue-green", "canary", "linear")


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_a_good_version_is_brought_in(shop: Shop, policy: DeployPolicy) -> None:
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    assert shop.until_still(rollout, name) == ["running", "done"]
    assert rollout.current() == version("b")
    running = shop.fake.definitions[shop.fake.definition]["containerDefinitions"]
    assert [one["image"] for one in running] == [image("b"), "envoy:1"]
    assert running[0]["secrets"] == [{"name": "DATABASE_URL", "valueFrom": "arn:aws:secret:db"}]
    assert shop.fake.tags[shop.fake.definition]["Component"] == "api"


def test_the_share_of_a_canary_is_what_ecs_says(shop: Shop) -> None:
    rollout = shop.rollout(policy_of("canary", shares=[0.1], bake_seconds=120))
    name = rollout.begin(version("b"), "token-1")
    seen = []
    for _ in range(60):
        state = rollout.progress(name)
        if state.share_new not in seen:
            seen.append(state.share_new)
        shop.pause.wait(5)
    assert seen == [0.0, 0.1, 1.0]


def test_a_rolling_deployment_tells_no_share(shop: Shop) -> None:
    rollout = shop.rollout()
    state = rollout.progress(rollout.begin(version("b"), "token-1"))
    assert (state.share_new, state.healthy, state.wanted) == (None, 0, 2)


@pytest.mark.parametrize("policy", KINDS[:2], ids=NAMES[:2])
def test_tasks_that_crash_are_taken_back_by_ecs(shop: Shop, policy: DeployPolicy) -> None:
    shop.fake.outcomes[image("b")] = "crashes"
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    assert shop.until_still(rollout, name) == ["running", "reverting", "reverted"]
    assert "tasks failed to start" in rollout.progress(name).reason
    assert rollout.current() == Version("shop-api-1", image("a"))


@pytest.mark.parametrize("policy", KINDS[2:], ids=NAMES[2:])
def test_tasks_that_crash_fail_where_ecs_has_no_circuit_breaker(
    shop: Shop, policy: DeployPolicy
) -> None:
    shop.fake.outcomes[image("b")] = "crashes"
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    assert shop.until_still(rollout, name) == ["running", "failed"]
    assert rollout.progress(name).reason == "3 tasks of the new version stopped and none runs"
    rollout.abort(name)
    assert shop.until_still(rollout, name) == ["reverting", "reverted"]


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_an_alarm_takes_a_version_back(shop: Shop, policy: DeployPolicy) -> None:
    shop.fake.outcomes[image("b")] = "alarm:shop-api-errors"
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    phases = shop.until_still(rollout, name)
    if policy.kind == "rolling":
        # A rolling update of two tasks is over before the alarm's period is.
        assert phases == ["running", "done"]
        return
    assert phases == ["running", "reverting", "reverted"]
    assert "alarms that ring: shop-api-errors" in rollout.progress(name).reason


def test_only_alarms_that_exist_are_watched_besides_those_of_the_service(shop: Shop) -> None:
    shop.place = replace(shop.place, alarms=("shop-api-errors", "never-made"))
    shop.fake.configuration["alarms"] = {"alarmNames": ["own"], "enable": True, "rollback": False}
    shop.rollout().begin(version("b"), "token-1")
    asked = shop.fake.calls("UpdateService")[0]["deploymentConfiguration"]["alarms"]
    assert asked == {"alarmNames": ["own", "shop-api-errors"], "enable": True, "rollback": True}


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_a_deployment_under_way_is_stopped(shop: Shop, policy: DeployPolicy) -> None:
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    shop.pause.wait(10)
    rollout.abort(name)
    rollout.abort(name)
    assert len(shop.fake.calls("StopServiceDeployment")) == 1
    assert shop.until_still(rollout, name) == ["reverting", "reverted"]
    assert rollout.current() == Version("shop-api-1", image("a"))


@pytest.mark.parametrize("policy", KINDS, ids=NAMES)
def test_what_is_done_is_taken_back_at_once(shop: Shop, policy: DeployPolicy) -> None:
    rollout = shop.rollout(policy)
    name = rollout.begin(version("b"), "token-1")
    shop.until_still(rollout, name)
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverting"
    began = shop.fake.seconds
    assert shop.until_still(rollout, name) == ["reverting", "reverted"]
    assert shop.fake.seconds - began <= 40
    assert rollout.current() == Version("shop-api-1", image("a"))


def test_while_a_version_comes_in_the_one_before_is_current(shop: Shop) -> None:
    rollout = shop.rollout(KINDS[2])
    rollout.begin(version("b"), "token-1")
    assert rollout.current() == Version("shop-api-1", image("a"))


@pytest.mark.parametrize("cut", ["RegisterTaskDefinition", "TagResource", "UpdateService"])
def test_a_run_that_was_cut_short_begins_once(shop: Shop, cut: str) -> None:
    """The request is lost before ECS sees it; the next run does what is left."""
    shop.fake.refuse(cut, "ServerException", "cut", times=1)
    rollout = shop.rollout()
    with pytest.raises(OutsideError):
        rollout.begin(version("b"), "token-1")
    name = rollout.begin(version("b"), "token-1")
    assert rollout.begin(version("b"), "token-1") == name
    assert len(shop.fake.deployments) == 1
    assert len(shop.fake.definitions) == 2


@pytest.mark.parametrize("outcome", ["good", "crashes"])
@pytest.mark.parametrize("passed", [0, 15, 200])
def test_a_run_that_was_killed_finds_what_it_had_begun(
    shop: Shop, outcome: str, passed: int
) -> None:
    """ECS did it and the answer was lost: whatever it came to since, it is not done again."""
    shop.fake.outcomes[image("b")] = outcome
    name = shop.rollout().begin(version("b"), "token-1")
    for _ in range(0, passed, 5):
        shop.pause.wait(5)
    assert shop.rollout().begin(version("b"), "token-1") == name
    assert len(shop.fake.deployments) == 1


def test_a_version_that_comes_back_is_its_own_revision_and_a_new_deployment(shop: Shop) -> None:
    rollout = shop.rollout()
    names = []
    for letter, token in (("b", "t1"), ("c", "t2"), ("b", "t3")):
        names.append(rollout.begin(version(letter), token))
        shop.until_still(rollout, names[-1])
    assert len(set(names)) == 3
    assert len(shop.fake.definitions) == 3
    assert rollout.current() == version("b")
    assert rollout.begin(version("b"), "t3") == names[-1]


def test_a_version_that_runs_already_is_done(shop: Shop) -> None:
    rollout = shop.rollout()
    name = rollout.begin(version("b"), "t1")
    shop.until_still(rollout, name)
    assert rollout.begin(version("b"), "t2") == name
    assert rollout.progress(name).phase == "done"


def test_a_command_runs_once_with_the_new_image(shop: Shop) -> None:
    shop.clients.logs.create_log_group(logGroupName="/ecs/shop/api")
    shop.clients.logs.create_log_stream(logGroupName="/ecs/shop/api", logStreamName="app/api/once0")
    shop.clients.logs.put_log_events(
        logGroupName="/ecs/shop/api", logStreamName="app/api/once0",
        logEvents=[{"timestamp": int(now().timestamp() * 1000), "message": "upgraded to 42\n"}],
    )  # fmt: skip
    rollout = shop.rollout()
    ran = rollout.run_once(version("b"), ["alembic", "upgrade", "head"])
    assert (ran.exit_code, ran.lines) == (0, ("upgraded to 42",))
    assert shop.fake.calls("RunTask")[0]["networkConfiguration"]["awsvpcConfiguration"]
    rollout.begin(version("b"), "token-1")
    assert len(shop.fake.definitions) == 2
    assert shop.fake.calls("RunTask")[0]["taskDefinition"] == shop.fake.definition


def test_a_command_that_fails_gives_its_exit_code(shop: Shop) -> None:
    shop.fake.exit_codes["migrate"] = 3
    assert shop.rollout().run_once(version("b"), ["migrate"]).exit_code == 3
    assert shop.rollout().run_once(version("b"), ["migrate"]).exit_code == 3
    assert len(shop.fake.calls("RunTask")) == 2


def test_a_command_that_a_killed_run_has_begun_is_waited_for(shop: Shop) -> None:
    rollout = shop.rollout()
    rollout.run_once(version("b"), ["migrate"])
    begun = shop.fake.calls("RunTask")[0]["startedBy"]
    shop.fake.add_task(
        "still", shop.fake.definition, group="family:once", startedBy=begun, command="migrate",
        containers=[{"name": "api"}],
    )  # fmt: skip
    assert rollout.run_once(version("b"), ["migrate"]).exit_code == 0
    assert len(shop.fake.calls("RunTask")) == 1


def test_evidence_is_of_the_tasks_that_stopped(shop: Shop) -> None:
    shop.fake.outcomes[image("b")] = "crashes"
    rollout = shop.rollout()
    name = rollout.begin(version("b"), "token-1")
    shop.until_still(rollout, name)
    with Stubber(shop.clients.balancers) as balancers:
        balancers.add_client_error("describe_target_health", "AccessDenied")
        balancers.add_client_error("describe_target_health", "AccessDenied")
        found = rollout.evidence(name)
    assert [one.exit_code for one in found] == [1]
    assert found[0].expected_port == 8000
    assert found[0].lines == ("ECS: Essential container in task exited; Error: no DATABASE_URL",)


def test_evidence_has_what_the_load_balancer_says_of_a_task_that_runs(shop: Shop) -> None:
    name = shop.rollout().begin(version("b"), "token-1")
    interface = {"name": "privateIPv4Address", "value": "10.0.1.7"}
    shop.fake.add_task(
        "slow", shop.fake.definition, createdAt=2.0, containers=[{"name": "api"}],
        attachments=[{"type": "ElasticNetworkInterface", "details": [interface]}],
    )  # fmt: skip
    health = {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }
    seen = {"TargetHealthDescriptions": [{"Target": {"Id": "10.0.1.7"}, "TargetHealth": health}]}
    with Stubber(shop.clients.balancers) as balancers:
        balancers.add_response("describe_target_health", seen)
        balancers.add_response("describe_target_health", {"TargetHealthDescriptions": []})
        (found,) = shop.rollout().evidence(name)
        balancers.assert_no_pending_responses()
    assert found.slot == "slow"
    assert found.probe is not None
    assert not found.probe.ok
    assert found.probe.said == (
        "unhealthy, Target.ResponseCodeMismatch, Health checks failed with these codes: [503]"
    )


def test_with_no_broken_task_evidence_is_what_the_service_says(shop: Shop) -> None:
    shop.fake.events = ["(service api) was unable to place a task."]
    name = shop.rollout().begin(version("b"), "token-1")
    with Stubber(shop.clients.balancers) as balancers:
        balancers.add_response("describe_target_health", {"TargetHealthDescriptions": []})
        balancers.add_response("describe_target_health", {"TargetHealthDescriptions": []})
        (found,) = shop.rollout().evidence(name)
    assert found.lines == ("(service api) was unable to place a task.",)


@pytest.mark.parametrize("outcome", ["good", "crashes"])
def test_an_ecs_without_service_deployments_is_followed_by_its_own_list(
    shop: Shop, outcome: str
) -> None:
    shop.fake.knows_deployments = False
    shop.fake.outcomes[image("b")] = outcome
    rollout = shop.rollout()
    name = rollout.begin(version("b"), "token-1")
    assert rollout.begin(version("b"), "token-1") == name
    wanted = ["running", "done"] if outcome == "good" else ["running", "reverting", "reverted"]
    assert shop.until_still(rollout, name) == wanted
    if outcome == "good":
        rollout.abort(name)
        assert shop.until_still(rollout, name)[-1] == "reverted"


def test_nothing_that_is_said_or_kept_holds_a_secret(shop: Shop) -> None:
    rollout = shop.rollout()
    name = rollout.begin(version("b"), "token-1")
    said = f"{rollout.describe()} {rollout.preflight(version('b'))} {rollout.progress(name)}"
    assert PLANTED not in f"{said} {shop.fake.asked} {rollout!r} {shop.clients!r}"
    assert "account 123456789012" in said
