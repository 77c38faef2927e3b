"""The network of a region: a VPC over its zones, ways in and out, and a record of refusals."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.policies import allow
from outgrow.render.aws.region import DATA, PRIVATE, PUBLIC, AwsRegion
from outgrow.render.aws.roles import allowed, log_group, role, streams_of
from outgrow.render.aws.traffic import is_stateful, needs_way_out
from outgrow.render.writers.expressions import Ref, ResourceBlock, Value

SECTION = "network"
VPC = Ref("aws_vpc", "main")
# Tasks and pods each take an address: private subnets are sixteen times as large as others.
_RANGES = {PUBLIC: ("{0}.0/24", 0, 1), DATA: ("{0}.0/24", 8, 1), PRIVATE: ("{0}.0/20", 16, 16)}
_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")


def network_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the VPC with its subnets, routes and gateways; nothing where nothing needs it."""
    if not region.has_network:
        return
    yield from _vpc(region)
    yield from _public(region)
    if has_private(region):
        yield from _private(region)
    if has_data(region):
        yield from _data(region)
    yield from _endpoints(region)
    yield from _flow_log(region)


def has_private(region: AwsRegion) -> bool:
    """Return whether there are private subnets, with a way out through NAT."""
    return needs_way_out(region)


def has_data(region: AwsRegion) -> bool:
    """Return whether there are subnets for stores, with no way out at all."""
    return any(is_stateful(part) for part in region.parts)


def vpc_cidr(region: AwsRegion) -> str:
    """Return the addresses of a region; no two regions share any, so they can be peered."""
    return f"{_network(region)}.0.0/16"


def gateways(region: AwsRegion) -> tuple[str, ...]:
    """Return the zones that have a NAT gateway: as many as the strategy pays for, or one."""
    if not has_private(region):
        return ()
    paid = [part.instances.expected for part in region.on("aws/nat-gateway")]
    return region.zones[: max(1, sum(paid))]


def _network(region: AwsRegion) -> str:
    return f"10.{region.system.regions.index(region.region) if not region.is_only else 0}"


def _vpc(region: AwsRegion) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "aws_vpc",
        "main",
        {
            "cidr_block": vpc_cidr(region),
            "enable_dns_support": True,
            "enable_dns_hostnames": True,
            "tags": region.tags("vpc"),
        },
        SECTION,
    )
    yield ResourceBlock(
        "aws_default_security_group",
        "main",
        {"vpc_id": VPC, "tags": region.tags("default-unused")},
        SECTION,
        comment="AWS makes this group and lets its members talk to one another. Nothing uses"
        " it: without a rule it stays closed.",
    )


def _subnets(region: AwsRegion, tier: str, more: dict[str, Value]) -> Iterator[ResourceBlock]:
    pattern, first, step = _RANGES[tier]
    for index, zone in enumerate(region.zones):
        block = pattern.format(f"{_network(region)}.{first + index * step}")
        yield ResourceBlock(
            "aws_subnet",
            f"{tier}_{zone}",
            {
                "vpc_id": VPC,
                "cidr_block": block,
                "availability_zone": f"{region.region}{zone}",
                "tags": {**region.tags(f"{tier}-{zone}"), "Tier": tier, **more},
            },
            SECTION,
        )


def _table(
    region: AwsRegion, name: str, comment: str, route: dict[str, Value] | None
) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "aws_route_table",
        name,
        {"vpc_id": VPC, "tags": region.tags(name.replace("_", "-"))},
        SECTION,
        comment=comment,
    )
    if route:
        table = Ref("aws_route_table", name)
        arguments: dict[str, Value] = {"route_table_id": table}
        arguments |= {"destination_cidr_block": "0.0.0.0/0", **route}
        yield ResourceBlock("aws_route", f"{name}_out", arguments, SECTION)


def ways_out(region: AwsRegion, tier: str) -> tuple[Ref, ...]:
    """Return what leads out of the subnets of a tier: what starts there waits for it.

    A subnet without its route is cut off, and neither a machine's script nor the first tasks
    of a service start again by themselves for long.
    """
    tables = [PUBLIC] if tier == PUBLIC else [f"{tier}_{zone}" for zone in region.zones]
    return (
        *(Ref("aws_route", f"{table}_out") for table in tables),
        *(Ref("aws_route_table_association", f"{tier}_{zone}") for zone in region.zones),
    )


def _association(subnet: str, table: str) -> ResourceBlock:
    return ResourceBlock(
        "aws_route_table_association",
        subnet,
        {
            "subnet_id": Ref("aws_subnet", subnet),
            "route_table_id": Ref("aws_route_table", table),
        },
        SECTION,
    )


def _public(region: AwsRegion) -> Iterator[ResourceBlock]:
    arguments: dict[str, Value] = {"vpc_id": VPC, "tags": region.tags("internet")}
    yield ResourceBlock("aws_internet_gateway", "main", arguments, SECTION)
    marks: dict[str, Value] = {"kubernetes.io/role/elb": "1"} if region.cluster else {}
    yield from _subnets(region, PUBLIC, marks)
    route: dict[str, Value] = {"gateway_id": Ref("aws_internet_gateway", "main")}
    yield from _table(region, PUBLIC, "For load balancers and NAT: straight out.", route)
    for zone in region.zones:
        yield _association(f"public_{zone}", PUBLIC)


