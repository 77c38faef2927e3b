"""Services on Fargate: how many tasks run, how they grow, and how a new version takes over."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.addresses import composed_keys
from outgrow.render.aws.fargate import SECTION, cluster_blocks, task_counts
from outgrow.render.aws.migrations import migration_outputs
from outgrow.render.aws.network import ways_out
from outgrow.render.aws.region import PRIVATE, AwsRegion, secret_name
from outgrow.render.aws.releases import is_shifted, release_blocks
from outgrow.render.aws.tasks import task_blocks
from outgrow.render.aws.traffic import balancer_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Joined,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)

_START_SECONDS = 60
_CPU_PERCENT = 60
_MEMORY_PERCENT = 75
_REQUESTS_A_MINUTE = 1000
# What `outgrow deploy` says to ECS, and what ECS changes itself: the version, the pair of target
# groups, and what a strategy is watched by. CANARY and LINEAR go without the circuit breaker.
_OF_A_SHIFT = ("task_definition", "load_balancer", "deployment_circuit_breaker", "alarms")
_NOT_BY_REQUESTS = (
    "Not by requests a target: that names one target group, and users are with one or the other."
)
_WHO_SHIFTS = (
    "ECS moves users to a new version between two target groups; `outgrow deploy` tells it how,"
    " and gives the service its second group. Until then it rolls."
)
_SCALING = {
    "service_namespace": "ecs",
    "scalable_dimension": "ecs:service:DesiredCount",
}


def service_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the cluster and each service with its tasks, its growth and its releases."""
    yield from cluster_blocks(region)
    for part in region.on("aws/fargate"):
        yield from task_blocks(region, part)
        yield _service(region, part)
        yield from _growth(region, part)
        yield from release_blocks(region, part)


