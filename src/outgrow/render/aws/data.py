"""Where the data of a system lies on AWS: databases, caches, buckets, queues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.aurora import aurora_blocks, aurora_outputs, aurora_variables
from outgrow.render.aws.documentdb import (
    documentdb_blocks,
    documentdb_outputs,
    documentdb_variables,
)
from outgrow.render.aws.elasticache import (
    elasticache_blocks,
    elasticache_outputs,
    elasticache_variables,
)
from outgrow.render.aws.rds import rds_blocks, rds_outputs, rds_variables
from outgrow.render.aws.rds_proxy import rds_proxy_blocks, rds_proxy_outputs
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.s3 import s3_blocks, s3_outputs
from outgrow.render.aws.s3_replication import s3_replication_blocks
from outgrow.render.aws.sqs import sqs_blocks, sqs_outputs
from outgrow.render.writers.expressions import OutputBlock, ResourceBlock, VariableBlock


def data_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every store of the region."""
    yield from rds_blocks(region)
    yield from rds_proxy_blocks(region)
    yield from aurora_blocks(region)
    yield from documentdb_blocks(region)
    yield from elasticache_blocks(region)
    yield from s3_blocks(region)
    yield from sqs_blocks(region)


def data_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return what stores ask of whoever applies them: secrets that AWS cannot make."""
    yield from rds_variables(region)
    yield from aurora_variables(region)
    yield from documentdb_variables(region)
    yield from elasticache_variables(region)


def data_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where the stores answer."""
    yield from rds_outputs(region)
    yield from rds_proxy_outputs(region)
    yield from aurora_outputs(region)
    yield from documentdb_outputs(region)
    yield from elasticache_outputs(region)
    yield from s3_outputs(region)
    yield from sqs_outputs(region)


def replicated_blocks(regions: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    """Return what joins the stores of several regions, for the root module."""
    yield from s3_replication_blocks(regions)