def _private(region: AwsRegion) -> Iterator[ResourceBlock]:
    marks: dict[str, Value] = {"kubernetes.io/role/internal-elb": "1"} if region.cluster else {}
    yield from _subnets(region, PRIVATE, marks)
    zones = gateways(region)
    for zone in zones:
        yield from _nat(region, zone)
    for zone in region.zones:
        gateway = zone if zone in zones else zones[0]
        route: dict[str, Value] = {"nat_gateway_id": Ref("aws_nat_gateway", gateway)}
        why = f"What runs in zone {zone} leaves by the NAT gateway of zone {gateway}."
        yield from _table(region, f"private_{zone}", why, route)
        yield _association(f"private_{zone}", f"private_{zone}")


def _nat(region: AwsRegion, zone: str) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "aws_eip",
        f"nat_{zone}",
        {"domain": "vpc", "tags": region.tags(f"nat-{zone}")},
        SECTION,
        comment=_why_nat(region) if zone == gateways(region)[0] else "",
    )
    yield ResourceBlock(
        "aws_nat_gateway",
        zone,
        {
            "allocation_id": Ref("aws_eip", f"nat_{zone}"),
            "subnet_id": Ref("aws_subnet", f"public_{zone}"),
            "tags": region.tags(f"nat-{zone}"),
        },
        SECTION,
        depends_on=(Ref("aws_internet_gateway", "main"),),
    )


def _why_nat(region: AwsRegion) -> str:
    number, zones = len(gateways(region)), len(region.zones)
    paid = region.on("aws/nat-gateway")
    if not paid:
        return (
            "One NAT gateway for all zones. The strategy names none (`outgrow check` counts what"
            " it costs); when its zone fails, nothing gets out. For one a zone add a component"
            " of kind network on aws/nat-gateway with that count."
        )
    where = region.where(paid[0])
    if number < zones:
        return f"{number} NAT gateway for {zones} zones, as {where} says."
    return f"A NAT gateway in each zone, as {where} says: no zone depends on another."


def _data(region: AwsRegion) -> Iterator[ResourceBlock]:
    yield from _subnets(region, DATA, {})
    why = "For stores: nothing in here reaches the internet, and nothing out there reaches in."
    yield from _table(region, DATA, why, None)
    for zone in region.zones:
        yield _association(f"data_{zone}", DATA)


def _tables(region: AwsRegion) -> list[Value]:
    names = [PUBLIC]
    names += [f"private_{zone}" for zone in region.zones] if has_private(region) else []
    return [Ref("aws_route_table", name) for name in names]


def _endpoints(region: AwsRegion) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "aws_vpc_endpoint",
        "s3",
        {
            "vpc_id": VPC,
            "service_name": f"com.amazonaws.{region.region}.s3",
            "vpc_endpoint_type": "Gateway",
            "route_table_ids": _tables(region),
            "tags": region.tags("s3"),
        },
        SECTION,
        comment="S3, and the layers of images in ECR, past the NAT gateway and free of charge."
        " Endpoints of other services cost by the hour in each zone: they pay from about a"
        " terabyte a month on.",
    )
    if region.on("aws/vpc-endpoint") and has_private(region):
        yield from _interface_endpoints(region)


def _interface_endpoints(region: AwsRegion) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "aws_security_group",
        "endpoints",
        {
            "name": f"{region.prefix}-endpoints",
            "description": "Endpoints of AWS services in the VPC",
            "vpc_id": VPC,
            "tags": region.tags("endpoints"),
        },
        SECTION,
    )
    yield ResourceBlock(
        "aws_vpc_security_group_ingress_rule",
        "endpoints",
        {
            "security_group_id": Ref("aws_security_group", "endpoints"),
            "description": "HTTPS from the VPC",
            "cidr_ipv4": vpc_cidr(region),
            "ip_protocol": "tcp",
            "from_port": 443,
            "to_port": 443,
        },
        SECTION,
    )
    for service in _ENDPOINTS:
        yield ResourceBlock(
            "aws_vpc_endpoint",
            service.replace(".", "_"),
            {
                "vpc_id": VPC,
                "service_name": f"com.amazonaws.{region.region}.{service}",
                "vpc_endpoint_type": "Interface",
                "private_dns_enabled": True,
                "subnet_ids": region.subnets(PRIVATE),
                "security_group_ids": [Ref("aws_security_group", "endpoints")],
                "tags": region.tags(service.replace(".", "-")),
            },
            SECTION,
        )


def _flow_log(region: AwsRegion) -> Iterator[ResourceBlock]:
    group = Ref("aws_cloudwatch_log_group", "flow", "arn")
    yield log_group(region, "flow", f"/vpc/{region.prefix}", SECTION)
    yield role(region, "flow_log", "vpc-flow-logs.amazonaws.com", SECTION)
    writes = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    yield allowed("flow_log", SECTION, allow(writes, [group, streams_of("flow")]))
    yield ResourceBlock(
        "aws_flow_log",
        "main",
        {
            "vpc_id": VPC,
            "traffic_type": "REJECT",
            "log_destination": group,
            "iam_role_arn": Ref("aws_iam_role", "flow_log", "arn"),
            "tags": region.tags("flow-log"),
        },
        SECTION,
        comment="What was refused: enough to see an attack or a rule that is missing, at a"
        " fraction of what a record of all traffic costs.",
    )
