"""The way in: a load balancer with TLS, its listeners, and a target group an application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from outgrow.render.aws.hosts import balancer_host
from outgrow.render.aws.network import VPC
from outgrow.render.aws.region import BALANCER_SERVICES, PUBLIC, AwsRegion
from outgrow.render.aws.releases import is_shifted
from outgrow.render.aws.traffic import behind, carrier_of
from outgrow.render.aws.waf import wants_firewall
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)

SECTION = "load_balancer"
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
TEST_PORT = 8443
_STICKY_SECONDS = 86400
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
                yield _target_group(region, balancer, part, "_green")
        if targets:
            yield from _listeners(region, balancer, targets)


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
    sticky = next((p for p in (part, balancer) if p.spec.needs.sticky_sessions), None)
    arguments: dict[str, Value | Block] = {
        "name": region.short_name(f"{part.name}{suffix.replace('_', '-')}"),
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
            {"type": "lb_cookie", "cookie_duration": _STICKY_SECONDS, "enabled": True},
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


def _listeners(
    region: AwsRegion, balancer: Part, targets: tuple[Part, ...]
) -> Iterator[ResourceBlock]:
    is_alb = balancer.service == "aws/alb"
    name = region.name(balancer)
    if is_alb:
        yield _redirect(region, balancer)
    yield _tls_listener(region, balancer, name, 443, _forward(region, targets[0]), is_alb)
    for priority, part in enumerate(targets[1:] if is_alb else (), start=1):
        yield _by_host(region, name, part, priority)
    shifted = [part for part in targets if is_shifted(region, part)]
    if shifted:
        action = _forward(region, shifted[0], "_green")
        test = _tls_listener(region, balancer, f"{name}_test", TEST_PORT, action, is_alb)
        why = (
            "For CodeDeploy: the new version answers here before users see it. No rule lets"
            " anyone in yet; open the port to whoever tests."
        )
        yield ResourceBlock(test.type, test.name, test.arguments, SECTION, why, lifecycle=_SHIFTED)


_SHIFTED = Lifecycle(ignore_changes=("default_action",))


def _redirect(region: AwsRegion, balancer: Part) -> ResourceBlock:
    redirect = Block({"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"})
    return ResourceBlock(
        "aws_lb_listener",
        f"{region.name(balancer)}_http",
        {
            "load_balancer_arn": Ref("aws_lb", region.name(balancer), "arn"),
            "port": 80,
            "protocol": "HTTP",
            "default_action": Block({"type": "redirect", "redirect": redirect}),
        },
        SECTION,
    )


def _forward(region: AwsRegion, part: Part, suffix: str = "") -> Block:
    group = Ref("aws_lb_target_group", f"{region.name(part)}{suffix}", "arn")
    return Block({"type": "forward", "target_group_arn": group})


def _tls_listener(
    region: AwsRegion, balancer: Part, name: str, port: int, action: Block, is_alb: bool
) -> ResourceBlock:
    shifted = any(is_shifted(region, part) for part in behind(region, balancer))
    return ResourceBlock(
        "aws_lb_listener",
        name if name.endswith("_test") else f"{name}_https",
        {
            "load_balancer_arn": Ref("aws_lb", region.name(balancer), "arn"),
            "port": port,
            "protocol": "HTTPS" if is_alb else "TLS",
            "ssl_policy": TLS_POLICY,
            "certificate_arn": Ref("aws_acm_certificate_validation", "main", "certificate_arn"),
            "default_action": action,
        },
        SECTION,
        lifecycle=_SHIFTED if shifted else None,
    )


def _by_host(region: AwsRegion, listener: str, part: Part, priority: int) -> ResourceBlock:
    return ResourceBlock(
        "aws_lb_listener_rule",
        region.name(part),
        {
            "listener_arn": Ref("aws_lb_listener", f"{listener}_https", "arn"),
            "priority": priority,
            "action": _forward(region, part),
            "condition": Block({"host_header": Block({"values": [balancer_host(region, part)]})}),
            "tags": region.tags(part.name, part),
        },
        SECTION,
        lifecycle=Lifecycle(ignore_changes=("action",)) if is_shifted(region, part) else None,
    )
