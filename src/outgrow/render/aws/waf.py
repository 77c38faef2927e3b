"""A firewall in front of the load balancer: AWS's managed rules, and how often one may ask."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.firewall import firewall
from outgrow.render.aws.hosts import only_from_cdn
from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Ref, ResourceBlock
from outgrow.strategy.practices import RateLimit

SECTION = "firewall"
_WINDOWS = (60, 120, 300, 600)
_FEWEST_REQUESTS = 10


def waf_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the firewall of each application load balancer where the strategy wants one."""
    for balancer in region.on("aws/alb"):
        if wants_firewall(region.system):
            name = region.name(balancer)
            counts = not only_from_cdn(region, balancer)
            yield from firewall(region, name, "REGIONAL", counts_addresses=counts)
            yield ResourceBlock(
                "aws_wafv2_web_acl_association",
                name,
                {
                    "resource_arn": Ref("aws_lb", name, "arn"),
                    "web_acl_arn": Ref("aws_wafv2_web_acl", name, "arn"),
                },
                SECTION,
            )


def wants_firewall(system: System) -> bool:
    """Return whether users of production, or a limit of requests, call for a firewall."""
    rents = any(part.service == "aws/waf" for part in system.parts)
    return system.is_production or rents or bool(limits_of(system))


def limits_of(system: System) -> tuple[tuple[int, RateLimit], ...]:
    """Return the limits that WAF can hold, with their places in the strategy."""
    found = enumerate(system.strategy.rate_limits)
    return tuple((index, limit) for index, limit in found if is_expressible(system, limit))


def is_expressible(system: System, limit: RateLimit) -> bool:
    """Return whether WAF can count `limit`: by address, over a window that it knows."""
    has_balancer = any(part.service == "aws/alb" for part in system.parts)
    window = window_of(limit)
    return (
        has_balancer
        and limit.by == "address"
        and window is not None
        and _requests(limit, window) >= _FEWEST_REQUESTS
    )


def window_of(limit: RateLimit) -> int | None:
    """Return the shortest window of WAF that holds the limit's, or None."""
    return next((window for window in _WINDOWS if window >= limit.per_seconds), None)


def _requests(limit: RateLimit, window: int) -> int:
    share = Decimal(window) / limit.per_seconds * limit.requests
    return int(share.to_integral_value(ROUND_CEILING))
