"""Every request to ECS, held against the service model of the installed botocore."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from outgrow.clients.ecs_requests import (
    Native,
    back_at_once,
    deployment_configuration,
    minutes,
    native_strategy,
    new_definition,
    one_task,
    percent,
)
from outgrow.deploy.policy import DeployPolicy, deploy_policy
from outgrow.strategy.deploys import Deploy

MODEL = botocore.session.get_session().get_service_model("ecs")
HOOK = {
    "hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:check",
    "roleArn": "arn:aws:iam::123456789012:role/hooks",
    "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
}
BEFORE = {
    "maximumPercent": 150,
    "minimumHealthyPercent": 100,
    "lifecycleHooks": [HOOK],
    "alarms": {"alarmNames": ["own"], "enable": True, "rollback": True},
}
BREAKER = {"enable": True, "rollback": True}
ALARMS = {"alarmNames": ["own", "errors"], "enable": True, "rollback": True}


def policy(strategy: str, **more: object) -> DeployPolicy:
    return deploy_policy(Deploy.model_validate({"strategy": strategy, **more}))


def valid(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return `request`, which botocore would send as it is."""
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    problems = ParamValidator().validate(request, shape)
    assert not problems.has_errors(), problems.generate_report()
    _known(request, shape)
    return request


def _known(value: Any, shape: Any) -> None:
    """Check that every text of an enumeration is one of it, which botocore leaves to AWS."""
    if shape.type_name == "structure":
        for key, one in value.items():
            _known(one, shape.members[key])
    elif shape.type_name == "list":
        for one in value:
            _known(one, shape.member)
    elif getattr(shape, "enum", None):
        assert value in shape.enum, f"{value!r} is none of {shape.enum}"


def update(made: Any) -> dict[str, Any]:
    """Return a configuration as UpdateService takes it."""
    request = {"cluster": "c", "service": "s", "taskDefinition": "t:2"}
    found: dict[str, Any] = valid("UpdateService", {**request, "deploymentConfiguration": made})[
        "deploymentConfiguration"
    ]
    return found


@pytest.mark.parametrize("strategy", ["rolling", "manual"])
def test_rolling_has_a_circuit_breaker_and_alarms_that_take_it_back(strategy: str) -> None:
    made = update(deployment_configuration(policy(strategy), "ROLLING", ["errors"], BEFORE))
    assert made == {
        "strategy": "ROLLING",
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "alarms": ALARMS,
        "deploymentCircuitBreaker": BREAKER,
    }


def test_blue_green_bakes_in_whole_minutes_and_keeps_the_hooks() -> None:
    chosen = policy("blue_green", bake_seconds=90)
    made = update(deployment_configuration(chosen, "BLUE_GREEN", ["errors"], BEFORE))
    assert made == {
        "strategy": "BLUE_GREEN",
        "maximumPercent": 150,
        "minimumHealthyPercent": 100,
        "alarms": ALARMS,
        "deploymentCircuitBreaker": BREAKER,
        "bakeTimeInMinutes": 2,
        "lifecycleHooks": [HOOK],
    }


def test_a_canary_has_one_share_and_no_circuit_breaker() -> None:
    chosen = policy("canary", shares=[0.055], bake_seconds=600)
    made = update(deployment_configuration(chosen, "CANARY", [], {}))
    assert made == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": 10,
        "canaryConfiguration": {"canaryPercent": 5.5, "canaryBakeTimeInMinutes": 10},
    }


def test_equal_shares_are_a_linear_deployment() -> None:
    chosen = policy("canary", shares=[0.25, 0.5, 0.75], bake_seconds=60)
    made = update(deployment_configuration(chosen, "LINEAR", [], {}))
    assert made == {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": 1,
        "linearConfiguration": {"stepPercent": 25.0, "stepBakeTimeInMinutes": 1},
    }


