"""What the network bills beside the machines: NAT, addresses, load, traffic."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.gaps.gap import Gap, Plan, instances, says, setting
from outgrow.strategy.components import ComponentKind
from outgrow.topology.model import Resource
from outgrow.units import HOURS_PER_MONTH

_LOAD_DIMENSIONS = (
    "lcu",
    "new_connections_per_second",
    "active_connections_per_minute",
    "gb_per_hour",
    "gb_month",
    "rule_evaluations_per_second",
)


def nat_gateway(plan: Plan) -> Iterator[Gap]:
    """Yield the way out of private subnets, one for each zone the data is spread over."""
    private = [r for r in plan.aws_compute if _is_private(r)]
    if not private or plan.on("aws/nat-gateway", "aws/vpc-endpoint"):
        return
    zones = 2 if _spans_zones(plan) else 1
    names = ", ".join(r.component for r in private)
    yield Gap(
        "nat-gateway",
        "network",
        f"{names} in private subnets reach the internet (images, APIs, webhooks) only through "
        f"a NAT gateway; {zones} for {zones} zone{'s' if zones > 1 else ''}, and every GB through "
        "it is billed as well",
        "Add a component of kind network on aws/nat-gateway, or give the machines public_ipv4.",
        plan.price("aws/nat-gateway", count=zones, gb_month=None),
        plan.path,
    )


def public_ipv4(plan: Plan) -> Iterator[Gap]:
    """Yield the addresses of machines, load balancers and NAT gateways."""
    if plan.on("aws/public-ipv4"):
        return
    for resource in plan.on("aws/ec2"):
        if _is_private(resource) or says(resource, "public_ipv4"):
            continue
        count = instances(resource)
        stopped = ", also while it is stopped" if _part_time(resource) else ""
        if count:
            yield Gap(
                "public-ipv4",
                resource.component,
                f"{count} public IPv4, billed every hour{stopped}",
                "Write `public_ipv4: 1` in its settings (0 if it has none).",
                plan.price("aws/public-ipv4", count=count),
                (*resource.path, "settings"),
            )
    for resource in plan.on("aws/alb"):
        addresses = 2 * instances(resource)
        yield Gap(
            "public-ipv4",
            resource.component,
            "an internet-facing load balancer holds a public IPv4 address in each of at least "
            "two zones",
            f"Add a component of kind network on aws/public-ipv4 with count: {addresses}.",
            plan.price("aws/public-ipv4", count=addresses),
            resource.path,
        )


def load_balancer_capacity(plan: Plan) -> Iterator[Gap]:
    """Yield the capacity units that a load balancer bills on top of its hours."""
    for resource in plan.on("aws/alb", "aws/nlb"):
        if says(resource, *_LOAD_DIMENSIONS):
            continue
        assert resource.offering is not None
        lines = plan.price(resource.offering.service, count=instances(resource), lcu=None)
        yield Gap(
            "load-balancer-capacity",
            resource.component,
            "capacity units are billed on top of the hours: the largest of 25 new connections/s, "
            "3,000 active connections/min, 1 GB/h and 1,000 rule evaluations/s",
            "Write what you expect in its usage, for example `lcu: 1`.",
            tuple(line for line in lines if line.quantity is None),
            (*resource.path, "usage"),
        )


def egress(plan: Plan) -> Iterator[Gap]:
    """Yield the traffic from AWS to the internet."""
    public = [r for r in plan.aws_compute if r.spec.public or _has_balancer(plan)]
    if not public or plan.on("aws/data-transfer"):
        return
    yield Gap(
        "egress",
        "network",
        "traffic from the servers to the internet is billed by the GB; no figure is stated",
        "Add a component of kind network on aws/data-transfer with `internet_out_gb`.",
        plan.price("aws/data-transfer", internet_out_gb=None),
        plan.path,
    )


def cross_zone(plan: Plan) -> Iterator[Gap]:
    """Yield the traffic between zones, billed on both sides."""
    many = [r for r in plan.aws_compute if r.instances.maximum > 1]
    if not many or not _spans_zones(plan):
        return
    if any(says(r, "cross_az_gb") for r in plan.on("aws/data-transfer")):
        return
    yield Gap(
        "cross-zone",
        "network",
        "traffic between the application's zone and the database's is billed by the GB on both "
        "sides; no figure is stated",
        "Give `cross_az_gb` in the usage of the component on aws/data-transfer.",
        plan.price("aws/data-transfer", cross_az_gb=None),
        plan.path,
    )


def cdn_traffic(plan: Plan) -> Iterator[Gap]:
    """Yield what a CDN or object store bills by use when nobody says how much is used."""
    meters = {"aws/cloudfront": ("gb_out", "requests"), "aws/s3": ("storage_gb",)}
    for resource in plan.on(*meters):
        assert resource.offering is not None
        if resource.settings or resource.usage:
            continue
        yield Gap(
            "usage-not-stated",
            resource.component,
            f"{resource.offering.name} is billed by use and no quantity is stated",
            "Give its usage; docs/pricing.md lists the names.",
            (),
            (*resource.path, "usage"),
        )


def _is_private(resource: Resource) -> bool:
    assert resource.offering is not None
    if says(resource, "public_ipv4") and setting(resource, "public_ipv4"):
        return False
    on_containers = resource.offering.service in ("aws/fargate", "aws/eks")
    return on_containers or resource.spec.needs.private_network


def _spans_zones(plan: Plan) -> bool:
    return any(
        r.settings.get("multi_az") is True or setting(r, "nodes") > 1
        for r in plan.on("aws/rds-postgresql", "aws/elasticache", "aws/documentdb")
    )


def _has_balancer(plan: Plan) -> bool:
    return any(r.offering_id.startswith("aws/") for r in plan.of_kind(ComponentKind.LOAD_BALANCER))


def _part_time(resource: Resource) -> bool:
    return resource.hours_month < HOURS_PER_MONTH
