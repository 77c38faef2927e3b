"""TLS certificates of ACM, shown to be ours by records in Route 53."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.hosts import (
    DOMAIN,
    balanced,
    balancer_host,
    distributed,
    distribution_hosts,
)
from outgrow.render.aws.region import AwsRegion
from outgrow.render.writers.expressions import Lifecycle, Ref, ResourceBlock, Value, Var

_SECTION = "dns"
US_EAST_1 = "us-east-1"
ZONE = Ref("aws_route53_zone", "main", "zone_id", data=True)


def certificate_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the hosted zone and the certificates of load balancers and CDNs."""
    hosts = balancer_hosts(region)
    cdn_hosts = [host for part in distributed(region) for host in distribution_hosts(region, part)]
    if not hosts and not cdn_hosts:
        return
    yield ResourceBlock(
        "aws_route53_zone",
        "main",
        {"name": Var(DOMAIN), "private_zone": False},
        section=_SECTION,
        kind="data",
        comment="The zone is not built here: registrars point to its name servers.",
    )
    if hosts:
        yield from _certificate(region, "main", hosts, None)
    if cdn_hosts:
        elsewhere = None if region.region == US_EAST_1 else "aws.us_east_1"
        yield from _certificate(region, "cdn", cdn_hosts, elsewhere)


def balancer_hosts(region: AwsRegion) -> list[Value]:
    """Return the names that load balancers answer to, each once."""
    hosts: list[Value] = []
    for _balancer, part in balanced(region):
        host = balancer_host(region, part)
        if host not in hosts:
            hosts.append(host)
    return hosts


def _certificate(
    region: AwsRegion, name: str, hosts: Sequence[Value], provider: str | None
) -> Iterator[ResourceBlock]:
    first, *others = hosts
    certificate = ResourceBlock(
        "aws_acm_certificate",
        name,
        {
            "domain_name": first,
            "subject_alternative_names": others or None,
            "validation_method": "DNS",
            "tags": region.tags(name),
        },
        section=_SECTION,
        comment="CloudFront only takes certificates of us-east-1." if name == "cdn" else "",
        provider=provider,
        lifecycle=Lifecycle(create_before_destroy=True),
    )
    yield certificate
    records = [_record(certificate, number) for number in range(len(hosts))]
    yield from records
    yield ResourceBlock(
        "aws_acm_certificate_validation",
        name,
        {
            "certificate_arn": certificate.ref("arn"),
            "validation_record_fqdns": [record.ref("fqdn") for record in records],
        },
        section=_SECTION,
        provider=provider,
    )


def _record(certificate: ResourceBlock, number: int) -> ResourceBlock:
    def option(attribute: str) -> Ref:
        return certificate.ref(("domain_validation_options", number, attribute))

    return ResourceBlock(
        "aws_route53_record",
        f"{certificate.name}_certificate_{number + 1}",
        {
            "zone_id": ZONE,
            "name": option("resource_record_name"),
            "type": option("resource_record_type"),
            "records": [option("resource_record_value")],
            "ttl": 300,
            "allow_overwrite": True,
        },
        section=_SECTION,
        comment="The same name always has the same record, in every region and environment."
        if number == 0
        else "",
    )
