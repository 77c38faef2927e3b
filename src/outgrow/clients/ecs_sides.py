"""In which target group the old and the new version of a service are.

ECS moves users between two target groups and never says which one is blue. The service
revisions do: each tells the target group that it was resolved to.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ResolvedConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from outgrow.clients.cloudwatch import TargetGroups
from outgrow.clients.ecs_definitions import VERSION, Definitions
from outgrow.clients.ecs_deployments import Deployments
from outgrow.deploy.values import Version
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ServiceDeploymentTypeDef,
        ServiceRevisionLoadBalancerTypeDef,
        ServiceRevisionTypeDef,
    )


def target_groups(
    version: Version, deployments: Deployments, definitions: Definitions
) -> TargetGroups:
    """Return the target groups of `version` and of the one before it, as CloudWatch names them.

    Raises OutsideError while ECS does not tell: before it has begun, or resolved the revision.
    """
    newest = next(iter(deployments.newest()), None)
    if newest is None:
        raise OutsideError("ECS has not begun to bring the version in")
    deployment = deployments.read(newest[0])
    revisions = deployments.revisions(_revisions_of(deployment))
    new = revisions.get(deployment.get("targetServiceRevision", {}).get("arn", ""))
    if new is None or not _is_of(new, version, definitions):
        raise OutsideError("ECS has not begun to bring the version in")
    coming = _resolved(new)
    old = [_resolved(one) for one in revisions.values() if one is not new]
    group, rule = coming.get("targetGroupArn", ""), coming.get("productionListenerRule", "")
    other = next((one.get("targetGroupArn", "") for one in old), "") or _other(new, group)
    if not group or not other or group == other or ":listener-rule/" not in rule:
        raise OutsideError("ECS does not tell yet which target group the new version is in")
    return TargetGroups(_balancer(rule), {"new": _end(group), "old": _end(other)})


def _revisions_of(deployment: ServiceDeploymentTypeDef) -> list[str]:
    sources = deployment.get("sourceServiceRevisions", [])
    target = deployment.get("targetServiceRevision", {})
    found = [one.get("arn", "") for one in (target, *sources[:1])]
    return [one for one in dict.fromkeys(found) if one]


def _is_of(revision: ServiceRevisionTypeDef, version: Version, definitions: Definitions) -> bool:
    tags: Mapping[str, str] = definitions.read(revision.get("taskDefinition", "")).tags
    return tags.get(VERSION) == version.id


def _resolved(revision: ServiceRevisionTypeDef) -> ServiceRevisionLoadBalancerTypeDef:
    empty: ServiceRevisionLoadBalancerTypeDef = {}
    return next(iter(revision.get("resolvedConfiguration", {}).get("loadBalancers", [])), empty)


def _other(revision: ServiceRevisionTypeDef, group: str) -> str:
    """Return the second target group of a revision's pair, "" where `group` is none of it.

    The revision before the first shift was brought in by a rolling deployment.
    """
    for one in revision.get("loadBalancers", []):
        first = one.get("targetGroupArn", "")
        second = one.get("advancedConfiguration", {}).get("alternateTargetGroupArn", "")
        if group in (first, second):
            return second if group == first else first
    return ""


def _balancer(rule: str) -> str:
    """Return the load balancer in the ARN of a rule: `app/shop/50dc6c495c0c9188`."""
    return "/".join(rule.split(":listener-rule/")[1].split("/")[:3])


def _end(group: str) -> str:
    return group.rsplit(":", 1)[-1]
