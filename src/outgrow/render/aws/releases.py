"""How a new version takes over: rolling by ECS itself, or shifted by CodeDeploy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.fargate import SECTION
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.roles import attached, role
from outgrow.render.aws.traffic import balancer_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Ref, ResourceBlock, Value
from outgrow.strategy.deploys import Deploy


def is_shifted(region: AwsRegion, part: Part) -> bool:
    """Return whether CodeDeploy moves users of `part` from one version to the next.

    It does so between two target groups of a load balancer. Workers have none and roll.
    """
    kind = region.system.strategy.deploy.strategy
    balancer = balancer_of(region, part)
    return (
        part.service == "aws/fargate"
        and kind in ("blue_green", "canary")
        and balancer is not None
        and balancer.service == "aws/alb"
    )


def release_blocks(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Yield what shifts users of `part` to a new version; nothing where ECS rolls."""
    if not is_shifted(region, part):
        return
    name = region.name(part)
    yield role(region, f"{name}_deploy", "codedeploy.amazonaws.com", SECTION, part)
    yield attached(f"{name}_deploy", "ecs", "AWSCodeDeployRoleForECS", SECTION)
    yield ResourceBlock(
        "aws_codedeploy_app",
        name,
        {"name": region.short_name(part.name, 100), "compute_platform": "ECS"},
        SECTION,
    )
    if region.system.strategy.deploy.strategy == "canary":
        yield _canary(region, part)
    yield _group(region, part)


def _canary(region: AwsRegion, part: Part) -> ResourceBlock:
    deploy = region.system.strategy.deploy
    share = int((deploy.canary_share or Decimal("0.1")) * 100)
    minutes = max(1, int((deploy.bake_seconds or deploy.health_gate_seconds or 300) / 60))
    canary = Block({"interval": minutes, "percentage": max(1, min(99, share))})
    return ResourceBlock(
        "aws_codedeploy_deployment_config",
        region.name(part),
        {
            "deployment_config_name": region.short_name(part.name, 100),
            "compute_platform": "ECS",
            "traffic_routing_config": Block(
                {"type": "TimeBasedCanary", "time_based_canary": canary}
            ),
        },
        SECTION,
        comment=f"{share} % of users first, {minutes} minutes of watching, then all of them:"
        f" {region.system.where('deploy')}.",
    )


def _group(region: AwsRegion, part: Part) -> ResourceBlock:
    name, deploy = region.name(part), region.system.strategy.deploy
    is_canary = deploy.strategy == "canary"
    config: Value = (
        Ref("aws_codedeploy_deployment_config", name)
        if is_canary
        else "CodeDeployDefault.ECSAllAtOnce"
    )
    arguments: dict[str, Value | Block] = {
        "app_name": Ref("aws_codedeploy_app", name, "name"),
        "deployment_group_name": part.name,
        "deployment_config_name": config,
        "service_role_arn": Ref("aws_iam_role", f"{name}_deploy", "arn"),
        "auto_rollback_configuration": Block(
            {
                "enabled": True,
                "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
            }
        ),
        "blue_green_deployment_config": _steps(deploy),
        "deployment_style": Block(
            {"deployment_option": "WITH_TRAFFIC_CONTROL", "deployment_type": "BLUE_GREEN"}
        ),
        "ecs_service": Block(
            {
                "cluster_name": Ref("aws_ecs_cluster", "main", "name"),
                "service_name": Ref("aws_ecs_service", name, "name"),
            }
        ),
        "load_balancer_info": _pair(region, part),
    }
    return ResourceBlock("aws_codedeploy_deployment_group", name, arguments, SECTION)


def _steps(deploy: Deploy) -> Block:
    bake = max(5, int((deploy.bake_seconds or 300) / 60))
    return Block(
        {
            "deployment_ready_option": Block({"action_on_timeout": "CONTINUE_DEPLOYMENT"}),
            "terminate_blue_instances_on_deployment_success": Block(
                {"action": "TERMINATE", "termination_wait_time_in_minutes": bake},
                comment="The old version waits this long: until then the way back takes seconds.",
            ),
        }
    )


def _pair(region: AwsRegion, part: Part) -> Block:
    balancer = balancer_of(region, part)
    assert balancer is not None  # `is_shifted` says so
    listener, name = region.name(balancer), region.name(part)
    groups = [
        Block({"name": Ref("aws_lb_target_group", found, "name")})
        for found in (name, f"{name}_green")
    ]
    pair: dict[str, Value | Block | list[Block]] = {
        "prod_traffic_route": Block(
            {"listener_arns": [Ref("aws_lb_listener", f"{listener}_https", "arn")]}
        ),
        "test_traffic_route": Block(
            {"listener_arns": [Ref("aws_lb_listener", f"{listener}_test", "arn")]}
        ),
        "target_group": groups,
    }
    return Block({"target_group_pair_info": Block(pair)})