def service_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield what a pipeline needs to deploy: the cluster and its services."""
    parts = region.on("aws/fargate")
    if parts:
        cluster = Ref("aws_ecs_cluster", "main", "name")
        yield OutputBlock("ecs_cluster", cluster, "The cluster that all services run in")
    yield from migration_outputs(region)
    for part in parts:
        name = region.name(part)
        value = Ref("aws_ecs_service", name, "name")
        yield OutputBlock(f"{name}_service", value, f"The service that runs {part.name}")


def _service(region: AwsRegion, part: Part) -> ResourceBlock:
    fewest, most = task_counts(part)
    shifted, balancer = is_shifted(region, part), balancer_of(region, part)
    arguments: dict[str, Value | Block | list[Block]] = {
        "name": part.name,
        "cluster": Ref("aws_ecs_cluster", "main", "arn"),
        "task_definition": Ref("aws_ecs_task_definition", region.name(part), "arn"),
        "desired_count": fewest,
        "platform_version": "LATEST",
        "launch_type": None if part.resource.spot_share else "FARGATE",
        "enable_execute_command": Noted(False, "No shell into a running task."),
        "propagate_tags": "SERVICE",
        "deployment_minimum_healthy_percent": 100,
        "deployment_maximum_percent": 200,
        "availability_zone_rebalancing": "ENABLED",
        "health_check_grace_period_seconds": _grace(part) if balancer else None,
        "tags": region.tags(part.name, part),
        "network_configuration": Block(
            {
                "subnets": region.subnets(PRIVATE),
                "security_groups": [region.security_group(part)],
                "assign_public_ip": False,
            }
        ),
        **_spot(region, part, fewest),
        "deployment_circuit_breaker": _breaker(),
    }
    if balancer:
        arguments["load_balancer"] = _load_balancer(region, part)
    changed = ["desired_count"] if most > fewest else []
    changed += _OF_A_SHIFT if shifted else []
    return ResourceBlock(
        "aws_ecs_service",
        region.name(part),
        arguments,
        SECTION,
        comment=f"{part.component}: {region.where(part)}." + (f" {_WHO_SHIFTS}" if shifted else ""),
        lifecycle=Lifecycle(ignore_changes=tuple(changed)) if changed else None,
        depends_on=_ready(region, part, balancer),
    )


def _grace(part: Part) -> int:
    start = part.health.start_seconds if part.health else None
    return int(start or _START_SECONDS)


def _ready(region: AwsRegion, part: Part, balancer: Part | None) -> tuple[Ref, ...]:
    """Return what must be there first.

    ECS refuses a target group that nothing uses, and gives up a service whose first tasks
    find no way out, no right to their image or no value in a secret.
    """
    name = region.name(part)
    return (
        *((Ref("aws_lb_listener", f"{region.name(balancer)}_https"),) if balancer else ()),
        *ways_out(region, PRIVATE),
        Ref("aws_iam_role_policy", f"{name}_execution"),
        *(
            Ref("aws_secretsmanager_secret_version", secret_name(part, key))
            for key in composed_keys(region, part)
        ),
    )


def _load_balancer(region: AwsRegion, part: Part) -> Block:
    return Block(
        {
            "target_group_arn": Ref("aws_lb_target_group", region.name(part), "arn"),
            "container_name": part.name,
            "container_port": part.listens,
        }
    )


def _spot(region: AwsRegion, part: Part, fewest: int) -> dict[str, list[Block]]:
    """Return how tasks split over Fargate and Fargate Spot, or nothing for none on Spot."""
    share = part.resource.spot_share
    if not share:
        return {}
    spot = int((share * 100).to_integral_value())
    base = max(1, int(Decimal(fewest) * (1 - share)))
    where = region.where(part)
    why = f"{where}: {spot} % on Spot, which AWS takes back with two minutes' notice."
    regular: dict[str, Value] = {"capacity_provider": "FARGATE", "weight": 100 - spot}
    if spot < 100:
        regular = {"capacity_provider": "FARGATE", "base": base, "weight": 100 - spot}
    on_spot: dict[str, Value] = {"capacity_provider": "FARGATE_SPOT", "weight": spot}
    return {"capacity_provider_strategy": [Block(regular, comment=why), Block(on_spot)]}


def _breaker() -> Block:
    why = "A version that does not get healthy is given up, and the one before comes back."
    return Block({"enable": True, "rollback": True}, comment=why)


def _growth(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    fewest, most = task_counts(part)
    if most <= fewest:
        return
    name = region.name(part)
    yield ResourceBlock(
        "aws_appautoscaling_target",
        name,
        {
            **_SCALING,
            "resource_id": Joined(
                "service/",
                Ref("aws_ecs_cluster", "main", "name"),
                "/",
                Ref("aws_ecs_service", name, "name"),
            ),
            "min_capacity": fewest,
            "max_capacity": most,
            "tags": region.tags(part.name, part),
        },
        "ecs",
        comment=f"{fewest} to {most} tasks: {region.where(part)}."
        + (f" {_NOT_BY_REQUESTS}" if is_shifted(region, part) else ""),
    )
    yield _policy(region, part, "cpu", _CPU_PERCENT, "ECSServiceAverageCPUUtilization")
    yield _policy(region, part, "memory", _MEMORY_PERCENT, "ECSServiceAverageMemoryUtilization")
    balancer = balancer_of(region, part)
    if balancer is not None and balancer.service == "aws/alb" and not is_shifted(region, part):
        yield _by_requests(region, part, balancer)


def _policy(
    region: AwsRegion, part: Part, what: str, percent: int, metric: str, label: Value = None
) -> ResourceBlock:
    target = Ref("aws_appautoscaling_target", region.name(part), "resource_id")
    measured: dict[str, Value] = {"predefined_metric_type": metric, "resource_label": label}
    return ResourceBlock(
        "aws_appautoscaling_policy",
        f"{region.name(part)}_{what}",
        {
            "name": f"{part.name}-{what}",
            "policy_type": "TargetTrackingScaling",
            **_SCALING,
            "resource_id": target,
            "target_tracking_scaling_policy_configuration": Block(
                {
                    "target_value": percent,
                    "scale_out_cooldown": 60,
                    "scale_in_cooldown": 300,
                    "predefined_metric_specification": Block(measured),
                }
            ),
        },
        SECTION,
    )


def _by_requests(region: AwsRegion, part: Part, balancer: Part) -> ResourceBlock:
    label = Joined(
        Ref("aws_lb", region.name(balancer), "arn_suffix"),
        "/",
        Ref("aws_lb_target_group", region.name(part), "arn_suffix"),
    )
    metric = "ALBRequestCountPerTarget"
    policy = _policy(region, part, "requests", _REQUESTS_A_MINUTE, metric, label)
    why = (
        f"{_REQUESTS_A_MINUTE} requests a minute and task is assumed; measure what a task"
        " carries, then set it."
    )
    return ResourceBlock(policy.type, policy.name, policy.arguments, SECTION, comment=why)
