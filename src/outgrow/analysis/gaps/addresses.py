"""How machines reach the internet and are reached: NAT gateways and public addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.analysis.gaps.gap import (
    Gap,
    Plan,
    counted,
    instances,
    is_stopped_at_times,
    says,
    setting,
)
from outgrow.analysis.pricing.cost_line import CostLine, total_of
from outgrow.topology.model import Resource

_ZONES_OF_A_BALANCER = {"aws/alb": 2, "aws/nlb": 1}  # the fewest that AWS accepts


def nat_gateway(plan: Plan) -> Iterator[Gap]:
    """Yield the way out of private subnets, one for each zone the data is spread over."""
    private = _without_way_out(plan)
    if not private:
        return
    zones = 2 if spans_zones(plan) else 1
    names = ", ".join(dict.fromkeys(r.component for r in private))
    each = ", one for each of the two zones that the data is kept in" if zones > 1 else ""
    lines = tuple(line for region in _regions(private) for line in _nat(plan, zones, region))
    yield Gap(
        "nat-gateway",
        "network",
        f"in private subnets {names} can reach the internet (images, APIs, webhooks) only through "
        f"a NAT gateway{each}; it holds a public IPv4, and every GB through it is billed as well",
        "Add a component of kind network on aws/nat-gateway with its `gb_month`.",
        lines,
        plan.path,
    )


def public_ipv4(plan: Plan) -> Iterator[Gap]:
    """Yield the addresses of machines, tasks, load balancers and NAT gateways."""
    if plan.on("aws/public-ipv4"):
        return
    # A NAT gateway that others need, or that the plan has, is a way out for all.
    behind_nat = bool(plan.on("aws/nat-gateway") or _without_way_out(plan))
    for resource in plan.billed_on("aws/ec2"):
        unsaid = not says(resource, "public_ipv4") and not _is_private(resource)
        if unsaid and not (behind_nat and not plan.faces_internet(resource)):
            yield _of_machine(plan, resource)
    if not behind_nat and not plan.on("aws/vpc-endpoint"):
        for resource in plan.billed_on("aws/fargate"):
            if not _is_private(resource):
                yield _of_tasks(plan, resource)
    yield from _of_balancers(plan)
    for resource in plan.billed_on("aws/nat-gateway"):
        reason = "a NAT gateway holds a public IPv4 address, billed apart from it"
        yield _of_network(plan, resource, instances(resource), reason)


def _without_way_out(plan: Plan) -> list[Resource]:
    if plan.on("aws/nat-gateway", "aws/vpc-endpoint"):
        return []
    return [r for r in plan.machines if _is_private(r)]


def spans_zones(plan: Plan) -> bool:
    """Return whether the plan pays for data in a second zone."""
    return any(
        r.settings.get("multi_az") is True or setting(r, "nodes") > 1 or setting(r, "instances") > 1
        for r in plan.on("aws/rds-postgresql", "aws/elasticache", "aws/documentdb")
    )


def _of_machine(plan: Plan, resource: Resource) -> Gap:
    count = instances(resource)
    holds = f"{count} public IPv4" if count > 1 else "a public IPv4"
    stopped = (
        "; a machine that is stopped keeps its address only as an Elastic IP, which is billed "
        "all the same"
        if is_stopped_at_times(resource)
        else ""
    )
    return Gap(
        "public-ipv4",
        resource.component,
        f"without a NAT gateway it takes {holds} to reach the internet, billed every hour{stopped}",
        "Write `public_ipv4: 1` in its settings (0 where it has none).",
        plan.price("aws/public-ipv4", resource.region, count=count),
        (*resource.path, "settings"),
    )


def _of_tasks(plan: Plan, resource: Resource) -> Gap:
    tasks = int(instances(resource) * setting(resource, "tasks", unsaid=1))
    own = plan.price("aws/public-ipv4", resource.region, count=tasks)
    shared = _nat(plan, 1, resource.region)
    lines = min(own, shared, key=lambda lines: total_of(lines).amount_usd_month)
    return Gap(
        "public-ipv4",
        resource.component,
        f"{counted(tasks, 'task')} fetch images and call APIs over a public IPv4 of each, or over "
        "a NAT gateway; the plan has neither",
        f"Add a component of kind network on aws/public-ipv4 with count: {tasks}, or on "
        "aws/nat-gateway.",
        lines,
        resource.path,
    )


def _of_balancers(plan: Plan) -> Iterator[Gap]:
    for resource in plan.billed_on(*_ZONES_OF_A_BALANCER):
        assert resource.offering is not None
        if resource.spec.needs.private_network or not plan.faces_internet(resource):
            continue
        zones = _ZONES_OF_A_BALANCER[resource.offering.service]
        reason = "an internet-facing load balancer holds a public IPv4 address in each of its zones"
        reason += ", of which there are at least two" if zones > 1 else ""
        yield _of_network(plan, resource, zones * instances(resource), reason)


def _of_network(plan: Plan, resource: Resource, count: int, reason: str) -> Gap:
    return Gap(
        "public-ipv4",
        resource.component,
        reason,
        "Add a component of kind network on aws/public-ipv4 with the `count` of all addresses.",
        plan.price("aws/public-ipv4", resource.region, count=count),
        resource.path,
    )


def _nat(plan: Plan, count: int, region: str) -> tuple[CostLine, ...]:
    gateways = plan.price("aws/nat-gateway", region, count=count, gb_month=None)
    return gateways + plan.price("aws/public-ipv4", region, count=count)


def _regions(resources: Sequence[Resource]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r.region for r in resources))


def _is_private(resource: Resource) -> bool:
    return resource.spec.needs.private_network and not setting(resource, "public_ipv4")
