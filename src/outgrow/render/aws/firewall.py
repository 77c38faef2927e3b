"""WAF: managed rules and the strategy's rate limits, before a CDN or a load balancer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.writers.expressions import Arguments, Block, Noted, ResourceBlock
from outgrow.strategy.practices import RateLimit

_SECTION = "firewall"
# In the order in which requests meet them, cheapest first.
_MANAGED = (
    ("AWSManagedRulesAmazonIpReputationList", "Addresses that AWS has seen attack others."),
    ("AWSManagedRulesKnownBadInputsRuleSet", "Known attacks, Log4j among them."),
    ("AWSManagedRulesCommonRuleSet", "The common ones of OWASP."),
)
# WAF counts over these seconds and over no others.
_WINDOWS = (60, 120, 300, 600)
_LEAST_REQUESTS = 10


def firewall(
    region: AwsRegion,
    name: str,
    scope: Literal["REGIONAL", "CLOUDFRONT"],
    provider: str | None = None,
    *,
    counts_addresses: bool = True,
) -> Iterator[ResourceBlock]:
    """Return a web ACL called `name` with its log.

    Behind a CDN every request comes from one of its few addresses, so the limits by address
    belong to the CDN's own firewall: there `counts_addresses` is false.
    """
    acl = ResourceBlock(
        "aws_wafv2_web_acl",
        name,
        {
            "name": f"{region.prefix}-{name.replace('_', '-')}",
            "scope": scope,
            "tags": region.tags(name.replace("_", "-")),
            "default_action": Block({"allow": Block({})}),
            "rule": [*_managed_rules(), *(_rate_rules(region) if counts_addresses else ())],
            "visibility_config": _seen_as(name),
        },
        section=_SECTION,
        provider=provider,
    )
    yield acl
    yield from _log(region, acl)


def _managed_rules() -> Iterator[Block]:
    for priority, (group, why) in enumerate(_MANAGED):
        statement = Block({"name": group, "vendor_name": "AWS"})
        yield Block(
            {
                "name": group,
                "priority": priority,
                "override_action": Block({"none": Block({})}),
                "statement": Block({"managed_rule_group_statement": statement}),
                "visibility_config": _seen_as(group),
            },
            comment=why,
        )


def _rate_rules(region: AwsRegion) -> Iterator[Block]:
    """Return the rate limits that count by address: WAF knows neither users nor keys."""
    for index, limit in enumerate(region.system.strategy.rate_limits):
        if limit.by != "address":
            continue
        name = f"rate-limit-{index + 1}"
        yield Block(
            {
                "name": name,
                "priority": len(_MANAGED) + index,
                "action": Block({"block": Block({"custom_response": _too_many()})}),
                "statement": Block({"rate_based_statement": Block(_rate(region, limit, index))}),
                "visibility_config": _seen_as(name),
            }
        )


def _too_many() -> Block:
    return Block({"response_code": 429})


def _rate(region: AwsRegion, limit: RateLimit, index: int) -> Arguments:
    window = next((one for one in _WINDOWS if one >= limit.per_seconds), _WINDOWS[-1])
    wanted = Decimal(limit.requests) * window / limit.per_seconds
    requests = int(wanted.to_integral_value(ROUND_CEILING))
    said = f"{limit.requests} in {limit.per_seconds:f} s"
    place = region.system.where("rate_limits", index)
    route = limit.route.split(" ")[-1].split("{")[0].rstrip("*")
    return {
        "limit": Noted(max(_LEAST_REQUESTS, requests), f"{said} ({place})."),
        "evaluation_window_sec": window,
        "aggregate_key_type": "IP",
        "scope_down_statement": Block(
            {
                "byte_match_statement": Block(
                    {
                        "search_string": route if route.startswith("/") else "/",
                        "positional_constraint": "STARTS_WITH",
                        "field_to_match": Block({"uri_path": Block({})}),
                        "text_transformation": Block({"priority": 0, "type": "NORMALIZE_PATH"}),
                    }
                )
            }
        ),
    }


def _seen_as(name: str) -> Block:
    return Block(
        {
            "cloudwatch_metrics_enabled": True,
            "metric_name": name,
            "sampled_requests_enabled": True,
        }
    )


def _log(region: AwsRegion, acl: ResourceBlock) -> Iterator[ResourceBlock]:
    here = acl.provider is None
    no_key = ("CKV_AWS_158", "the key of the system is in another region than the logs of CDNs")
    group = ResourceBlock(
        "aws_cloudwatch_log_group",
        f"{acl.name}_firewall",
        {
            "name": f"aws-waf-logs-{region.prefix}-{acl.name.replace('_', '-')}",
            "retention_in_days": log_days(region),
            "kms_key_id": region.key if here else None,
            "tags": region.tags(f"{acl.name}-firewall"),
        },
        section=_SECTION,
        comment="WAF only writes to groups whose name begins with aws-waf-logs-.",
        provider=acl.provider,
        waivers=log_waivers(region) if here else (*log_waivers(region), no_key),
    )
    yield group
    yield ResourceBlock(
        "aws_wafv2_web_acl_logging_configuration",
        acl.name,
        {
            "resource_arn": acl.ref("arn"),
            "log_destination_configs": [group.ref("arn")],
            "redacted_fields": [
                Block({"single_header": Block({"name": header})})
                for header in ("authorization", "cookie")
            ],
        },
        section=_SECTION,
        comment="Whoever reads the log must not find a session in it.",
        provider=acl.provider,
    )
