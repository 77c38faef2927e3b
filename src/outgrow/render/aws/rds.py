"""PostgreSQL on RDS: the instance, its parameters, its replicas, and who watches it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.master_password import (
    master_secret,
    password_blocks,
    password_variables,
)
from outgrow.render.aws.rds_facts import RDS, replicas_of
from outgrow.render.aws.rds_instance import rds_instance
from outgrow.render.aws.rds_parameters import (
    rds_log_groups,
    rds_monitoring_role,
    rds_parameters,
    rds_subnet_group,
)
from outgrow.render.aws.rds_replicas import rds_regional_replica, rds_replica
from outgrow.render.aws.region import AwsRegion
from outgrow.render.writers.expressions import (
    OutputBlock,
    ResourceBlock,
    VariableBlock,
)


def rds_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every PostgreSQL database of the region and what it stands on."""
    databases = region.on(RDS)
    if databases:
        yield from rds_monitoring_role(region)
    for part in databases:
        yield rds_subnet_group(region, part)
        yield rds_parameters(region, part)
        yield from rds_log_groups(region, part)
        if region.is_home:
            yield from password_blocks(region, part, "database")
            yield rds_instance(region, part)
            yield from (rds_replica(region, part, n) for n in range(1, replicas_of(part) + 1))
        else:
            yield rds_regional_replica(region, part)


def rds_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the passwords that RDS does not keep itself."""
    for part in region.on(RDS):
        yield from password_variables(region, part)


def rds_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each database answers, and where its password lies."""
    for part in region.on(RDS):
        name = region.name(part)
        yield OutputBlock(
            f"{name}_endpoint",
            region.database(part, "endpoint"),
            f"Host and port of {part.component}.",
        )
        if region.is_home:
            yield OutputBlock(
                f"{name}_master_secret_arn",
                master_secret(region, part),
                f"Secret with the master password of {part.component}.",
            )
