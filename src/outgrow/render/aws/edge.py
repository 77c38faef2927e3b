"""What the world meets first on AWS: names, certificates, the CDN and its firewall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.cdn import cdn_blocks
from outgrow.render.aws.certificates import certificate_blocks
from outgrow.render.aws.dns import record_blocks, record_outputs, routing_blocks
from outgrow.render.aws.hosts import domain_variables
from outgrow.render.aws.peering import peering_blocks
from outgrow.render.aws.region import AwsRegion
from outgrow.render.writers.expressions import OutputBlock, ResourceBlock, VariableBlock


def edge_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return certificates, distributions and records of the region."""
    yield from certificate_blocks(region)
    yield from cdn_blocks(region)
    yield from record_blocks(region)


def edge_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the domain."""
    yield from domain_variables(region)


def edge_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return the names under which the system answers."""
    yield from record_outputs(region)


def joined_blocks(regions: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    """Return what joins regions for the root module: users go to the nearest, writes home."""
    yield from peering_blocks(regions)
    yield from routing_blocks(regions)