@pytest.mark.parametrize(
    ("shares", "native"),
    [
        ([0.1], "CANARY"),
        ([0.5], "CANARY"),
        ([0.25, 0.5, 0.75], "LINEAR"),
        ([0.3, 0.6, 0.9], "LINEAR"),
        ([0.1, 0.5], None),
        ([0.05, 0.25, 0.5], None),
        ([0.02 * at for at in range(1, 50)], None),
    ],
)
def test_shares_are_one_first_or_equal_steps_or_nothing_that_ecs_knows(
    shares: list[float], native: Native | None
) -> None:
    assert native_strategy(policy("canary", shares=shares), shifts=True) == native


@pytest.mark.parametrize("strategy", ["blue_green", "canary"])
def test_what_has_no_traffic_to_shift_rolls(strategy: str) -> None:
    assert native_strategy(policy(strategy), shifts=False) == "ROLLING"


@pytest.mark.parametrize("native", ["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"])
def test_the_way_back_has_no_bake(native: Native) -> None:
    made = update(back_at_once(BEFORE | {"canaryConfiguration": {"canaryPercent": 5.0}}, native))
    assert made["strategy"] in ("ROLLING", "BLUE_GREEN")
    assert made.get("bakeTimeInMinutes", 0) == 0
    assert "canaryConfiguration" not in made
    assert made["alarms"] == BEFORE["alarms"]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, 0), (1, 1), (60, 1), (61, 2), (90_000, 1440)]
)
def test_a_bake_is_never_shorter_than_asked_up_to_a_day(seconds: float, expected: int) -> None:
    assert minutes(seconds) == expected


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0001, 0.1), (0.1, 10.0), (0.3333, 33.3), (1.0, 100.0)]
)
def test_a_share_is_in_tenths_of_a_percent(share: float, expected: float) -> None:
    assert percent(share) == expected


def test_a_definition_keeps_all_but_the_image() -> None:
    described: Any = {
        "family": "api", "taskDefinitionArn": "arn", "revision": 7, "status": "ACTIVE",
        "requiresAttributes": [{"name": "x"}], "compatibilities": ["FARGATE"], "cpu": "256",
        "registeredAt": 1, "registeredBy": "someone", "memory": "512", "volumes": [],
        "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
        "containerDefinitions": [
            {"name": "api", "image": "old", "secrets": [{"name": "A", "valueFrom": "arn:x"}]},
            {"name": "log", "image": "fluentbit"},
        ],
    }  # fmt: skip
    shape = MODEL.operation_model("RegisterTaskDefinition").input_shape
    assert shape is not None
    made: Any = new_definition(described, "api", "new", {"outgrow:version": "v1"}, shape.members)
    valid("RegisterTaskDefinition", made)
    assert made["containerDefinitions"] == [
        {"name": "api", "image": "new", "secrets": [{"name": "A", "valueFrom": "arn:x"}]},
        {"name": "log", "image": "fluentbit"},
    ]
    assert {"revision", "status", "taskDefinitionArn", "registeredBy"}.isdisjoint(made)
    assert made["tags"] == [{"key": "outgrow:version", "value": "v1"}]


def test_a_single_task_runs_where_those_of_the_service_run() -> None:
    service: Any = {
        "clusterArn": "arn:cluster",
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"]}},
    }
    made: Any = one_task(service, "api:2", "api", ["alembic", "upgrade"], "outgrow/v1/ab", "t" * 32)
    valid("RunTask", made)
    assert made["launchType"] == "FARGATE"
    assert made["overrides"] == {
        "containerOverrides": [{"name": "api", "command": ["alembic", "upgrade"]}]
    }


def test_a_single_task_on_spot_has_no_launch_type() -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    service: Any = {"clusterArn": "arn", "capacityProviderStrategy": spot, "launchType": "FARGATE"}
    made: Any = one_task(service, "api:2", "api", ["true"], "outgrow/v1/ab", "t")
    valid("RunTask", made)
    assert "launchType" not in made
