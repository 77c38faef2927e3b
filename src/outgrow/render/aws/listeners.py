"""Who answers where: the listeners of a load balancer, and the rules that send users on.

A part that ECS shifts has a rule of its own, also where it is the only one: ECS changes the
weights of a rule, so a rule is what it wants to know.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.hosts import balancer_host
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.releases import GREEN, TEST_PORT, is_shifted
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Lifecycle, Ref, ResourceBlock, Value

SECTION = "load_balancer"
STICKY_SECONDS = 86400
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# The last that a load balancer knows: every rule by host comes before it, also one made later.
_LAST = 50_000
# How long users keep a target group while ECS empties it; their target they keep much longer.
_GROUP_SECONDS = 60
_BY_ECS = Lifecycle(ignore_changes=("action",))


def sticky_by(balancer: Part, part: Part) -> Part | None:
    """Return which of the two asks for sticky sessions, or None."""
    return next((one for one in (part, balancer) if one.spec.needs.sticky_sessions), None)


def listener_blocks(
    region: AwsRegion, balancer: Part, targets: tuple[Part, ...]
) -> Iterator[ResourceBlock]:
    """Yield the listeners of `balancer` with their rules; who matches none gets `targets[0]`."""
    name = region.name(balancer)
    if balancer.service != "aws/alb":
        yield _secured(region, balancer, f"{name}_https", 443, _forward(region, targets[0]))
        return
    yield _redirect(region, balancer)
    yield _production(region, balancer, targets[0])
    for priority, part in _ruled(region, targets):
        yield _rule(region, balancer, targets, part, priority)
    shifted = [part for part in targets if is_shifted(region, part)]
    if not shifted:
        return
    yield _test(region, balancer, shifted[0])
    for priority, part in _ruled(region, targets):
        if part in shifted:
            yield _test_rule(region, balancer, targets, part, priority)


def _ruled(region: AwsRegion, targets: tuple[Part, ...]) -> Iterator[tuple[int, Part]]:
    """Yield each part that has a rule, with the rule's priority."""
    yield from enumerate(targets[1:], start=1)
    if is_shifted(region, targets[0]):
        yield _LAST, targets[0]


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


def _production(region: AwsRegion, balancer: Part, first: Part) -> ResourceBlock:
    name = f"{region.name(balancer)}_https"
    comment = ""
    if is_shifted(region, first):
        comment = f"No request gets the default action: the rule of {first.name} takes every one."
    return _secured(region, balancer, name, 443, _forward(region, first), comment)


def _test(region: AwsRegion, balancer: Part, first: Part) -> ResourceBlock:
    comment = (
        "For ECS: a new version answers here before users see it. No rule lets anyone in yet;"
        " open the port to whoever tests."
    )
    name = f"{region.name(balancer)}_test"
    return _secured(region, balancer, name, TEST_PORT, _forward(region, first, GREEN), comment)


def _secured(
    region: AwsRegion, balancer: Part, name: str, port: int, action: Block, comment: str = ""
) -> ResourceBlock:
    return ResourceBlock(
        "aws_lb_listener",
        name,
        {
            "load_balancer_arn": Ref("aws_lb", region.name(balancer), "arn"),
            "port": port,
            "protocol": "HTTPS" if balancer.service == "aws/alb" else "TLS",
            "ssl_policy": _TLS_POLICY,
            "certificate_arn": Ref("aws_acm_certificate_validation", "main", "certificate_arn"),
            "default_action": action,
        },
        SECTION,
        comment=comment,
    )


def _forward(region: AwsRegion, part: Part, suffix: str = "") -> Block:
    group = Ref("aws_lb_target_group", f"{region.name(part)}{suffix}", "arn")
    return Block({"type": "forward", "target_group_arn": group})


def _rule(
    region: AwsRegion, balancer: Part, targets: tuple[Part, ...], part: Part, priority: int
) -> ResourceBlock:
    shifted = is_shifted(region, part)
    action = _weighted(region, balancer, part) if shifted else _forward(region, part)
    return ResourceBlock(
        "aws_lb_listener_rule",
        region.name(part),
        {
            "listener_arn": Ref("aws_lb_listener", f"{region.name(balancer)}_https", "arn"),
            "priority": priority,
            "action": action,
            "condition": _condition(region, targets, part),
            "tags": region.tags(part.name, part),
        },
        SECTION,
        comment=_WHOSE_WEIGHTS if shifted else "",
        lifecycle=_BY_ECS if shifted else None,
    )


_WHOSE_WEIGHTS = (
    "ECS moves users to a new version by these weights. They are its own from the first deploy"
    " on: after each one the other target group has the users."
)


def _test_rule(
    region: AwsRegion, balancer: Part, targets: tuple[Part, ...], part: Part, priority: int
) -> ResourceBlock:
    return ResourceBlock(
        "aws_lb_listener_rule",
        f"{region.name(part)}_test",
        {
            "listener_arn": Ref("aws_lb_listener", f"{region.name(balancer)}_test", "arn"),
            "priority": priority,
            "action": _forward(region, part, GREEN),
            "condition": _condition(region, targets, part),
            "tags": region.tags(f"{part.name}-test", part),
        },
        SECTION,
        comment="ECS sends testers to the new version by this rule, before any user.",
        lifecycle=_BY_ECS,
    )


def _condition(region: AwsRegion, targets: tuple[Part, ...], part: Part) -> Block:
    if part is targets[0]:
        return Block({"path_pattern": Block({"values": ["/*"]})})
    return Block({"host_header": Block({"values": [balancer_host(region, part)]})})


def _weighted(region: AwsRegion, balancer: Part, part: Part) -> Block:
    groups = [
        Block({"arn": Ref("aws_lb_target_group", f"{region.name(part)}{suffix}", "arn"), **weight})
        for suffix, weight in (("", {"weight": 1}), (GREEN, {"weight": 0}))
    ]
    forward: dict[str, Value | Block | list[Block]] = {"target_group": groups}
    if sticky_by(balancer, part) is not None:
        forward["stickiness"] = Block(
            {"enabled": True, "duration": _GROUP_SECONDS},
            comment="Asked for where target groups are sticky. It is short, so that nobody is"
            " held at a target group that ECS is about to empty.",
        )
    return Block({"type": "forward", "forward": Block(forward)})
