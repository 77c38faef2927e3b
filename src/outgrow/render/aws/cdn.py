"""CloudFront: what it takes from buckets and load balancers, and how long it keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.cdn_caching import (
    CACHING_DISABLED,
    cache_policy,
    cache_policy_id,
    response_headers,
)
from outgrow.render.aws.cdn_origins import Origin, origins_of
from outgrow.render.aws.certificates import US_EAST_1
from outgrow.render.aws.firewall import firewall
from outgrow.render.aws.hosts import distributed, distribution_hosts
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import about, named
from outgrow.render.system.defaults import is_static
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    Joined,
    Noted,
    Ref,
    ResourceBlock,
    Value,
)
from outgrow.strategy.components import ComponentKind

_SECTION = "cdn"
_FIREWALL = "cdn"
_READ = ["GET", "HEAD", "OPTIONS"]
_ALL = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
# AWS's own policies, with the same id in every account.
_ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
_CHEAPEST = ("us-", "ca-", "eu-", "il-", "mx-")
_DEAREST = ("sa-", "ap-southeast-2", "ap-southeast-4", "ap-southeast-6")


def cdn_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every distribution with its policies, its firewall and its log."""
    parts = distributed(region)
    if not parts:
        return
    yield from firewall(region, _FIREWALL, "CLOUDFRONT", _elsewhere(region))
    for part in parts:
        origins = origins_of(region, part)
        if not origins:
            continue
        if any(origin.access_control for origin in origins):
            yield _access_control(region, part)
        yield from cache_policy(region, part)
        yield response_headers(region, part)
        yield _distribution(region, part, origins)
        yield from _access_log(region, part)


def _elsewhere(region: AwsRegion) -> str | None:
    """Return the provider of us-east-1, where everything of CloudFront lives, if not here."""
    return None if region.region == US_EAST_1 else "aws.us_east_1"


def _access_control(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_cloudfront_origin_access_control",
        region.name(part),
        {
            "name": named(region, part.name),
            "description": "Signs what CloudFront asks of buckets, which answer nobody else.",
            "origin_access_control_origin_type": "s3",
            "signing_behavior": "always",
            "signing_protocol": "sigv4",
        },
        section=_SECTION,
    )


def _distribution(region: AwsRegion, part: Part, origins: Sequence[Origin]) -> ResourceBlock:
    name = region.name(part)
    page = _index_page(region, origins)
    arguments: Arguments = {
        "comment": f"{region.prefix} {part.name}",
        "enabled": True,
        "is_ipv6_enabled": True,
        "http_version": "http2and3",
        "aliases": distribution_hosts(region, part),
        "default_root_object": page,
        "price_class": Noted(*_price_class(region)),
        "web_acl_id": Ref("aws_wafv2_web_acl", _FIREWALL, "arn"),
        "tags": region.tags(part.name, part),
        "origin": [origin.block for origin in origins],
        "default_cache_behavior": Block(_behaviour(region, part, origins[0], is_first=True)),
        "ordered_cache_behavior": [
            Block({"path_pattern": origin.path, **_behaviour(region, part, origin)})
            for origin in origins[1:]
        ],
        "custom_error_response": _error_pages(region, origins),
        "restrictions": Block({"geo_restriction": Block({"restriction_type": "none"})}),
        "viewer_certificate": Block(
            {
                "acm_certificate_arn": Ref(
                    "aws_acm_certificate_validation", "cdn", "certificate_arn"
                ),
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            }
        ),
    }
    return ResourceBlock(
        "aws_cloudfront_distribution",
        name,
        arguments,
        section=_SECTION,
        comment=about(region, part),
        waivers=_waivers(page),
    )


def _waivers(page: str | None) -> tuple[tuple[str, str], ...]:
    found = [
        ("CKV_AWS_86", "access logs go to the bucket for logs by log delivery, without ACLs"),
        (
            "CKV2_AWS_47",
            "known bad inputs hold Log4j; the list of anonymous addresses would stop VPNs too",
        ),
        ("CKV_AWS_310", "the strategy has no second origin to fall back on"),
        ("CKV_AWS_374", "the strategy is for users of all countries"),
    ]
    if page is None:
        found.append(("CKV_AWS_305", "it serves files by their names and has no start page"))
    return tuple(found)


