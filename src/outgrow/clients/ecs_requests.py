"""What ECS is asked for, as plain values: definitions, deployment configurations, tasks.

ECS counts bake times in whole minutes and shares in tenths of a percent. Its words:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast

from outgrow.deploy.policy import DeployPolicy

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        DeploymentConfigurationUnionTypeDef,
        RegisterTaskDefinitionRequestTypeDef,
        RunTaskRequestTypeDef,
        ServiceTypeDef,
        TaskDefinitionTypeDef,
    )

Native = Literal["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"]
Tags = Mapping[str, str]

OURS = "outgrow:"
# Where ECS itself gives up on tasks that do not get healthy; with CANARY and LINEAR it only
# watches alarms: .../developerguide/deployment-failure-detection.html
WITH_BREAKER: tuple[Native, ...] = ("ROLLING", "BLUE_GREEN")
_LONGEST_BAKE_MINUTES = 1440
_LEAST_STEP_PERCENT = 3.0
_LONGEST_STARTED_BY = 128


def native_strategy(policy: DeployPolicy, shifts: bool) -> Native | None:
    """Return what ECS calls the way of `policy`, None where it has no such way.

    `shifts` says that there is something whose traffic can be shifted, such as a load balancer.
    ECS knows one first share (CANARY) or equal steps (LINEAR), nothing between.
    """
    if policy.kind in ("manual", "rolling") or not shifts:
        return "ROLLING"
    if policy.kind == "blue_green":
        return "BLUE_GREEN"
    if len(policy.shares) <= 2:
        return "CANARY"
    return "LINEAR" if _equal_steps(policy.shares) else None


def _equal_steps(shares: Sequence[float]) -> bool:
    step = shares[0]
    wanted = [min(1.0, step * (at + 1)) for at in range(len(shares))]
    same = all(abs(a - b) < 0.0005 for a, b in zip(wanted, shares, strict=True))
    return same and step * 100 >= _LEAST_STEP_PERCENT


def minutes(seconds: float) -> int:
    """Return `seconds` in whole minutes as ECS takes them: never shorter, at most a day."""
    return min(_LONGEST_BAKE_MINUTES, math.ceil(max(0.0, seconds) / 60))


def percent(share: float) -> float:
    """Return a share of 0 to 1 in percent, in tenths, at least the least that ECS takes."""
    return min(100.0, max(0.1, round(share * 100, 1)))


def deployment_configuration(
    policy: DeployPolicy, native: Native, alarms: Sequence[str], before: Mapping[str, object]
) -> DeploymentConfigurationUnionTypeDef:
    """Return how ECS brings a version in.

    What the service has set `before` and the policy does not speak of stays: the percentages,
    the hooks, the alarms it has besides `alarms`.
    """
    found: dict[str, object] = {"strategy": native}
    for key in ("maximumPercent", "minimumHealthyPercent"):
        if before.get(key) is not None:
            found[key] = before[key]
    if watched := _watched(alarms, before):
        found["alarms"] = {"alarmNames": watched, "enable": True, "rollback": True}
    if native in WITH_BREAKER:
        found["deploymentCircuitBreaker"] = {"enable": True, "rollback": True}
    if native == "ROLLING":
        return cast("DeploymentConfigurationUnionTypeDef", found)
    found["bakeTimeInMinutes"] = minutes(policy.bake_seconds)
    if before.get("lifecycleHooks"):
        found["lifecycleHooks"] = before["lifecycleHooks"]
    found.update(_steps(policy, native))
    return cast("DeploymentConfigurationUnionTypeDef", found)


def _steps(policy: DeployPolicy, native: Native) -> dict[str, object]:
    first, bake = percent(policy.shares[0]), minutes(policy.bake_seconds)
    if native == "CANARY":
        share = {"canaryPercent": first, "canaryBakeTimeInMinutes": bake}
        return {"canaryConfiguration": share}
    if native == "LINEAR":
        return {"linearConfiguration": {"stepPercent": first, "stepBakeTimeInMinutes": bake}}
    return {}


def _watched(alarms: Sequence[str], before: Mapping[str, object]) -> list[str]:
    own = before.get("alarms")
    named = own.get("alarmNames", []) if isinstance(own, Mapping) and own.get("enable") else []
    return list(dict.fromkeys([*named, *alarms]))


def back_at_once(
    before: Mapping[str, object], native: Native
) -> DeploymentConfigurationUnionTypeDef:
    """Return how ECS goes back to the version before: all of the traffic, without a bake."""
    shared = ("maximumPercent", "minimumHealthyPercent", "alarms", "lifecycleHooks")
    found: dict[str, object] = {key: before[key] for key in shared if before.get(key) is not None}
    if native == "ROLLING":
        found.pop("lifecycleHooks", None)
        found |= {"strategy": "ROLLING"}
    else:
        found |= {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
    return cast("DeploymentConfigurationUnionTypeDef", found)


def new_definition(
    current: TaskDefinitionTypeDef,
    container: str,
    image: str,
    tags: Tags,
    allowed: Collection[str],
) -> RegisterTaskDefinitionRequestTypeDef:
    """Return the definition `current` with another image in `container`.

    `allowed` are the keys that can be registered: what ECS describes has more. Variables and
    references to secrets stay as they are; no value of a secret ever comes by here.
    """
    found = {
        key: value for key, value in current.items() if key in allowed and value not in ("", None)
    }
    found["containerDefinitions"] = [
        {**one, "image": image} if one.get("name") == container else one
        for one in current.get("containerDefinitions", [])
    ]
    found["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
    return cast("RegisterTaskDefinitionRequestTypeDef", found)


def one_task(
    service: ServiceTypeDef,
    definition: str,
    container: str,
    command: Sequence[str],
    started_by: str,
    token: str,
) -> RunTaskRequestTypeDef:
    """Return a task that runs `command` once where those of `service` run."""
    found: dict[str, object] = {
        "cluster": service.get("clusterArn", ""),
        "taskDefinition": definition,
        "count": 1,
        "startedBy": started_by[:_LONGEST_STARTED_BY],
        "clientToken": token,
        "overrides": {"containerOverrides": [{"name": container, "command": list(command)}]},
    }
    if service.get("networkConfiguration"):
        found["networkConfiguration"] = service["networkConfiguration"]
    if service.get("capacityProviderStrategy"):
        found["capacityProviderStrategy"] = service["capacityProviderStrategy"]
    elif service.get("launchType"):
        found["launchType"] = service["launchType"]
    if service.get("platformVersion"):
        found["platformVersion"] = service["platformVersion"]
    return cast("RunTaskRequestTypeDef", found)
