"""Disks that machines and databases need and plans leave out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from outgrow.analysis.gaps.gap import Gap, Plan, instances, is_stopped_at_times, says
from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.topology.model import Resource

_DATABASES = ("aws/rds-postgresql", "aws/documentdb", "aws/aurora-serverless-v2")


def machine_disk(plan: Plan) -> Iterator[Gap]:
    """Yield the disk of every machine, which is billed whether it runs or not."""
    if plan.on("aws/ebs"):
        return
    for resource in plan.billed_on("aws/ec2"):
        if says(resource, "disk_gb"):
            continue
        stopped = is_stopped_at_times(resource)
        yield Gap(
            "machine-disk",
            resource.component,
            f"the price of {resource.offering_id} has no disk in it"
            + (", and the disk is billed while the machine is stopped" if stopped else ""),
            "Write `disk_gb` in its settings.",
            _disk_lines(plan, resource),
            (*resource.path, "settings"),
        )


def _disk_lines(plan: Plan, resource: Resource) -> tuple[CostLine, ...]:
    needed, count = resource.spec.needs.storage_gib, instances(resource)
    if needed:
        return plan.price("aws/ebs", resource.region, count=count, disk_gb=needed)
    return _sized_later(plan.price("aws/ebs", resource.region, count=count, disk_gb=1))


def database_storage(plan: Plan) -> Iterator[Gap]:
    """Yield the storage of managed databases whose size is not stated."""
    for resource in plan.billed_on(*_DATABASES):
        if says(resource, "storage_gb"):
            continue
        lines = plan.price_changed(resource, storage_gb=1)
        yield Gap(
            "database-storage",
            resource.component,
            "the storage of the database is billed apart from its machine; no size is stated",
            "Write `storage_gb` in its settings.",
            _sized_later([line for line in lines if line.name.startswith("Storage")]),
            (*resource.path, "settings"),
        )


def _sized_later(lines: Iterable[CostLine]) -> tuple[CostLine, ...]:
    """Return `lines` without their quantity, which nobody has stated."""
    return tuple(
        line._replace(quantity=None, amount_usd_month=None, formula="the size is not stated")
        for line in lines
    )
