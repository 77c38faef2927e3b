"""WAF before a CDN: the rules of load balancers, where CloudFront wants them."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.aws.waf import firewall_rules, seen_as
from outgrow.render.writers.expressions import Block, ResourceBlock

_SECTION = "waf"


def firewall(region: AwsRegion, name: str, provider: str | None) -> Iterator[ResourceBlock]:
    """Return a web ACL called `name` with its log."""
    acl = ResourceBlock(
        "aws_wafv2_web_acl",
        name,
        {
            "name": f"{region.prefix}-{name.replace('_', '-')}",
            "scope": "CLOUDFRONT",
            "tags": region.tags(name.replace("_", "-")),
            "default_action": Block({"allow": Block({})}),
            "rule": firewall_rules(region),
            "visibility_config": seen_as(name),
        },
        section=_SECTION,
        provider=provider,
    )
    yield acl
    yield from _log(region, acl)


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
