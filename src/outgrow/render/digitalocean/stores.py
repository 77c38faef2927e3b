"""Managed databases that only droplets which use them reach, and private buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.digitalocean.site import ENGINES, VPC, Site
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Lifecycle,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)
from outgrow.strategy.components import ComponentKind

SECTION = "databases"
_SIZE = re.compile(r"db-(?:s-)?(\d+vcpu-\d+gb)")
_SMALLEST = "db-s-1vcpu-1gb"
_VERSION = re.compile(r"\d+")


def store_blocks(site: Site) -> Iterator[ResourceBlock]:
    """Yield databases with their firewalls, and buckets."""
    for part in site.clusters:
        yield from _cluster(site, part)
    for part in site.buckets:
        yield _bucket(site, part)


def store_outputs(site: Site) -> Iterator[OutputBlock]:
    """Yield how databases are reached from within the VPC."""
    for part in site.clusters:
        name = site.name(part)
        uri = Ref("digitalocean_database_cluster", name, "private_uri")
        yield OutputBlock(f"{name}_uri", uri, f"Address of {part.name} in the VPC", sensitive=True)
    for part in site.buckets:
        name = site.name(part)
        domain = Ref("digitalocean_spaces_bucket", name, "bucket_domain_name")
        yield OutputBlock(f"{name}_domain", domain, f"Bucket of {part.name}")


def node_count(part: Part) -> int:
    """Return how many nodes a database has: as written, two where it has to survive one."""
    nodes = part.setting("nodes")
    if isinstance(nodes, Decimal):
        return int(nodes)
    return max(part.instances.expected, 2 if part.setting("multi_az") is True else 1)


def size_of(part: Part) -> str:
    """Return the slug of a database's size; the smallest where the offering names none."""
    found = _SIZE.search(part.resource.offering_id)
    return f"db-s-{found.group(1)}" if found else _SMALLEST


def has_size(part: Part) -> bool:
    """Return whether the strategy says how large a database is."""
    return bool(_SIZE.search(part.resource.offering_id))


def _version(part: Part) -> str:
    found = _VERSION.search(part.spec.stack) if part.kind is not ComponentKind.REDIS else None
    default: str = ENGINES[part.kind][1]
    return found.group() if found else default


def _cluster(site: Site, part: Part) -> Iterator[ResourceBlock]:
    name = site.name(part)
    arguments: dict[str, Value | Block] = {
        "name": f"{site.prefix}-{part.name}",
        "engine": ENGINES[part.kind][0],
        "version": _version(part),
        "size": size_of(part),
        "region": site.region,
        "node_count": node_count(part),
        "private_network_uuid": VPC,
        "storage_size_mib": _storage(part),
        "tags": [site.system.name, site.system.environment, part.name],
        "maintenance_window": Block({"day": "sunday", "hour": "04:00"}),
    }
    yield ResourceBlock(
        "digitalocean_database_cluster",
        name,
        arguments,
        SECTION,
        comment=_why(site, part),
        lifecycle=Lifecycle(prevent_destroy=part.kind is not ComponentKind.REDIS),
    )
    rules = _allowed(site, part)
    if rules:
        yield ResourceBlock(
            "digitalocean_database_firewall",
            name,
            {"cluster_id": Ref("digitalocean_database_cluster", name), "rule": rules},
            SECTION,
            comment="Without a rule the whole internet may try a password.",
        )
    if part.kind is ComponentKind.REDIS:
        yield _valkey(site, part)
    yield from _pools(site, part)


def _why(site: Site, part: Part) -> str:
    place = site.where(part)
    if has_size(part):
        return f"From {place}. DigitalOcean backs it up every day, and keeps seven days."
    return f"{place} names no size: this is the smallest, an assumption to check."


def _storage(part: Part) -> str | None:
    stated = part.setting("storage_gb")
    sized = part.kind in (ComponentKind.POSTGRES, ComponentKind.MYSQL)
    return str(int(stated * 1024)) if sized and isinstance(stated, Decimal) else None


def _allowed(site: Site, part: Part) -> list[Block]:
    callers = [site.system.part(name) for name in part.linked_from]
    machines = dict.fromkeys(m.name for c in callers if c and (m := site.machine_of(c)))
    found = [machine for machine in site.machines if machine.name in machines]
    return [
        Block({"type": "droplet", "value": ref})
        for machine in found or site.machines
        for ref in site.droplet_refs(machine)
    ]


def _valkey(site: Site, part: Part) -> ResourceBlock:
    queue = any(
        c and c.kind is ComponentKind.WORKER for c in map(site.system.part, part.linked_from)
    )
    comment = (
        "A queue lives in it: nothing may be dropped to make room."
        if queue
        else "A cache: what was used longest ago makes room for what is new."
    )
    return ResourceBlock(
        "digitalocean_database_valkey_config",
        site.name(part),
        {
            "cluster_id": Ref("digitalocean_database_cluster", site.name(part)),
            "maxmemory_policy": "noeviction" if queue else "allkeys-lru",
            "ssl": True,
        },
        SECTION,
        comment=comment,
    )


def _pools(site: Site, part: Part) -> Iterator[ResourceBlock]:
    cluster = site.name(part)
    for caller in site.system.parts:
        pool = caller.spec.needs.pool
        if part.kind is not ComponentKind.POSTGRES or pool is None or pool.pooler != "pgbouncer":
            continue
        if pool.to == part.component:
            yield ResourceBlock(
                "digitalocean_database_connection_pool",
                f"{cluster}_{site.name(caller)}",
                {
                    "cluster_id": Ref("digitalocean_database_cluster", cluster),
                    "name": caller.name,
                    "mode": "transaction",
                    "size": pool.maximum,
                    "db_name": Ref("digitalocean_database_cluster", cluster, "database"),
                    "user": Ref("digitalocean_database_cluster", cluster, "user"),
                },
                SECTION,
                comment=f"PgBouncer of DigitalOcean; the size is from"
                f" {site.system.where(*caller.path, 'needs', 'pool')}.",
            )


def _bucket(site: Site, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "digitalocean_spaces_bucket",
        site.name(part),
        {
            "name": f"{site.prefix}-{part.name}",
            "region": site.region,
            "acl": "private",
            "versioning": Block({"enabled": True}),
            "lifecycle_rule": Block(
                {
                    "id": "old-versions",
                    "enabled": True,
                    "abort_incomplete_multipart_upload_days": 7,
                    "noncurrent_version_expiration": Block({"days": 30}),
                }
            ),
        },
        "storage",
        comment=f"From {site.where(part)}.",
        lifecycle=Lifecycle(prevent_destroy=True),
    )
