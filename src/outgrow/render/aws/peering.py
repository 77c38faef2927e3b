"""The way between regions: what runs elsewhere writes to the databases of the home region.

The networks are joined in the root module, for the two ends stand in different regions. Who may
go that way is said by the security groups, in each region's own module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.network import has_private, vpc_cidr
from outgrow.render.aws.region import DATA, PRIVATE, PUBLIC, AwsRegion
from outgrow.render.aws.traffic import written_from
from outgrow.render.writers.expressions import Ref, ResourceBlock, Value

_SECTION = "peering"
_VPC = Ref("aws_vpc", "main")


def peering_blocks(regions: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    """Yield a peering between home and each region that writes there, with routes both ways."""
    home, *others = regions
    for region in others:
        if written_from(region):
            yield from _peering(home, region)
            yield from _routes(home, region)


def _peering(home: AwsRegion, region: AwsRegion) -> Iterator[ResourceBlock]:
    stores = ", ".join(part.component for part in written_from(region))
    tags = home.tags(f"to-{region.region}")
    asked = ResourceBlock(
        "aws_vpc_peering_connection",
        region.module,
        {
            "vpc_id": home.from_root(_VPC),
            "peer_vpc_id": region.from_root(_VPC),
            "peer_region": region.region,
            "tags": tags,
        },
        _SECTION,
        comment=f"{region.region} writes to {stores} in {home.region}, past the internet. AWS"
        " counts what crosses as transfer between regions.",
    )
    yield asked
    yield ResourceBlock(
        "aws_vpc_peering_connection_accepter",
        region.module,
        {"vpc_peering_connection_id": asked.ref("id"), "auto_accept": True, "tags": tags},
        _SECTION,
        provider=_provider(region),
    )


def _routes(home: AwsRegion, region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield how answers find back, and how each zone of `region` finds its way."""
    yield _route(home, DATA, region, region)
    tables = [f"{PRIVATE}_{zone}" for zone in region.zones] if has_private(region) else []
    for table in (PUBLIC, *tables):
        yield _route(region, table, home, region)


def _route(start: AwsRegion, table: str, end: AwsRegion, peer: AwsRegion) -> ResourceBlock:
    arguments: dict[str, Value] = {
        "route_table_id": start.from_root(Ref("aws_route_table", table)),
        "destination_cidr_block": vpc_cidr(end),
        # Of the accepter: a route through a peering that nobody has accepted leads nowhere.
        "vpc_peering_connection_id": Ref("aws_vpc_peering_connection_accepter", peer.module),
    }
    name = f"{start.module}_{table}_to_{end.module}"
    return ResourceBlock("aws_route", name, arguments, _SECTION, provider=_provider(start))


def _provider(region: AwsRegion) -> str | None:
    return None if region.is_home else f"aws.{region.module}"
