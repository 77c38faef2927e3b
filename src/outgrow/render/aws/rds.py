"""PostgreSQL on RDS: the instance, its parameters, its replicas, and who watches it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.rds_facts import (
    RDS,
    keeps_own_password,
    master_secret,
    replicas_of,
)
from outgrow.render.aws.rds_instance import rds_instance
from outgrow.render.aws.rds_parameters import (
    rds_log_groups,
    rds_monitoring_role,
    rds_parameters,
    rds_password_secret,
    rds_subnet_group,
)
from outgrow.render.aws.rds_replicas import rds_regional_replica, rds_replica
from outgrow.render.aws.region import AwsRegion
from outgrow.render.writers.expressions import (
    OutputBlock,
    Ref,
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
            yield from rds_password_secret(region, part)
            yield rds_instance(region, part)
            yield from (rds_replica(region, part, n) for n in range(1, replicas_of(part) + 1))
        else:
            yield rds_regional_replica(region, part)


def rds_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the passwords that RDS cannot keep itself, and the primary of another region."""
    for part in region.on(RDS):
        name = region.name(part)
        if region.is_home and not keeps_own_password(region, part):
            yield VariableBlock(
                f"{name}_password",
                "string",
                f"Master password of {part.component}; RDS manages none while there are replicas.",
                sensitive=True,
                condition=f"length(var.{name}_password) >= 16",
                error_message="Use at least 16 characters.",
            )


def rds_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each database answers, and where its password lies."""
    for part in region.on(RDS):
        name = region.name(part)
        instance = "" if region.is_home else "_replica_1"
        yield OutputBlock(
            f"{name}_endpoint",
            Ref("aws_db_instance", f"{name}{instance}", "endpoint"),
            f"Host and port of {part.component}.",
        )
        if region.is_home:
            yield OutputBlock(
                f"{name}_master_secret_arn",
                master_secret(region, part),
                f"Secret with the master password of {part.component}.",
            )
