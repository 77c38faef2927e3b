"""Read replicas: in the home region for reads, in other regions to take over as well."""

from __future__ import annotations

from outgrow.render.aws.rds_facts import (
    backup_days,
    instance_class,
    replicas_of,
    storage_limit_gb,
    storage_type,
)
from outgrow.render.aws.rds_instance import changes, observation, provisioned
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import cite, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Lifecycle,
    Noted,
    Ref,
    ResourceBlock,
)

_SECTION = "database"


def rds_replica(region: AwsRegion, part: Part, number: int) -> ResourceBlock:
    """Return a read replica in the region of its primary."""
    name = region.name(part)
    return ResourceBlock(
        "aws_db_instance",
        f"{name}_replica_{number}",
        {
            "identifier": named(region, f"{part.name}-replica-{number}"),
            "replicate_source_db": Ref("aws_db_instance", name, "identifier"),
            **_replica_arguments(region, part),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=_replica_note(region, part, number),
        depends_on=(Ref("aws_cloudwatch_log_group", f"{name}_replica_{number}_postgresql"),),
        waivers=_replica_waivers(region),
    )


def _replica_note(region: AwsRegion, part: Part, number: int) -> str:
    routed = [
        (index, routing)
        for index, routing in enumerate(region.system.strategy.data_growth.replicas)
        if routing.component == part.component
    ]
    count = replicas_of(part)
    said = cite(region, f"read replica {number} of {count}", *part.resource.path)
    if not routed:
        return said
    index, routing = routed[0]
    place = region.system.where("data_growth", "replicas", index)
    return f"{said}\nTakes {', '.join(routing.reads)} ({place})." if routing.reads else said


def rds_regional_replica(region: AwsRegion, part: Part) -> ResourceBlock:
    """Return the read replica of another region, which takes over when home is lost."""
    name = region.name(part)
    home = region.system.region
    return ResourceBlock(
        "aws_db_instance",
        f"{name}_replica_1",
        {
            "identifier": named(region, f"{part.name}-{region.region}"),
            "replicate_source_db": region.from_home(Ref("aws_db_instance", name, "arn")),
            "db_subnet_group_name": Ref("aws_db_subnet_group", name, "name"),
            "kms_key_id": region.key,
            **_replica_arguments(region, part),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=(
            f"Read replica of {part.component} in {home}. When {home} is lost, promote it with\n"
            "`aws rds promote-read-replica` and point the writers here; it does not go back by"
            " itself."
        ),
        depends_on=(Ref("aws_cloudwatch_log_group", f"{name}_postgresql"),),
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
        waivers=_replica_waivers(region),
    )


def _replica_arguments(region: AwsRegion, part: Part) -> Arguments:
    name = region.name(part)
    days, _stated = backup_days(region)
    return {
        "instance_class": instance_class(part),
        "storage_type": storage_type(part),
        **provisioned(part),
        "storage_encrypted": True,
        "max_allocated_storage": storage_limit_gb(part)[0],
        "vpc_security_group_ids": [region.security_group(part)],
        "publicly_accessible": False,
        "parameter_group_name": Ref("aws_db_parameter_group", name, "name"),
        "iam_database_authentication_enabled": True,
        "backup_retention_period": Noted(
            0 if region.is_home else days,
            "The primary keeps the backups."
            if region.is_home
            else "A replica that may be promoted keeps backups of its own.",
        ),
        "copy_tags_to_snapshot": True,
        "deletion_protection": region.system.is_production,
        "skip_final_snapshot": Noted(True, "Its data is the primary's."),
        **observation(region),
        **changes(region),
    }


def _replica_waivers(region: AwsRegion) -> tuple[tuple[str, str], ...]:
    found = [("CKV_AWS_157", "a replica is read from; the standby belongs to the primary")]
    if region.is_home:
        found.append(("CKV_AWS_133", "the primary keeps the backups"))
    if not region.system.is_production:
        found.append(("CKV_AWS_293", "not production: the environment may be torn down"))
    return tuple(found)
