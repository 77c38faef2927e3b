"""What AWS publishes of databases and caches."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from outgrow.render.alerts.published import CloudWatchMetric, Find
from outgrow.render.aws.elasticache import nodes_of
from outgrow.render.aws.rds_facts import replicas_of, storage_grows
from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Ref

GIB = 1024**3
_GB_PER_GIB = Decimal(GIB) / 10**9
_BYTES_PER_CONNECTION = 9_531_392  # RDS: max_connections = memory in bytes / this, 5000 at most
_MOST_CONNECTIONS = 5000


def max_connections(part: Part) -> int | None:
    """Return how many connections a PostgreSQL accepts: its limit, or RDS's own formula."""
    limit = next((r.limit.value for r in part.resource.limits if r.limit.name == "connections"), 0)
    if limit:
        return int(limit)
    if part.size.assumed or part.service != "aws/rds-postgresql":
        return None
    return min(int(part.size.memory_gib * GIB / _BYTES_PER_CONNECTION), _MOST_CONNECTIONS)


def rds(name: str, factor: Decimal = Decimal(1)) -> Find:
    """Return how to find a metric of the instance that is written to."""

    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        identifier = region.database(part)
        return CloudWatchMetric("AWS/RDS", name, {"DBInstanceIdentifier": identifier}, factor)

    return find


def rds_replication_lag(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    """Return how far the read replicas are behind, None without one: a primary has no lag."""
    if not region.is_home:
        return rds("ReplicaLag")(region, part)
    name = region.name(part)
    dimensions = [
        {"DBInstanceIdentifier": Ref("aws_db_instance", f"{name}_replica_{number}", "identifier")}
        for number in range(1, replicas_of(part) + 1)
    ]
    if not dimensions:
        return None
    return CloudWatchMetric("AWS/RDS", "ReplicaLag", dimensions[0], others=tuple(dimensions[1:]))


def rds_connections_share(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    """Return the share of the connections in use, None where nobody knows how many there are."""
    most = max_connections(part)
    if most is None:
        return None
    found = rds("DatabaseConnections", Decimal(100) / most)(region, part)
    stated = any(reach.limit.name == "connections" for reach in part.resource.limits)
    said = "The strategy counts with" if stated else "It accepts"
    return replace(found, note=f"{said} {most} connections.") if found else None


def rds_used(share: bool) -> Find:
    """Return how to find what is stored: as a share of the disk in per cent, or in GB.

    RDS publishes free bytes, and not of how many: where storage grows by itself, what is
    used cannot be told from them, so there is no such metric.
    """

    def find(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
        storage = part.setting("storage_gb")
        if not isinstance(storage, Decimal) or not storage or storage_grows(part):
            return None
        whole = Decimal(100) if share else storage * _GB_PER_GIB
        per_byte = -(Decimal(100) / (storage * GIB) if share else Decimal(1) / 10**9)
        found = rds("FreeStorageSpace", per_byte)(region, part)
        note = f"RDS publishes the free bytes of {storage:f} GB."
        return replace(found, offset=whole, note=note) if found else None

    return find


def rds_memory(region: AwsRegion, part: Part) -> CloudWatchMetric | None:
    """Return the share of the memory in use, None where the size of the machine is not known."""
    if part.size.assumed:
        return None
    identifier = region.database(part)
    per_byte = -Decimal(100) / (part.size.memory_gib * GIB)
    return CloudWatchMetric(
        "AWS/RDS",
        "FreeableMemory",
        {"DBInstanceIdentifier": identifier},
        per_byte,
        Decimal(100),
        note=f"RDS publishes the free bytes of {part.size.memory_gib} GiB.",
    )


def cache(name: str, factor: Decimal = Decimal(1), note: str = "") -> Find:
    """Return how to find a metric of the nodes of a cache: each of them may fail alone."""

    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        group = Ref("aws_elasticache_replication_group", region.name(part), "id")
        # ElastiCache numbers the nodes of a replication group itself: name-001, name-002.
        first, *others = (
            {"CacheClusterId": Joined(group, f"-{number:03d}")}
            for number in range(1, nodes_of(part) + 1)
        )
        return CloudWatchMetric(
            "AWS/ElastiCache", name, first, factor, note=note, others=tuple(others)
        )

    return find


def documentdb(name: str, factor: Decimal = Decimal(1)) -> Find:
    """Return how to find a metric of a whole cluster."""

    def find(region: AwsRegion, part: Part) -> CloudWatchMetric:
        cluster = Ref("aws_docdb_cluster", region.name(part), "cluster_identifier")
        return CloudWatchMetric("AWS/DocDB", name, {"DBClusterIdentifier": cluster}, factor)

    return find
