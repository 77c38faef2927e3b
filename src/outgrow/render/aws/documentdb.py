"""MongoDB's protocol on DocumentDB: a cluster, its instances and its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.master_password import (
    master_secret,
    password_arguments,
    password_blocks,
    password_variables,
)
from outgrow.render.aws.rds_facts import MASTER_USER, backup_days, final_snapshot
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

DOCUMENTDB = "aws/documentdb"
# The newest version of MongoDB whose protocol DocumentDB speaks.
NEWEST = "5.0"
_SECTION = "documents"
_VERSION = re.compile(r"\b(\d+)(?:\.(\d+))?")


def documentdb_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every DocumentDB cluster of the home region.

    A cluster elsewhere would be a database of its own, with other data.
    """
    for part in region.on(DOCUMENTDB) if region.is_home else ():
        yield _subnet_group(region, part)
        yield _parameters(region, part)
        yield from (_log_group(region, part, log) for log in ("audit", "profiler"))
        yield from password_blocks(region, part, _SECTION)
        yield _cluster(region, part)
        yield from (_instance(region, part, n) for n in range(1, instances_of(part) + 1))


def documentdb_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the passwords that DocumentDB does not keep itself."""
    for part in region.on(DOCUMENTDB):
        yield from password_variables(region, part)


def documentdb_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each cluster answers, and where its password lies."""
    for part in region.on(DOCUMENTDB) if region.is_home else ():
        name = region.name(part)
        yield OutputBlock(
            f"{name}_endpoint",
            Ref("aws_docdb_cluster", name, "endpoint"),
            f"Host of {part.component}; clients need TLS and retryWrites=false.",
        )
        yield OutputBlock(
            f"{name}_master_secret_arn",
            master_secret(region, part),
            f"Secret with the master password of {part.component}.",
        )


def stated_version(part: Part) -> tuple[int, int] | None:
    """Return the version of MongoDB that the strategy names, or None."""
    written = part.run.image.rsplit(":", 1)[-1] if part.run.image else part.spec.stack
    found = _VERSION.search(written)
    return (int(found.group(1)), int(found.group(2) or 0)) if found else None


def engine_version(part: Part) -> str:
    """Return the version to ask for: 4.0 for what is as old as that, else the newest."""
    stated = stated_version(part)
    return "4.0" if stated is not None and stated < (5, 0) else NEWEST


def instances_of(part: Part) -> int:
    """Return how many instances the cluster has."""
    found = part.setting("instances") or part.setting("nodes")
    return max(1, int(found)) if isinstance(found, Decimal) else max(1, part.instances.expected)


def _cluster(region: AwsRegion, part: Part) -> ResourceBlock:
    name = region.name(part)
    return ResourceBlock(
        "aws_docdb_cluster",
        name,
        {
            "cluster_identifier": named(region, part.name),
            "engine": "docdb",
            "engine_version": Noted(f"{engine_version(part)}.0", _version_note(region, part)),
            "master_username": MASTER_USER,
            **password_arguments(region, part, "master_"),
            "port": part.listens or 27017,
            "db_subnet_group_name": Ref("aws_docdb_subnet_group", name, "name"),
            "vpc_security_group_ids": [region.security_group(part)],
            "db_cluster_parameter_group_name": Ref(
                "aws_docdb_cluster_parameter_group", name, "name"
            ),
            "storage_encrypted": True,
            "kms_key_id": region.key,
            **_backups(region, part),
            "enabled_cloudwatch_logs_exports": ["audit", "profiler"],
            "preferred_maintenance_window": "sun:04:30-sun:05:30",
            "apply_immediately": not region.system.is_production,
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=about(region, part),
        depends_on=tuple(
            Ref("aws_cloudwatch_log_group", f"{name}_{log}") for log in ("audit", "profiler")
        ),
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
        waivers=_waivers(region),
    )


def _version_note(region: AwsRegion, part: Part) -> str:
    stated = stated_version(part)
    if stated is None:
        return "The strategy names no version; this is the newest that DocumentDB speaks."
    place = region.system.where(*part.path)
    wanted = f"{stated[0]}.{stated[1]}"
    if stated > (5, 0):
        return f"The strategy says MongoDB {wanted} ({place}); DocumentDB speaks {NEWEST} at most."
    return f"MongoDB {wanted} ({place})."


def _backups(region: AwsRegion, part: Part) -> Arguments:
    days, stated = backup_days(region)
    place = region.system.where("retention", "backups_days")
    note = f"Days of point-in-time recovery ({place})." if stated else "Days (an assumption)."
    production = region.system.is_production
    return {
        "backup_retention_period": Noted(days, note),
        "preferred_backup_window": "03:00-04:00",
        "deletion_protection": production,
        **final_snapshot(region, part),
    }


def _waivers(region: AwsRegion) -> tuple[tuple[str, str], ...]:
    days, _stated = backup_days(region)
    if days >= 7:
        return ()
    return (("CKV_AWS_360", f"the strategy keeps backups for {days} days"),)


def _instance(region: AwsRegion, part: Part, number: int) -> ResourceBlock:
    name = region.name(part)
    count = instances_of(part)
    said = (
        cite(region, f"instance {number} of {count}", *part.resource.path)
        if count > 1
        else "One instance: while it restarts there is no database. More are"
        " `settings: { instances: 2 }`."
    )
    return ResourceBlock(
        "aws_docdb_cluster_instance",
        f"{name}_{number}",
        {
            "identifier": named(region, part.name, str(number)),
            "cluster_identifier": Ref("aws_docdb_cluster", name, "id"),
            "instance_class": part.resource.offering_id.rsplit("/", 1)[-1],
            "enable_performance_insights": True,
            "performance_insights_kms_key_id": region.key,
            "auto_minor_version_upgrade": True,
            "copy_tags_to_snapshot": True,
            "tags": region.tags(f"{part.name}-{number}", part),
        },
        section=_SECTION,
        comment=said,
    )


def _subnet_group(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_docdb_subnet_group",
        region.name(part),
        {
            "name": named(region, part.name),
            "description": "Isolated subnets: no route to or from the internet.",
            "subnet_ids": region.subnets("data"),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
    )


def _parameters(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_docdb_cluster_parameter_group",
        region.name(part),
        {
            "name_prefix": named(region, part.name, ""),
            "family": f"docdb{engine_version(part)}",
            "description": "TLS only, and a record of who does what.",
            "parameter": [
                Block({"name": "tls", "value": "enabled"}),
                Block({"name": "audit_logs", "value": "enabled"}),
                Block({"name": "profiler", "value": "enabled"}),
                Block({"name": "profiler_threshold_ms", "value": "100"}),
            ],
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        lifecycle=Lifecycle(create_before_destroy=True),
    )


def _log_group(region: AwsRegion, part: Part, log: str) -> ResourceBlock:
    return ResourceBlock(
        "aws_cloudwatch_log_group",
        f"{region.name(part)}_{log}",
        {
            "name": Joined("/aws/docdb/", named(region, part.name), f"/{log}"),
            "retention_in_days": log_days(region),
            "kms_key_id": region.key,
            "tags": region.tags(f"{part.name}-{log}", part),
        },
        section=_SECTION,
        waivers=log_waivers(region),
    )
