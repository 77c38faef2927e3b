"""Redis and Valkey on ElastiCache: a replication group, its parameters and its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.aws.secret_rules import URL_SAFE
from outgrow.render.aws.wording import about, cite, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    Block,
    Joined,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Var,
    VariableBlock,
)

ELASTICACHE = "aws/elasticache"
_SECTION = "cache"
_VERSION = re.compile(r"\b(\d+)(?:\.(\d+))?")
_SNAPSHOT_DAYS = 7
_LONGEST_SNAPSHOT_DAYS = 35


def elasticache_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every cache of the region."""
    for part in region.on(ELASTICACHE):
        yield _subnet_group(region, part)
        yield _parameters(region, part)
        yield _log_group(region, part)
        yield _group(region, part)


def elasticache_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the tokens that clients of the caches sign in with."""
    for part in region.on(ELASTICACHE):
        name = f"{region.name(part)}_auth_token"
        yield VariableBlock(
            name,
            "string",
            f"Token that clients of {part.component} send, for example of `openssl rand -hex 32`.",
            sensitive=True,
            condition=(
                f"length(var.{name}) >= 16 && length(var.{name}) <= 128 && {URL_SAFE.format(name)}"
            ),
            error_message="Use 16 to 128 letters, digits, - and _: it becomes part of a URL.",
        )


def elasticache_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each cache answers."""
    for part in region.on(ELASTICACHE):
        name = region.name(part)
        yield OutputBlock(
            f"{name}_endpoint",
            Ref("aws_elasticache_replication_group", name, "primary_endpoint_address"),
            f"Host of {part.component}; clients connect with rediss:// on port {_port(part)}.",
        )


def engine_of(part: Part) -> str:
    """Return `redis` or `valkey`, by the offering."""
    return "valkey" if "elasticache-valkey" in part.resource.offering_id else "redis"


def nodes_of(part: Part) -> int:
    """Return how many nodes the phase asks for."""
    found = part.setting("nodes")
    return max(1, int(found)) if isinstance(found, Decimal) else max(1, part.instances.expected)


def engine_version(part: Part) -> tuple[str, str]:
    """Return the version to ask ElastiCache for, and the family of its parameters.

    ElastiCache's last Redis is 7.1; 6.x is asked for without a number behind the point.
    """
    if engine_of(part) == "valkey":
        major = _stated_major(part)
        return ("7.2", "valkey7") if major == 7 else ("8.0", "valkey8")
    return ("6.x", "redis6.x") if _stated_major(part) == 6 else ("7.1", "redis7")


def _stated_major(part: Part) -> int | None:
    written = part.run.image.rsplit(":", 1)[-1] if part.run.image else part.spec.stack
    found = _VERSION.search(written)
    return int(found.group(1)) if found else None


def _port(part: Part) -> int:
    return part.listens or 6379


def _group(region: AwsRegion, part: Part) -> ResourceBlock:
    name, nodes = region.name(part), nodes_of(part)
    several = nodes > 1
    return ResourceBlock(
        "aws_elasticache_replication_group",
        name,
        {
            "replication_group_id": region.short_name(part.name, 40),
            "description": part.spec.description.split("\n")[0][:200] or part.component,
            "engine": engine_of(part),
            "engine_version": engine_version(part)[0],
            "node_type": Noted(
                part.resource.offering_id.rsplit("/", 1)[-1],
                cite(region, "the phase's offering", *part.resource.path),
            ),
            "num_cache_clusters": Noted(nodes, _nodes_note(region, part)),
            "automatic_failover_enabled": several,
            "multi_az_enabled": several,
            "port": _port(part),
            "parameter_group_name": Ref("aws_elasticache_parameter_group", name, "name"),
            "subnet_group_name": Ref("aws_elasticache_subnet_group", name, "name"),
            "security_group_ids": [region.security_group(part)],
            **_encryption(region, part),
            **_upkeep(region, part),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=about(region, part),
        waivers=() if several else (("CKV2_AWS_50", "the phase asks for one node"),),
    )


def _nodes_note(region: AwsRegion, part: Part) -> str:
    if isinstance(part.setting("nodes"), Decimal):
        return cite(region, "nodes; the first writes, the others follow", *part.resource.path)
    return "One node: losing it empties the cache. More of them are `settings: { nodes: 2 }`."


def _encryption(region: AwsRegion, part: Part) -> Arguments:
    return {
        "at_rest_encryption_enabled": True,
        "kms_key_id": region.key,
        "transit_encryption_enabled": True,
        "transit_encryption_mode": "required",
        "auth_token": Noted(
            Var(f"{region.name(part)}_auth_token"),
            "ElastiCache has no write-only token: the state holds it, which is one reason why the"
            " state is encrypted.",
        ),
        "auth_token_update_strategy": Noted("ROTATE", "The old token works until SET follows."),
    }


def _upkeep(region: AwsRegion, part: Part) -> Arguments:
    stated = region.system.strategy.retention.backups_days
    days = min(stated, _LONGEST_SNAPSHOT_DAYS) if stated is not None else _SNAPSHOT_DAYS
    kept = days if region.system.is_production else 0
    final: Arguments = (
        {"final_snapshot_identifier": named(region, f"{part.name}-final")} if kept else {}
    )
    return {
        "snapshot_retention_limit": Noted(
            kept, "Days." if kept else "Outside production a cache may start empty."
        ),
        **({"snapshot_window": "02:00-03:00"} if kept else {}),
        **final,
        "maintenance_window": "sun:05:30-sun:06:30",
        "auto_minor_version_upgrade": True,
        "apply_immediately": not region.system.is_production,
        "log_delivery_configuration": Block(
            {
                "destination": Ref("aws_cloudwatch_log_group", f"{region.name(part)}_slow", "name"),
                "destination_type": "cloudwatch-logs",
                "log_format": "json",
                "log_type": "slow-log",
            }
        ),
    }


def _subnet_group(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_elasticache_subnet_group",
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
    policy, said = _eviction(region, part)
    return ResourceBlock(
        "aws_elasticache_parameter_group",
        region.name(part),
        {
            "name": named(region, part.name, engine_version(part)[1].replace(".", "")),
            "family": engine_version(part)[1],
            "description": "What is removed when the memory is full.",
            "parameter": [
                Block({"name": "maxmemory-policy", "value": Noted(policy, said)}),
            ],
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
    )


def _eviction(region: AwsRegion, part: Part) -> tuple[str, str]:
    """Return what goes first when memory is full: keys that end anyway, or none at all."""
    cached = [
        (name, one)
        for name, one in region.system.strategy.caching.items()
        if one.component == part.component and one.layer in ("application", "database_query")
    ]
    lasting = [name for name, one in cached if one.ttl_seconds is None]
    if cached and not lasting:
        place = region.system.where("caching", cached[0][0])
        return "allkeys-lru", f"Everything here ends by itself and can be made again ({place})."
    return "volatile-lru", "Keys without an end (queues, sessions) are never thrown away."


def _log_group(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_cloudwatch_log_group",
        f"{region.name(part)}_slow",
        {
            "name": Joined("/aws/elasticache/", named(region, part.name), "/slow"),
            "retention_in_days": log_days(region),
            "kms_key_id": region.key,
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        waivers=log_waivers(region),
    )
