"""How a new version takes over on Fargate: rolling, or shifted between two target groups.

Both are ECS' own. Terraform builds what a shift needs: a second target group, a listener rule
over both, and a role with which ECS changes the rule's weights. The strategy itself (canary,
blue-green) and the pair are not Terraform's to say: the provider 5.100 has neither
`deployment_configuration` nor `advanced_configuration`. `outgrow deploy` gives them to the
service, and finds what is built here by the names that this module gives.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.fargate import SECTION
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.roles import attached, role
from outgrow.render.aws.traffic import balancer_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import ResourceBlock

GREEN = "_green"
# New versions answer testers here before users see them.
TEST_PORT = 8443
_MANAGED_POLICY = "AmazonECSInfrastructureRolePolicyForLoadBalancers"


def is_shifted(region: AwsRegion, part: Part) -> bool:
    """Return whether ECS moves users of `part` from one version to the next.

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


def target_group_name(region: AwsRegion, part: Part, suffix: str = "") -> str:
    """Return what the target group of `part` is called; `GREEN` as suffix is the second one."""
    return region.short_name(f"{part.name}{suffix.replace('_', '-')}")


def infrastructure_role_name(region: AwsRegion, part: Part) -> str:
    """Return what the role is called with which ECS shifts the users of `part`."""
    return region.global_name(_role(region, part).replace("_", "-"))


def release_blocks(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Yield the role that ECS shifts users of `part` with; nothing where it rolls."""
    if not is_shifted(region, part):
        return
    name = _role(region, part)
    why = (
        f"ECS takes it to move users of {part.name} between its two target groups:"
        f" {region.system.where('deploy')}."
    )
    yield role(region, name, "ecs.amazonaws.com", SECTION, part, why)
    yield attached(name, "balancers", _MANAGED_POLICY, SECTION)


def _role(region: AwsRegion, part: Part) -> str:
    return f"{region.name(part)}_shift"
