"""PostgreSQL on Aurora Serverless v2: a cluster that takes capacity as it needs it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.master_password import (
    master_secret,
    password_arguments,
    password_blocks,
    password_variables,
)
from outgrow.render.aws.rds_facts import (
    MASTER_USER,
    backup_days,
    database_name,
    final_snapshot,
    major_version,
)
from outgrow.render.aws.rds_parameters import rds_subnet_group
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.aws.wording import about, cite, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    Joined,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    VariableBlock,
)

AURORA = "aws/aurora-serverless-v2"
_SECTION = "database"
_LEAST_ACU = Decimal("0.5")


def aurora_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every Aurora cluster of the home region, where it is written to."""
    for part in region.on(AURORA) if region.is_home else ():
        yield rds_subnet_group(region, part)
        yield _parameters(region, part)
        yield _log_group(region, part)
        yield from password_blocks(region, part, _SECTION)
        yield _cluster(region, part)
        yield from (_instance(region, part, n) for n in range(1, instances_of(part) + 1))


def aurora_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the passwords that Aurora does not keep itself."""
    for part in region.on(AURORA):
        yield from password_variables(region, part)


def aurora_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each cluster answers, and where its password lies."""
    for part in region.on(AURORA) if region.is_home else ():
        name = region.name(part)
        yield OutputBlock(
            f"{name}_endpoint", Ref("aws_rds_cluster", name, "endpoint"), f"Host of {name}."
        )
        yield OutputBlock(
            f"{name}_master_secret_arn",
            master_secret(region, part),
            f"Secret with the master password of {part.component}.",
        )


def instances_of(part: Part) -> int:
    """Return how many instances share the storage: two where a standby is asked for."""
    found = part.setting("instances")
    if isinstance(found, Decimal):
        return max(1, int(found))
    return 2 if part.setting("multi_az") is True else 1


def _capacity(region: AwsRegion, part: Part) -> Block:
    stated = part.setting("acu")
    acu = stated if isinstance(stated, Decimal) else Decimal(1)
    said = (
        cite(region, "ACUs on average", *part.resource.path)
        if isinstance(stated, Decimal)
        else "The phase states no ACUs."
    )
    return Block(
        {
            "min_capacity": max(_LEAST_ACU, (acu / 2).quantize(_LEAST_ACU)),
            "max_capacity": max(Decimal(1), acu * 4),
        },
        comment=f"{said} From half of it to four times of it (an assumption).",
    )


def _cluster(region: AwsRegion, part: Part) -> ResourceBlock:
    name = region.name(part)
    days, stated = backup_days(region)
    place = region.system.where("retention", "backups_days")
    arguments: Arguments = {
        "cluster_identifier": named(region, part.name),
        "engine": "aurora-postgresql",
        "engine_version": Noted(major_version(part), "Aurora applies minor versions by itself."),
        "database_name": database_name(part),
        "master_username": MASTER_USER,
        **password_arguments(region, part, "master_"),
        "db_subnet_group_name": Ref("aws_db_subnet_group", name, "name"),
        "vpc_security_group_ids": [region.security_group(part)],
        "db_cluster_parameter_group_name": Ref("aws_rds_cluster_parameter_group", name, "name"),
        "iam_database_authentication_enabled": True,
        "storage_encrypted": True,
        "kms_key_id": region.key,
        "storage_type": "aurora-iopt1" if part.setting("io_optimized") is True else None,
        "backup_retention_period": Noted(
            days, f"Days ({place})." if stated else "Days (an assumption)."
        ),
        "preferred_backup_window": "03:00-04:00",
        "preferred_maintenance_window": "sun:04:30-sun:05:30",
        "copy_tags_to_snapshot": True,
        "deletion_protection": region.system.is_production,
        **final_snapshot(region, part),
        "enabled_cloudwatch_logs_exports": ["postgresql"],
        "tags": region.tags(part.name, part),
        "serverlessv2_scaling_configuration": _capacity(region, part),
    }
    return ResourceBlock(
        "aws_rds_cluster",
        name,
        arguments,
        section=_SECTION,
        comment=about(region, part),
        depends_on=(Ref("aws_cloudwatch_log_group", f"{name}_postgresql"),),
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
        waivers=_waivers(region),
    )


def _waivers(region: AwsRegion) -> tuple[tuple[str, str], ...]:
    found = [("CKV2_AWS_8", "the cluster keeps backups of every second itself")]
    if not region.system.is_production:
        found.append(("CKV_AWS_139", "not production: the environment may be torn down"))
    return tuple(found)


def _instance(region: AwsRegion, part: Part, number: int) -> ResourceBlock:
    name = region.name(part)
    return ResourceBlock(
        "aws_rds_cluster_instance",
        f"{name}_{number}",
        {
            "identifier": named(region, part.name, str(number)),
            "cluster_identifier": Ref("aws_rds_cluster", name, "id"),
            "engine": Ref("aws_rds_cluster", name, "engine"),
            "instance_class": "db.serverless",
            "auto_minor_version_upgrade": True,
            "performance_insights_enabled": True,
            "performance_insights_kms_key_id": region.key,
            "tags": region.tags(f"{part.name}-{number}", part),
        },
        section=_SECTION,
        comment="" if number == 1 else "Takes over when the first fails, and answers reads.",
        waivers=(("CKV_AWS_118", "Performance Insights shows what its minutes would"),),
    )


def _parameters(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_rds_cluster_parameter_group",
        region.name(part),
        {
            "name_prefix": named(region, part.name, ""),
            "family": f"aurora-postgresql{major_version(part)}",
            "description": "What the strategy needs beyond the defaults of Aurora.",
            "parameter": [
                Block({"name": "rds.force_ssl", "value": "1"}),
                Block({"name": "log_statement", "value": "ddl"}),
                Block({"name": "log_min_duration_statement", "value": "1000"}),
            ],
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        lifecycle=Lifecycle(create_before_destroy=True),
    )


def _log_group(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_cloudwatch_log_group",
        f"{region.name(part)}_postgresql",
        {
            "name": Joined("/aws/rds/cluster/", named(region, part.name), "/postgresql"),
            "retention_in_days": log_days(region),
            "kms_key_id": region.key,
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        waivers=log_waivers(region),
    )
