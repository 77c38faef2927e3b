"""What a PostgreSQL instance stands on: subnets, parameters, logs, secrets, roles."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.policies import assume_by
from outgrow.render.aws.rds_facts import (
    instance_class,
    major_version,
    needed_connections,
    own_connections,
    replicas_of,
    whole,
)
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.aws.wording import named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    Joined,
    Lifecycle,
    Noted,
    ResourceBlock,
)

_SECTION = "database"
_SLOW_QUERY_MS = 1000
# What superusers, replication and the monitoring of RDS itself keep for themselves.
_RESERVED_CONNECTIONS = 15


def rds_subnet_group(region: AwsRegion, part: Part) -> ResourceBlock:
    """Return the subnets that a database may stand in."""
    return ResourceBlock(
        "aws_db_subnet_group",
        region.name(part),
        {
            "name": named(region, part.name),
            "description": "Isolated subnets: no route to or from the internet.",
            "subnet_ids": region.subnets("data"),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
    )


def rds_parameters(region: AwsRegion, part: Part) -> ResourceBlock:
    """Return the settings of PostgreSQL beyond the defaults of RDS."""
    return ResourceBlock(
        "aws_db_parameter_group",
        region.name(part),
        {
            "name_prefix": named(region, f"{part.name}-"),
            "family": f"postgres{major_version(part)}",
            "description": "What the strategy needs beyond the defaults of RDS.",
            "parameter": [Block(one) for one in _parameter_values(region, part)],
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=_connections_note(region, part),
        lifecycle=Lifecycle(create_before_destroy=True),
    )


def _parameter_values(region: AwsRegion, part: Part) -> Iterator[Arguments]:
    slow, said = _slow_query_ms(region, part)
    yield {"name": "rds.force_ssl", "value": "1"}
    yield {"name": "log_min_duration_statement", "value": Noted(str(slow), said)}
    yield {"name": "log_statement", "value": Noted("ddl", "Changes of the schema, never data.")}
    yield {"name": "log_lock_waits", "value": "1"}
    yield {
        "name": "shared_preload_libraries",
        "value": "pg_stat_statements",
        "apply_method": "pending-reboot",
    }
    connections = _more_connections(region, part)
    if connections is not None:
        yield {
            "name": "max_connections",
            "value": str(connections),
            "apply_method": "pending-reboot",
        }


def _slow_query_ms(region: AwsRegion, part: Part) -> tuple[int, str]:
    for name, target in region.system.strategy.targets.items():
        level = target.alert_above or target.below
        if target.component == part.component and target.aim == "latency" and level is not None:
            place = region.system.where("targets", name)
            return whole(level), f"Milliseconds: slower than the target allows ({place})."
    return _SLOW_QUERY_MS, "Milliseconds; the strategy has no target for the database's latency."


def _more_connections(region: AwsRegion, part: Part) -> int | None:
    """Return max_connections where the instance's own would not do, else None."""
    needed, own = needed_connections(region, part), own_connections(part)
    if needed is None or own is None or needed + _RESERVED_CONNECTIONS <= own:
        return None
    return needed + _RESERVED_CONNECTIONS


def _connections_note(region: AwsRegion, part: Part) -> str:
    needed, own = needed_connections(region, part), own_connections(part)
    if own is None:
        return ""
    size = instance_class(part)
    if needed is None:
        return f"RDS sets max_connections itself, to about {own} on a {size}."
    place = region.system.where(*part.path, "needs", "connections")
    if _more_connections(region, part) is None:
        return (
            f"RDS sets max_connections itself, to about {own} on a {size};"
            f" the strategy needs {needed} ({place})."
        )
    return (
        f"The strategy needs {needed} connections ({place}) and {_RESERVED_CONNECTIONS} are"
        f" reserved; a {size} would take about {own} by itself. Each one costs memory."
    )


def rds_log_groups(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Return the logs of every instance, with an end to their retention."""
    identifiers = [part.name] if region.is_home else []
    identifiers += [f"{part.name}-replica-{n}" for n in range(1, replicas_of(part) + 1)]
    if not region.is_home:
        identifiers = [f"{part.name}-{region.region}"]
    for number, identifier in enumerate(identifiers):
        suffix = f"_replica_{number}" if number else ""
        yield ResourceBlock(
            "aws_cloudwatch_log_group",
            f"{region.name(part)}{suffix}_postgresql",
            {
                "name": Joined("/aws/rds/instance/", named(region, identifier), "/postgresql"),
                "retention_in_days": log_days(region),
                "kms_key_id": region.key,
                "tags": region.tags(part.name, part),
            },
            section=_SECTION,
            comment="RDS would make it without an end to its retention." if not number else "",
            waivers=log_waivers(region),
        )


def rds_monitoring_role(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the role of RDS's enhanced monitoring."""
    role = ResourceBlock(
        "aws_iam_role",
        "rds_monitoring",
        {
            "name": region.global_name("rds-monitoring"),
            "assume_role_policy": assume_by("monitoring.rds.amazonaws.com"),
            "tags": region.tags("rds-monitoring"),
        },
        section=_SECTION,
        comment="RDS sends the metrics of the operating system to CloudWatch with it.",
    )
    yield role
    yield ResourceBlock(
        "aws_iam_role_policy_attachment",
        "rds_monitoring",
        {
            "role": role.ref("name"),
            "policy_arn": "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        },
        section=_SECTION,
    )
