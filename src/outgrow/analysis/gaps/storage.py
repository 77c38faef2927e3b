"""Disks, backups and copies that machines and databases need and plans leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from outgrow.analysis.gaps.gap import Gap, Plan, instances, says, setting
from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.analysis.resource_items import written_items
from outgrow.strategy.components import DATA_KINDS, ComponentKind
from outgrow.topology.model import Level, Resource
from outgrow.units import HOURS_PER_MONTH

_REPLICATION = ("replication", "high availability", "ha")


def machine_disk(plan: Plan) -> Iterator[Gap]:
    """Yield the disk of every machine, which is billed whether it runs or not."""
    volumes = plan.on("aws/ebs")
    for resource in plan.on("aws/ec2"):
        if says(resource, "disk_gb") or volumes or not instances(resource):
            continue
        needed = resource.spec.needs.storage_gib
        stopped = resource.hours_month < HOURS_PER_MONTH
        yield Gap(
            "machine-disk",
            resource.component,
            f"the price of {resource.offering_id} has no disk in it"
            + (", and the disk is billed while the machine is stopped" if stopped else ""),
            "Write `disk_gb` in its settings.",
            _disk_lines(plan, instances(resource), needed),
            (*resource.path, "settings"),
        )


def _disk_lines(plan: Plan, count: int, needed: Decimal | None) -> tuple[CostLine, ...]:
    if needed is not None:
        return plan.price("aws/ebs", count=count, disk_gb=needed)
    (line,) = plan.price("aws/ebs", count=count, disk_gb=1)
    return (_without_quantity(line),)


def _without_quantity(line: CostLine) -> CostLine:
    return replace(line, quantity=None, amount_usd_month=None, formula="the size is not stated")


def database_storage(plan: Plan) -> Iterator[Gap]:
    """Yield the storage of managed databases whose size is not stated."""
    for resource in plan.on("aws/rds-postgresql"):
        if says(resource, "storage_gb"):
            continue
        assert resource.offering is not None
        lines = plan.price("aws/rds-postgresql", size=resource.offering.sku, storage_gb=1)
        yield Gap(
            "database-storage",
            resource.component,
            "the storage of the database is billed apart from its machine; no size is stated",
            "Write `storage_gb` in its settings.",
            tuple(_without_quantity(line) for line in lines if line.name.startswith("Storage")),
            (*resource.path, "settings"),
        )


def backups(plan: Plan) -> Iterator[Gap]:
    """Yield data that nothing backs up, or whose backups are not in the bill."""
    for resource in plan.of_kind(ComponentKind.POSTGRES, ComponentKind.MONGODB):
        if resource.offering is None or resource.runs_on or _self_run(resource):
            if not _mentions_backup(plan):
                yield Gap(
                    "backups",
                    resource.component,
                    "nothing in the plan backs up a database that the team runs itself",
                    "Add where its backups go (an object store), or say `backups` in practices.",
                    (),
                    resource.path,
                )
        elif resource.offering.capabilities.backups is False:
            yield Gap(
                "backups",
                resource.component,
                f"{resource.offering_id} keeps no backups",
                "Take dumps to an object store, or choose a tier with backups.",
                (),
                resource.path,
            )


def _self_run(resource: Resource) -> bool:
    offering = resource.offering
    return offering is not None and (
        offering.provider == "self-hosted" or offering.service == "aws/ec2"
    )


def _mentions_backup(plan: Plan) -> bool:
    texts = [practice.do for practice in (*plan.strategy.practices, *plan.strategy.security)]
    return any("backup" in text.lower() for text in texts)


def replicas(plan: Plan) -> Iterator[Gap]:
    """Yield read replicas that the strategy asks for and the phase does not pay for."""
    for routing in plan.strategy.data_growth.replicas:
        if routing.from_phase is not None and not _reached(plan, routing.from_phase):
            continue
        for resource in plan.topology.of(routing.component):
            missing = routing.count - int(setting(resource, "replicas"))
            if missing <= 0 or plan.topology.environment != plan.strategy.production:
                continue
            yield Gap(
                "replicas",
                resource.component,
                f"the strategy routes reads to {routing.count} replica"
                f"{'s' if routing.count > 1 else ''}; {missing} of them "
                f"{'are' if missing > 1 else 'is'} in no bill",
                f"Write `replicas: {routing.count}` in its settings.",
                _replica_lines(plan, resource, routing.count),
                (*resource.path, "settings"),
            )


def _reached(plan: Plan, phase: str) -> bool:
    order = list(plan.strategy.phases)
    return order.index(plan.topology.phase) >= order.index(phase)


def _replica_lines(plan: Plan, resource: Resource, count: int) -> tuple[CostLine, ...]:
    if resource.offering is None or resource.offering.service != "aws/rds-postgresql":
        return ()
    (written,) = written_items(resource, Level.EXPECTED)[:1]
    service = str(written.pop("service"))
    lines = plan.price(service, **(written | {"replicas": count}))
    return tuple(line for line in lines if "replica" in line.name.lower())


def replication(plan: Plan) -> Iterator[Gap]:
    """Yield caches and databases that must survive a failure and have one node."""
    for resource in plan.of_kind(*DATA_KINDS):
        wanted = {feature.lower() for feature in resource.spec.needs.features}
        if resource.offering is None or resource.offering.service != "aws/elasticache":
            continue
        if not wanted & set(_REPLICATION) or setting(resource, "nodes") > 1:
            continue
        if instances(resource) > 1:
            continue
        (written,) = written_items(resource, Level.EXPECTED)[:1]
        service = str(written.pop("service"))
        lines = plan.price(service, **written)
        yield Gap(
            "replication",
            resource.component,
            "replication needs a second node, and the plan pays for one",
            "Write `nodes: 2` in its settings.",
            lines,
            (*resource.path, "settings"),
        )
