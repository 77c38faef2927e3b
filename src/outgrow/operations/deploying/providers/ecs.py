"""A component on Fargate: its cluster, service and alarms, by the names that Terraform gave."""

from __future__ import annotations

from dataclasses import replace

from outgrow.clients.ecs import EcsRollout
from outgrow.clients.ecs_images import ecr_image, pinned
from outgrow.clients.ecs_place import EcsClients, EcsPlace, PairNames, open_clients
from outgrow.clients.ecs_refusals import asking
from outgrow.deploy.policy import DeployPolicy, deploy_policy
from outgrow.errors import InputError
from outgrow.operations.journal_record import RealPause
from outgrow.operations.opened import Opened
from outgrow.render.alerts.cloudwatch import watched_in
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.aws.releases import (
    GREEN,
    TEST_PORT,
    infrastructure_role_name,
    target_group_name,
)
from outgrow.render.aws.traffic import balancer_of
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store
from outgrow.strategy.deploys import Deploy, DeployKind

# What a bad version shows first. Alarms on disks or budgets say nothing about a version.
_TELLING = ("error_rate_percent", "latency_")


def build(
    opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None = None
) -> EcsRollout:
    """Return the service of ECS that runs `part`; nothing is asked of AWS yet.

    The deploy's journal is all the memory it needs: `state` is not used.
    """
    del opened, state
    region = _region(system, part)
    clients = open_clients(region.region)
    policy = ecs_policy(system.strategy.deploy, kind)
    return EcsRollout(place_of(region, part), policy, clients, RealPause())


def ecs_policy(deploy: Deploy, kind: DeployKind | None = None) -> DeployPolicy:
    """Return the policy as ECS can have it: where no shares are written, a canary has one."""
    policy = deploy_policy(deploy, kind)
    if policy.kind == "canary" and not deploy.shares:
        return replace(policy, shares=(policy.shares[0], 1.0))
    return policy


def place_of(region: AwsRegion, part: Part) -> EcsPlace:
    """Return what Terraform calls the cluster, the service and the container of `part`."""
    return EcsPlace(
        cluster=region.prefix,
        service=part.name,
        container=part.name,
        region=region.region,
        alarms=_alarms(region, part),
        block=region.name(part),
        pair=_pair(region, part),
    )


def _pair(region: AwsRegion, part: Part) -> PairNames | None:
    if balancer_of(region, part) is None:
        return None
    return PairNames(
        blue=target_group_name(region, part),
        green=target_group_name(region, part, GREEN),
        role=infrastructure_role_name(region, part),
        test_port=TEST_PORT,
    )


def _alarms(region: AwsRegion, part: Part) -> tuple[str, ...]:
    names = (
        f"{region.prefix}-{rule.name}"
        for rule, _ in watched_in(region)
        if rule.part == part.name and rule.metric.startswith(_TELLING)
    )
    return tuple(dict.fromkeys(names))


def _region(system: System, part: Part) -> AwsRegion:
    regions = regions_of(system)
    if not regions:
        raise InputError(
            f"{part.component} runs on AWS, but {system.environment} names no region of AWS",
            "Write the phase's `region`, such as eu-west-1.",
        )
    return next((one for one in regions if one.part(part.name) is not None), regions[0])


class EcrResolver:
    """Knows which digest a tag of a component's repository in ECR means now."""

    def __init__(self, clients: EcsClients, region: str, repository: str) -> None:
        self._clients = clients
        self._region = region
        self._repository = repository

    def resolve(self, reference: str) -> str:
        """Return the image that `reference` means now, by its digest.

        A tag alone is one of the component's own repository. Of registries other than ECR only
        what names a digest can be taken. Raises InputError for an image that is not there.
        """
        if ecr_image(reference) is not None:
            return pinned(self._clients, reference)
        if "/" in reference:
            if "@sha256:" in reference:
                return reference
            raise InputError(
                f"{reference} lies in a registry that is not asked here",
                "Name it by its digest: registry/repository@sha256:...",
            )
        with asking("AWS", "say which account this is"):
            account = self._clients.identity.get_caller_identity()["Account"]
        end = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        home = f"{account}.dkr.ecr.{self._region}.{end}/{self._repository}"
        glue = "@" if reference.startswith("sha256:") else ":"
        return pinned(self._clients, f"{home}{glue}{reference}")


def resolver(opened: Opened, system: System, part: Part) -> EcrResolver:
    """Return what knows which image a tag of `part` means."""
    del opened
    region = _region(system, part)
    clients = open_clients(region.region)
    # Images are pushed to the home region; ECR copies them to the others.
    return EcrResolver(clients, region.region, f"{region.prefix}/{part.name}")