def _price_class(region: AwsRegion) -> tuple[str, str]:
    """Return the edge locations to pay for: those near the regions of the system."""
    regions = region.system.regions
    if all(name.startswith(_CHEAPEST) for name in regions):
        return "PriceClass_100", "Edges in North America and Europe, near to our regions."
    if any(name.startswith(_DEAREST) for name in regions):
        return "PriceClass_All", "All edges: some of our regions are near the dearest ones."
    return "PriceClass_200", "All edges but those of South America and Oceania."


def _frontend(region: AwsRegion, origin: Origin) -> Part | None:
    found = region.part(origin.component)
    return found if found is not None and found.kind is ComponentKind.FRONTEND else None


def _index_page(region: AwsRegion, origins: Sequence[Origin]) -> str | None:
    frontend = _frontend(region, origins[0])
    return "index.html" if frontend is not None and origins[0].access_control else None


def _error_pages(region: AwsRegion, origins: Sequence[Origin]) -> list[Block]:
    """Return the start page for every path that is no file: the frontend routes by itself."""
    frontend = _frontend(region, origins[0])
    alone = len(origins) == 1
    if frontend is None or not origins[0].access_control or not alone:
        return []
    if not is_static(frontend.spec) and frontend.build is not None:
        return []
    return [
        Block(
            {
                "error_code": code,
                "response_code": 200,
                "response_page_path": "/index.html",
                "error_caching_min_ttl": 10,
            }
        )
        for code in (403, 404)
    ]


def _behaviour(region: AwsRegion, part: Part, origin: Origin, is_first: bool = False) -> Arguments:
    static = origin.access_control
    return {
        "target_origin_id": origin.component,
        "viewer_protocol_policy": "redirect-to-https",
        "allowed_methods": _READ if static else _ALL,
        "cached_methods": ["GET", "HEAD"],
        "compress": True,
        "cache_policy_id": cache_policy_id(region, part)
        if static
        else Noted(CACHING_DISABLED, "AWS's CachingDisabled: the application decides."),
        "origin_request_policy_id": None if static else _forwarded(is_first),
        "response_headers_policy_id": Ref(
            "aws_cloudfront_response_headers_policy", region.name(part), "id"
        ),
    }


def _forwarded(is_first: bool) -> Value:
    """Return the policy that hands a request on; the load balancer chooses by the host in it."""
    if is_first:
        return Noted(_ALL_VIEWER, "AWS's AllViewer: headers, cookies and query as they came.")
    return Noted(_ALL_BUT_HOST, "AWS's AllViewerExceptHostHeader: the host is the origin's.")


def _access_log(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name, provider = region.name(part), _elsewhere(region)
    source = ResourceBlock(
        "aws_cloudwatch_log_delivery_source",
        name,
        {
            "name": named(region, part.name),
            "log_type": "ACCESS_LOGS",
            "resource_arn": Ref("aws_cloudfront_distribution", name, "arn"),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment="Access logs by log delivery, which needs no ACL on the bucket.",
        provider=provider,
    )
    bucket: Value = Joined(Ref("aws_s3_bucket", "logs", "arn"), f"/cloudfront/{part.name}")
    destination = ResourceBlock(
        "aws_cloudwatch_log_delivery_destination",
        name,
        {
            "name": named(region, part.name),
            "output_format": "json",
            "delivery_destination_configuration": Block({"destination_resource_arn": bucket}),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        provider=provider,
        depends_on=(Ref("aws_s3_bucket_policy", "logs"),),
    )
    yield source
    yield destination
    yield ResourceBlock(
        "aws_cloudwatch_log_delivery",
        name,
        {
            "delivery_source_name": source.ref("name"),
            "delivery_destination_arn": destination.ref("arn"),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        provider=provider,
    )
