"""How long CloudFront and browsers keep an answer, and the headers that every answer has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Noted, Ref, ResourceBlock, Value
from outgrow.strategy.practices import Caching

_SECTION = "cdn"
# AWS's own policies have the same id in every account.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7443e5a2b4ed"
_TWO_YEARS = 63_072_000
_YEAR = 31_536_000


def cached_at_edge(region: AwsRegion, part: Part) -> tuple[str, Caching] | None:
    """Return what the strategy says of the cache of a CDN: the entry with the longest life."""
    found = [
        (name, one)
        for name, one in region.system.strategy.caching.items()
        if one.layer == "cdn" and one.component == part.component and one.ttl_seconds
    ]
    return max(found, key=lambda pair: pair[1].ttl_seconds or Decimal(0), default=None)


def cache_policy_id(region: AwsRegion, part: Part) -> Value:
    """Return the policy for files: the strategy's own, or AWS's recommended one."""
    if cached_at_edge(region, part) is None:
        return Noted(
            CACHING_OPTIMIZED, "AWS's CachingOptimized: the strategy states no lifetime here."
        )
    return Ref("aws_cloudfront_cache_policy", region.name(part), "id")


def cache_policy(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Return the cache policy of a CDN, where the strategy states a lifetime."""
    cached = cached_at_edge(region, part)
    if cached is None:
        return
    name, caching = cached
    seconds = _whole(caching.ttl_seconds or Decimal(0))
    place = region.system.where("caching", name)
    yield ResourceBlock(
        "aws_cloudfront_cache_policy",
        region.name(part),
        {
            "name": named(region, part.name),
            "comment": name,
            "min_ttl": 0,
            "default_ttl": Noted(seconds, f"Seconds, where an answer does not say ({place})."),
            "max_ttl": Noted(_YEAR, "Names with a hash in them may say up to a year."),
            "parameters_in_cache_key_and_forwarded_to_origin": Block(
                {
                    "enable_accept_encoding_brotli": True,
                    "enable_accept_encoding_gzip": True,
                    "cookies_config": Block({"cookie_behavior": "none"}),
                    "headers_config": Block({"header_behavior": "none"}),
                    "query_strings_config": Block({"query_string_behavior": "none"}),
                }
            ),
        },
        section=_SECTION,
    )


def response_headers(region: AwsRegion, part: Part) -> ResourceBlock:
    """Return the headers of every answer: of safety, and how long a browser keeps it."""
    cached = cached_at_edge(region, part)
    security = {
        "strict_transport_security": Block(
            {
                "access_control_max_age_sec": _TWO_YEARS,
                "include_subdomains": True,
                "preload": False,
                "override": True,
            }
        ),
        "content_type_options": Block({"override": True}),
        "frame_options": Block({"frame_option": "SAMEORIGIN", "override": False}),
        "referrer_policy": Block(
            {"referrer_policy": "strict-origin-when-cross-origin", "override": False}
        ),
    }
    arguments: dict[str, Value | Block] = {
        "name": named(region, part.name),
        "security_headers_config": Block(security),
    }
    if cached is not None:
        arguments["custom_headers_config"] = _cache_control(region, *cached)
    return ResourceBlock(
        "aws_cloudfront_response_headers_policy",
        region.name(part),
        arguments,
        section=_SECTION,
        waivers=(("CKV_AWS_259", "preloading HSTS cannot be taken back, so the team decides it"),),
    )


def _cache_control(region: AwsRegion, name: str, caching: Caching) -> Block:
    words = ["public", f"max-age={_whole(caching.ttl_seconds or Decimal(0))}"]
    if caching.stale_while_revalidate_seconds:
        words.append(f"stale-while-revalidate={_whole(caching.stale_while_revalidate_seconds)}")
    place = region.system.where("caching", name)
    header = Block({"header": "Cache-Control", "value": ", ".join(words), "override": False})
    return Block(
        {"items": header},
        comment=f"For browsers, where the origin sends none ({place})."
        " The edge itself serves stale answers only by the object's own header: upload with"
        " the same --cache-control.",
    )


def _whole(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
