"""Who talks to whom: what stands behind a load balancer, and which group lets what in."""

from __future__ import annotations

from outgrow.render.aws.region import (
    BALANCER_SERVICES,
    COMPUTE_SERVICES,
    STORE_SERVICES,
    AwsRegion,
)
from outgrow.render.system.model import Part, Role
from outgrow.render.writers.expressions import Ref
from outgrow.strategy.components import ComponentKind

# Has a copy in every region that only answers reads, and is written to at home from everywhere.
WRITTEN_AFAR = "aws/rds-postgresql"


def carrier_of(region: AwsRegion, part: Part) -> Part:
    """Return what holds the network interface of `part`: itself, or the machine it runs on."""
    host = region.part(part.runs_on) if part.runs_on else None
    return host if host is not None and host.service in COMPUTE_SERVICES else part


def behind(region: AwsRegion, balancer: Part) -> tuple[Part, ...]:
    """Return the applications that `balancer` sends requests to, a frontend first."""
    found = [
        part
        for name in balancer.links
        if (part := region.part(name)) is not None
        and part.listens is not None
        and carrier_of(region, part).service in COMPUTE_SERVICES
    ]
    return tuple(sorted(found, key=lambda part: part.kind is not ComponentKind.FRONTEND))


def balancer_of(region: AwsRegion, part: Part) -> Part | None:
    """Return the load balancer that sends requests to `part`, or None."""
    balancers = region.on(*BALANCER_SERVICES)
    return next((b for b in balancers if part.name in _names(behind(region, b))), None)


def is_edge(region: AwsRegion, machine: Part) -> bool:
    """Return whether users reach `machine` itself: it is public and nothing stands before it."""
    if machine.service != "aws/ec2" or region.is_node(machine):
        return False
    carried = (machine, *region.hosted_by(machine))
    fronted = any(balancer_of(region, part) for part in carried)
    return not fronted and any(part.public for part in carried)


def is_single(region: AwsRegion, machine: Part) -> bool:
    """Return whether `machine` is one that lives on, and not one of an Auto Scaling group.

    A group replaces a machine that is stopped or whose check fails, disk and all: wrong for
    the one machine that holds the data.
    """
    if region.is_node(machine):
        return False
    carried = (machine, *region.hosted_by(machine))
    fronted = any(balancer_of(region, part) for part in carried)
    return machine.instances.maximum == 1 and not fronted


def needs_way_out(region: AwsRegion) -> bool:
    """Return whether something stands in private subnets that reaches for the internet."""
    compute = region.on(*COMPUTE_SERVICES)
    return bool(region.cluster) or any(not is_edge(region, part) for part in compute)


def group_of(region: AwsRegion, part: Part) -> Ref | None:
    """Return the security group of whatever carries `part`, None outside of the VPC."""
    carrier = carrier_of(region, part)
    if region.is_node(carrier) and region.cluster is not None:
        steps = ("vpc_config", 0, "cluster_security_group_id")
        return Ref("aws_eks_cluster", region.name(region.cluster), steps)
    return region.security_group(carrier) if carrier in region.networked else None


def uses_proxy(region: AwsRegion, database: Part) -> bool:
    """Return whether an application reaches `database` through RDS Proxy."""
    pools = [part.spec.needs.pool for part in region.parts]
    return database.service == WRITTEN_AFAR and any(
        pool is not None and pool.pooler == "rds_proxy" and pool.to == database.component
        for pool in pools
    )


def is_stateful(part: Part) -> bool:
    """Return whether `part` keeps data in the VPC."""
    return part.service in STORE_SERVICES


def callers(region: AwsRegion, target: Part) -> tuple[Part, ...]:
    """Return what talks to `target`: as its links say, and the load balancer before it.

    A frontend runs in browsers: its calls come in through the load balancer.
    """
    balancer = balancer_of(region, target)
    found = [balancer] if balancer else []
    for name in target.linked_from:
        caller = region.part(name)
        if caller is None or caller in found or caller.service in BALANCER_SERVICES:
            continue
        found.append(caller)
    return tuple(found)


def written_from(region: AwsRegion) -> tuple[Part, ...]:
    """Return the databases of the home region that something in another `region` writes to."""
    if region.is_home:
        return ()
    return tuple(
        store
        for store in region.on(WRITTEN_AFAR)
        if any(group_of(region, caller) for caller in callers(region, store))
    )


def external_ports(region: AwsRegion, part: Part) -> tuple[tuple[int, Part], ...]:
    """Return the ports of stores at other providers that `part` talks to."""
    links = [found for name in part.links if (found := region.part(name)) is not None]
    return tuple(
        (link.listens, link)
        for link in links
        if link.listens is not None
        and link.role is Role.STORE
        and link.provider not in ("aws", "self-hosted")
    )


def _names(parts: tuple[Part, ...]) -> set[str]:
    return {part.name for part in parts}
