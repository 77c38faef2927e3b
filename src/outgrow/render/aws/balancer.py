"""The way in: a load balancer with TLS, and a target group an application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from outgrow.render.aws.listeners import SECTION, STICKY_SECONDS, listener_blocks, sticky_by
from outgrow.render.aws.network import VPC
from outgrow.render.aws.region import BALANCER_SERVICES, PUBLIC, AwsRegion
from outgrow.render.aws.releases import GREEN, is_shifted, target_group_name
from outgrow.render.aws.traffic import behind, carrier_of
from outgrow.render.aws.waf import wants_firewall
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)

_LONGEST_IDLE_SECONDS = 4000
_DEFAULT_IDLE_SECONDS = 60


def balancer_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield each load balancer of the region with everything that hangs on it."""
    for balancer in region.on(*BALANCER_SERVICES):
        yield _balancer(region, balancer)
        targets = behind(region, balancer)
        for part in targets:
            yield _target_group(region, balancer, part, "")
            if is_shifted(region, part):
                yield _target_group(region, balancer, part, GREEN)
        if targets:
            yield from listener_blocks(region, balancer, targets)


def balancer_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield the name by which each load balancer is reached."""
    for balancer in region.on(*BALANCER_SERVICES):
        name = region.name(balancer)
        value = Ref("aws_lb", name, "dns_name")
        yield OutputBlock(f"{name}_dns_name", value, f"Where {balancer.name} answers")


def _balancer(region: AwsRegion, part: Part) -> ResourceBlock:
    is_alb = part.service == "aws/alb"
    seconds = idle_seconds(behind(region, part))
    protected = Noted(True, "Users come in here: take this away by hand before it may go.")
    arguments: dict[str, Value | Block] = {
        "name": region.short_name(part.name),
        "load_balancer_type": "application" if is_alb else "network",
        "internal": False,
        "subnets": region.subnets(PUBLIC),
        "security_groups": [region.security_group(part)],
        "drop_invalid_header_fields": True if is_alb else None,
        "idle_timeout": seconds if is_alb else None,
        "enable_cross_zone_load_balancing": True,
        "enable_deletion_protection": protected if region.system.is_production else False,
        "access_logs": Block(
            {"bucket": Ref("aws_s3_bucket", "logs"), "prefix": part.name, "enabled": True}
        ),
        "tags": region.tags(part.name, part),
    }
    return ResourceBlock(
        "aws_lb",
        region.name(part),
        arguments,
        SECTION,
        comment=f"{part.component}: {region.where(part)}.",
        depends_on=(Ref("aws_s3_bucket_policy", "logs"),),
        waivers=_balancer_waivers(region, is_alb),
    )


def _balancer_waivers(region: AwsRegion, is_alb: bool) -> tuple[tuple[str, str], ...]:
    found = []
    if not region.system.is_production:
        why = "it can be removed by `terraform destroy` outside of production"
        found.append(("CKV_AWS_150", why))
    if is_alb and wants_firewall(region.system):
        why = "known bad inputs hold Log4j; the list of anonymous addresses would stop VPNs too"
        found.append(("CKV2_AWS_76", why))
    elif is_alb:
        found.append(("CKV2_AWS_28", "not production, and the strategy limits no requests"))
    return tuple(found)


def idle_seconds(parts: Iterable[Part]) -> int:
    """Return how long a connection may be silent: as long as the longest request."""
    longest = [
        int(part.spec.needs.longest_request_seconds)
        for part in parts
        if part.spec.needs.longest_request_seconds
    ]
    wanted = max([_DEFAULT_IDLE_SECONDS, *(seconds + 10 for seconds in longest)])
    return min(wanted, _LONGEST_IDLE_SECONDS)


def target_type(region: AwsRegion, part: Part) -> str:
    """Return how a target is named: machines by their id, tasks and pods by an address."""
    carrier = carrier_of(region, part)
    by_machine = carrier.service == "aws/ec2" and not region.is_node(carrier)
    return "instance" if by_machine else "ip"


def _target_group(region: AwsRegion, balancer: Part, part: Part, suffix: str) -> ResourceBlock:
    is_alb = balancer.service == "aws/alb"
    sticky = sticky_by(balancer, part)
    arguments: dict[str, Value | Block] = {
        "name": target_group_name(region, part, suffix),
        "vpc_id": VPC,
        "port": part.listens,
        "protocol": "HTTP" if is_alb else "TCP",
        "target_type": target_type(region, part),
        "deregistration_delay": _draining(part),
        "load_balancing_algorithm_type": "least_outstanding_requests" if is_alb else None,
        "tags": region.tags(f"{part.name}{suffix.replace('_', '-')}", part),
        "health_check": _health_check(part, is_alb),
    }
    if sticky is not None and is_alb:
        # Sessions and the algorithm by outstanding requests exclude one another.
        arguments["load_balancing_algorithm_type"] = "round_robin"
        arguments["stickiness"] = Block(
            {"type": "lb_cookie", "cookie_duration": STICKY_SECONDS, "enabled": True},
            comment=f"{_cite(region, sticky)} asks for sticky sessions: a user stays on the"
            " machine that holds what is theirs.",
        )
    return ResourceBlock(
        "aws_lb_target_group",
        f"{region.name(part)}{suffix}",
        arguments,
        SECTION,
        waivers=(
            ("CKV_AWS_378", "TLS ends at the load balancer, targets stand in private subnets"),
        )
        if is_alb
        else (),
    )


def _cite(region: AwsRegion, part: Part) -> str:
    return region.system.where(*part.path, "needs")


def _draining(part: Part) -> int:
    """Return for how long a target that leaves may finish its requests."""
    longest = part.spec.needs.longest_request_seconds
    stop = part.run.stop_seconds
    return min(3600, max(30, int(longest or 0), int(stop or 0)))


def _health_check(part: Part, is_alb: bool) -> Block:
    health = part.health
    interval = int(health.interval_seconds) if health and health.interval_seconds else 15
    interval = min(300, max(5, interval))
    timeout = int(health.timeout_seconds) if health and health.timeout_seconds else 5
    path = (health.path if health else None) or "/"
    checks: dict[str, Value] = {
        "protocol": "HTTP" if is_alb else "TCP",
        "path": path if is_alb else None,
        "matcher": "200-299" if health and health.path else "200-399",
        "interval": interval,
        "timeout": max(2, min(timeout, interval - 1)),
        "healthy_threshold": 2,
        "unhealthy_threshold": max(2, min(10, (health.retries if health else None) or 3)),
    }
    if not is_alb:
        del checks["matcher"]
    unsaid = is_alb and not (health and health.path)
    return Block(
        checks, "The strategy names no path that tells health: / stands in." if unsaid else ""
    )
