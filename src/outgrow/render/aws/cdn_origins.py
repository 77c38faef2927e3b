"""Where CloudFront takes from: buckets that answer only it, and load balancers."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.aws.hosts import balanced, balancer_host, served_by
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.s3 import S3
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Noted, Ref, Value
from outgrow.strategy.components import ComponentKind

_DEFAULT_READ_SECONDS = 30
_LONGEST_READ_SECONDS = 60  # without asking AWS for more


@dataclass(frozen=True, slots=True)
class Origin:
    """A part that CloudFront serves: under `path`, unless it is the first.

    `access_control` says that it is a bucket and CloudFront signs its requests.
    """

    component: str
    path: str
    access_control: bool
    block: Block


def origins_of(region: AwsRegion, part: Part) -> tuple[Origin, ...]:
    """Return what a distribution serves, the one that takes every other path first.

    That is a frontend, else an application, else a bucket.
    """
    if part.service == S3:
        return (_bucket(region, part, part),)
    found = [
        origin
        for linked in served_by(region, part)
        if (origin := _origin(region, part, linked)) is not None
    ]
    return tuple(found[i] for i in sorted(range(len(found)), key=lambda i: _rank(region, found[i])))


def _rank(region: AwsRegion, origin: Origin) -> tuple[bool, bool]:
    part = region.part(origin.component)
    is_frontend = part is not None and part.kind is ComponentKind.FRONTEND
    return (not is_frontend, origin.access_control)


def _origin(region: AwsRegion, cdn: Part, part: Part) -> Origin | None:
    if part.service == S3:
        return _bucket(region, cdn, part)
    if part.name in {one.name for _balancer, one in balanced(region)}:
        return _application(region, part)
    return None


def _bucket(region: AwsRegion, cdn: Part, part: Part) -> Origin:
    control = Ref("aws_cloudfront_origin_access_control", region.name(cdn), "id")
    block = Block(
        {
            "origin_id": part.name,
            "domain_name": Ref("aws_s3_bucket", region.name(part), "bucket_regional_domain_name"),
            "origin_access_control_id": control,
        }
    )
    return Origin(part.name, f"/{part.name}/*", True, block)


def _application(region: AwsRegion, part: Part) -> Origin:
    seconds = int(part.spec.needs.longest_request_seconds or _DEFAULT_READ_SECONDS)
    read: Value = min(max(seconds, _DEFAULT_READ_SECONDS), _LONGEST_READ_SECONDS)
    custom = Block(
        {
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": ["TLSv1.2"],
            "origin_read_timeout": Noted(read, "Seconds; CloudFront waits no longer than 60."),
        }
    )
    block = Block(
        {
            "origin_id": part.name,
            "domain_name": Noted(balancer_host(region, part), "Its own name, so that TLS fits."),
            "custom_origin_config": custom,
        }
    )
    return Origin(part.name, f"/{part.name}/*", False, block)
