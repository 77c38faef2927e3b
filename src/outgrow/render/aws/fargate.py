"""Containers on Fargate: the cluster, and the sizes that a task may have."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.region import AwsRegion
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Ref, ResourceBlock

SECTION = "ecs"
# vCPU, least and most GiB of memory, and the step between them, as Fargate sells them.
_PAIRS = (
    ("0.25", "0.5", "2", "0.5"),
    ("0.5", "1", "4", "1"),
    ("1", "2", "8", "1"),
    ("2", "4", "16", "1"),
    ("4", "8", "30", "1"),
    ("8", "16", "60", "4"),
    ("16", "32", "120", "8"),
)


def cluster_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the cluster that all services of the region share."""
    if not region.on("aws/fargate"):
        return
    yield ResourceBlock(
        "aws_ecs_cluster",
        "main",
        {
            "name": region.prefix,
            "tags": region.tags("cluster"),
            "setting": Block({"name": "containerInsights", "value": "enabled"}),
        },
        SECTION,
    )
    yield ResourceBlock(
        "aws_ecs_cluster_capacity_providers",
        "main",
        {
            "cluster_name": Ref("aws_ecs_cluster", "main", "name"),
            "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
        },
        SECTION,
    )


def fargate_size(part: Part) -> tuple[Decimal, Decimal] | None:
    """Return the smallest vCPU and GiB that Fargate sells and that hold `part`, or None."""
    for vcpu, least, most, step in _PAIRS:
        if Decimal(vcpu) < part.size.vcpu or Decimal(most) < part.size.memory_gib:
            continue
        steps = (part.size.memory_gib / Decimal(step)).to_integral_value(ROUND_CEILING)
        return Decimal(vcpu), max(Decimal(least), steps * Decimal(step))
    return None


def largest_size() -> tuple[Decimal, Decimal]:
    """Return the most vCPU and GiB that a task may have."""
    return Decimal(_PAIRS[-1][0]), Decimal(_PAIRS[-1][2])


def size_of(part: Part) -> tuple[Decimal, Decimal]:
    """Return what a task of `part` gets."""
    return fargate_size(part) or largest_size()


def task_counts(part: Part) -> tuple[int, int]:
    """Return the fewest and the most tasks: instances, times the `tasks` of each."""
    tasks = part.setting("tasks")
    each = int(tasks) if isinstance(tasks, Decimal) else 1
    return part.instances.minimum * each, part.instances.maximum * each
