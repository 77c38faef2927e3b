"""Records of Route 53: where each name leads, by latency where there are several regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.certificates import ZONE
from outgrow.render.aws.hosts import (
    DOMAIN,
    balanced,
    balancer_host,
    distributed,
    distribution_hosts,
)
from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
)

_SECTION = "dns"
_ROUTING = "routing"
# CloudFront's own zone, the same for every distribution.
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"


def record_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the records of one region: to CDNs, and to balancers if it is the only one."""
    for part in distributed(region):
        for number, host in enumerate(distribution_hosts(region, part)):
            suffix = f"_{number + 1}" if number else ""
            for kind in ("A", "AAAA"):
                yield _to_distribution(region, part, host, kind, suffix)
    if region.is_only:
        for balancer, part in balanced(region):
            yield _to_balancer(region, balancer, part)


def record_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return the address of everything that the world can reach."""
    for _balancer, part in balanced(region):
        host = balancer_host(region, part)
        yield OutputBlock(f"{region.name(part)}_host", host, f"Where {part.component} answers.")
    for part in distributed(region):
        host = distribution_hosts(region, part)[0]
        yield OutputBlock(f"{region.name(part)}_host", host, f"Where {part.component} answers.")


def routing_blocks(regions: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    """Return the records that lead each user to the nearest region that is well.

    A region whose health check fails gets no users; that is the failover of everything that
    keeps no data.
    """
    names = dict.fromkeys(part.name for region in regions for _, part in balanced(region))
    if names:
        yield ResourceBlock(
            "aws_route53_zone",
            "main",
            {"name": Var(DOMAIN), "private_zone": False},
            section=_ROUTING,
            kind="data",
        )
    for name in names:
        for region in regions:
            for balancer, part in balanced(region):
                if part.name == name:
                    yield from _nearest(region, balancer, part)


def _to_distribution(
    region: AwsRegion, part: Part, host: Value, kind: str, suffix: str
) -> ResourceBlock:
    name = region.name(part)
    return ResourceBlock(
        "aws_route53_record",
        f"{name}{suffix}_{kind.lower()}",
        {
            "zone_id": ZONE,
            "name": host,
            "type": kind,
            "alias": Block(
                {
                    "name": Ref("aws_cloudfront_distribution", name, "domain_name"),
                    "zone_id": Noted(_CLOUDFRONT_ZONE, "The zone of all distributions."),
                    "evaluate_target_health": False,
                }
            ),
        },
        section=_SECTION,
    )


def _to_balancer(region: AwsRegion, balancer: Part, part: Part) -> ResourceBlock:
    name = region.name(balancer)
    return ResourceBlock(
        "aws_route53_record",
        f"{region.name(part)}_a",
        {
            "zone_id": ZONE,
            "name": balancer_host(region, part),
            "type": "A",
            "alias": Block(
                {
                    "name": Ref("aws_lb", name, "dns_name"),
                    "zone_id": Ref("aws_lb", name, "zone_id"),
                    "evaluate_target_health": True,
                }
            ),
        },
        section=_SECTION,
    )


def _nearest(region: AwsRegion, balancer: Part, part: Part) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_{region.module}"
    balancer_name = region.name(balancer)
    dns_name = region.from_root(Ref("aws_lb", balancer_name, "dns_name"))
    check = ResourceBlock(
        "aws_route53_health_check",
        name,
        {
            "type": "HTTPS",
            "fqdn": dns_name,
            "port": 443,
            "resource_path": part.health.path if part.health and part.health.path else "/",
            "request_interval": 30,
            "failure_threshold": 3,
            "enable_sni": True,
            "tags": {"Name": f"{region.prefix}-{part.name}-{region.region}"},
        },
        section=_ROUTING,
    )
    yield check
    yield ResourceBlock(
        "aws_route53_record",
        name,
        {
            "zone_id": ZONE,
            "name": balancer_host(region, part),
            "type": "A",
            "set_identifier": region.region,
            "health_check_id": check.ref("id"),
            "latency_routing_policy": Block({"region": region.region}),
            "alias": Block(
                {
                    "name": dns_name,
                    "zone_id": region.from_root(Ref("aws_lb", balancer_name, "zone_id")),
                    "evaluate_target_health": True,
                }
            ),
        },
        section=_ROUTING,
    )
