"""The PostgreSQL instance that is written to."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.aws.master_password import password_arguments
from outgrow.render.aws.rds_facts import (
    MASTER_USER,
    VERSION,
    backup_days,
    database_name,
    final_snapshot,
    instance_class,
    major_version,
    storage_gb,
    storage_limit_gb,
    storage_type,
    whole,
)
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import about, cite, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Lifecycle,
    Noted,
    Ref,
    ResourceBlock,
    Value,
)

_SECTION = "database"


def rds_instance(region: AwsRegion, part: Part) -> ResourceBlock:
    """Return the instance that is written to."""
    name = region.name(part)
    return ResourceBlock(
        "aws_db_instance",
        name,
        {
            "identifier": named(region, part.name),
            "engine": "postgres",
            "engine_version": Noted(major_version(part), _version_note(region, part)),
            "instance_class": Noted(
                instance_class(part), cite(region, "the phase's offering", *part.resource.path)
            ),
            **_storage(region, part),
            "db_name": database_name(part),
            "username": MASTER_USER,
            **password_arguments(region, part),
            **_placement(region, part),
            "multi_az": _multi_az(region, part),
            "iam_database_authentication_enabled": True,
            **_backups(region, part),
            **observation(region),
            **changes(region),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=about(region, part),
        depends_on=(Ref("aws_cloudwatch_log_group", f"{name}_postgresql"),),
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
        waivers=_waivers(region, part),
    )


def _version_note(region: AwsRegion, part: Part) -> str:
    note = "Major version only: RDS applies minor versions in the maintenance window."
    if VERSION.search(part.spec.stack) or part.run.image:
        return f"{note} ({region.system.where(*part.path)})"
    return f"{note} The strategy names no version; 16 is assumed."


def _storage(region: AwsRegion, part: Part) -> Arguments:
    size, stated = storage_gb(part)
    limit, limit_stated = storage_limit_gb(part)
    said = (
        cite(region, "storage to begin with", *part.resource.path)
        if stated
        else "The strategy states no storage; this is the least that RDS takes."
    )
    return {
        "allocated_storage": Noted(size, said),
        "max_allocated_storage": Noted(
            limit,
            cite(region, "storage grows by itself up to here", *part.resource.path)
            if limit_stated
            else "Storage grows by itself, by two doublings at the most (an assumption).",
        ),
        "storage_type": storage_type(part),
        **provisioned(part),
        "storage_encrypted": True,
        "kms_key_id": region.key,
    }


def provisioned(part: Part) -> Arguments:
    """Return the IOPS and the throughput that the phase pays for, beyond what comes with it."""
    iops, throughput = part.setting("iops"), part.setting("throughput_mbps")
    return {
        **({"iops": whole(iops)} if isinstance(iops, Decimal) else {}),
        **({"storage_throughput": whole(throughput)} if isinstance(throughput, Decimal) else {}),
    }


def _placement(region: AwsRegion, part: Part) -> Arguments:
    name = region.name(part)
    return {
        "port": part.listens or 5432,
        "db_subnet_group_name": Ref("aws_db_subnet_group", name, "name"),
        "vpc_security_group_ids": [region.security_group(part)],
        "publicly_accessible": False,
        "parameter_group_name": Ref("aws_db_parameter_group", name, "name"),
    }


def _multi_az(region: AwsRegion, part: Part) -> Value:
    wanted = part.setting("multi_az")
    if isinstance(wanted, bool):
        return Noted(wanted, cite(region, "a standby in a second zone", *part.resource.path))
    return Noted(False, "The phase asks for no standby in a second zone.")


def _backups(region: AwsRegion, part: Part) -> Arguments:
    days, stated = backup_days(region)
    said = (
        f"Days of point-in-time recovery ({region.system.where('retention', 'backups_days')})."
        if stated
        else "The strategy states no retention of backups; this is an assumption."
    )
    production = region.system.is_production
    return {
        "backup_retention_period": Noted(days, said),
        "backup_window": "03:00-04:00",
        "copy_tags_to_snapshot": True,
        "delete_automated_backups": not production,
        "deletion_protection": production,
        **final_snapshot(region, part),
    }


def observation(region: AwsRegion) -> Arguments:
    """Return how every instance is watched, primary or replica."""
    return {
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": region.key,
        "performance_insights_retention_period": Noted(7, "Seven days cost nothing."),
        "monitoring_interval": 60,
        "monitoring_role_arn": Ref("aws_iam_role", "rds_monitoring", "arn"),
        "enabled_cloudwatch_logs_exports": ["postgresql", "upgrade"],
    }


def changes(region: AwsRegion) -> Arguments:
    """Return when changes reach an instance."""
    return {
        "auto_minor_version_upgrade": True,
        "maintenance_window": "sun:04:30-sun:05:30",
        "apply_immediately": Noted(
            not region.system.is_production,
            "Changes wait for the maintenance window."
            if region.system.is_production
            else "Nobody is disturbed by a restart here.",
        ),
    }


def _waivers(region: AwsRegion, part: Part) -> tuple[tuple[str, str], ...]:
    found = []
    if part.setting("multi_az") is not True:
        found.append(("CKV_AWS_157", "the phase asks for no standby in a second zone"))
    if not region.system.is_production:
        found.append(("CKV_AWS_293", "not production: the environment may be torn down"))
    return tuple(found)
