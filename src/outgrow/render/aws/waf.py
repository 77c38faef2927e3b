"""A firewall in front of the load balancer: AWS's managed rules, and how often one may ask."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.roles import log_group
from outgrow.render.system.model import Part, System
from outgrow.render.writers.expressions import Block, Ref, ResourceBlock, Value
from outgrow.strategy.practices import RateLimit

SECTION = "waf"
_WINDOWS = (60, 120, 300, 600)
_FEWEST_REQUESTS = 10
_MANAGED = {
    "AWSManagedRulesAmazonIpReputationList": "Addresses that AWS knows for attacks.",
    "AWSManagedRulesCommonRuleSet": "What the OWASP lists: injection of scripts, path traversal.",
    "AWSManagedRulesKnownBadInputsRuleSet": "Requests known from exploits, Log4j among them.",
    "AWSManagedRulesSQLiRuleSet": "SQL in places where no SQL belongs.",
}


def waf_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the firewall of each application load balancer where the strategy wants one."""
    for balancer in region.on("aws/alb"):
        if wants_firewall(region.system):
            yield _acl(region, balancer)
            name = region.name(balancer)
            yield ResourceBlock(
                "aws_wafv2_web_acl_association",
                name,
                {
                    "resource_arn": Ref("aws_lb", name, "arn"),
                    "web_acl_arn": Ref("aws_wafv2_web_acl", name, "arn"),
                },
                SECTION,
            )
            yield from _log(region, balancer)


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


def _acl(region: AwsRegion, balancer: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_wafv2_web_acl",
        region.name(balancer),
        {
            "name": region.short_name(balancer.name, 128),
            "description": f"In front of {balancer.name}",
            "scope": "REGIONAL",
            "tags": region.tags(balancer.name, balancer),
            "default_action": Block({"allow": Block({})}),
            "rule": firewall_rules(region),
            "visibility_config": seen_as(balancer.name),
        },
        SECTION,
    )


def firewall_rules(region: AwsRegion) -> list[Block]:
    """Return the managed rules, and the strategy's limits that WAF can hold."""
    rules = [_managed(index, name) for index, name in enumerate(_MANAGED, start=1)]
    return rules + [_rate(region, index, limit) for index, limit in limits_of(region.system)]


def seen_as(name: str) -> Block:
    """Return under which name CloudWatch counts what a rule does."""
    return Block(
        {
            "cloudwatch_metrics_enabled": True,
            "metric_name": name,
            "sampled_requests_enabled": True,
        }
    )


def _managed(priority: int, name: str) -> Block:
    group = Block({"vendor_name": "AWS", "name": name})
    return Block(
        {
            "name": name,
            "priority": priority,
            "override_action": Block({"none": Block({})}),
            "statement": Block({"managed_rule_group_statement": group}),
            "visibility_config": seen_as(name),
        },
        comment=_MANAGED[name],
    )


def _rate(region: AwsRegion, index: int, limit: RateLimit) -> Block:
    window = window_of(limit) or _WINDOWS[-1]
    name = f"rate-limit-{index + 1}"
    rate: dict[str, Value | Block] = {
        "aggregate_key_type": "IP",
        "evaluation_window_sec": window,
        "limit": _requests(limit, window),
    }
    if limit.route not in ("", "/", "*", "/*"):
        rate["scope_down_statement"] = _route(limit.route)
    where = region.system.where("rate_limits", index)
    return Block(
        {
            "name": name,
            "priority": 10 + index,
            "action": Block({"block": Block({"custom_response": Block({"response_code": 429})})}),
            "statement": Block({"rate_based_statement": Block(rate)}),
            "visibility_config": seen_as(name),
        },
        comment=f"{where}: {limit.requests} requests in {limit.per_seconds} s an address.",
    )


def _route(route: str) -> Block:
    """Return the statement of requests below a route: its text up to the first variable."""
    start = route.split("*", 1)[0].split("{", 1)[0].split(":", 1)[0]
    return Block(
        {
            "byte_match_statement": Block(
                {
                    "positional_constraint": "STARTS_WITH",
                    "search_string": start or "/",
                    "field_to_match": Block({"uri_path": Block({})}),
                    "text_transformation": Block({"priority": 0, "type": "NORMALIZE_PATH"}),
                }
            )
        }
    )


def _log(region: AwsRegion, balancer: Part) -> Iterator[ResourceBlock]:
    name = f"{region.name(balancer)}_waf"
    # WAF only writes to groups whose name begins like this.
    path = f"aws-waf-logs-{region.prefix}-{balancer.name}"
    yield log_group(region, name, path, SECTION, balancer)
    yield ResourceBlock(
        "aws_wafv2_web_acl_logging_configuration",
        region.name(balancer),
        {
            "resource_arn": Ref("aws_wafv2_web_acl", region.name(balancer), "arn"),
            "log_destination_configs": [Ref("aws_cloudwatch_log_group", name, "arn")],
            "redacted_fields": [
                Block({"single_header": Block({"name": "authorization"})}),
                Block({"single_header": Block({"name": "cookie"})}),
            ],
        },
        SECTION,
        comment="Credentials do not belong in logs.",
    )
