"""Prices Fargate tasks by the vCPU and the GB they hold while they run.

The first 20 GB of a task's disk are free. Fargate Spot has no published rate in the
catalogue, only "up to 70 % off", so its share is unknown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import (
    NOTHING,
    ONE,
    Amount,
    Count,
    HourlyItem,
    Share,
    above,
)
from outgrow.units import format_number

FREE_EPHEMERAL_GB = Decimal(20)


class Fargate(HourlyItem):
    """Tasks of one shape: vCPU and memory of each, how many, how much disk, which chip."""

    service: Literal["aws/fargate"] = "aws/fargate"
    arch: Literal["x86", "arm64"] = "x86"
    vcpu: Amount
    memory_gb: Amount
    tasks: Count = ONE
    ephemeral_gb: Amount = FREE_EPHEMERAL_GB
    spot_share: Share = NOTHING


def price_fargate(item: Fargate, book: RateBook) -> PricedItem:
    """Return vCPU, memory and disk of the tasks, the spot share apart."""
    bill = Bill(item, book, "fargate")
    tasks = item.tasks * item.count
    steady = tasks * (ONE - item.spot_share) if item.spot_share else tasks
    _add_tasks(bill, item, steady, f"linux-{item.arch}", "")
    if item.spot_share:
        _add_tasks(bill, item, tasks * item.spot_share, f"spot-{item.arch}", ", spot")
    disk = above(item.ephemeral_gb, FREE_EPHEMERAL_GB)
    if disk:
        hours = tasks * item.hours_month
        told = f"above the free {FREE_EPHEMERAL_GB} GB of each task"
        bill.add("Disk", disk * hours, "ephemeral-storage-over-20gb", "GB-hour", told)
    return bill.priced()


def _add_tasks(bill: Bill, item: Fargate, tasks: Decimal, kind: str, suffix: str) -> None:
    hours = tasks * item.hours_month
    told = f"{format_number(tasks)} × {item.hours_month!s} h × "
    bill.add(
        f"vCPU {item.arch}{suffix}",
        hours * item.vcpu,
        f"{kind}:vcpu",
        "vCPU-hour",
        f"{told}{item.vcpu!s} vCPU",
    )
    bill.add(
        f"Memory {item.arch}{suffix}",
        hours * item.memory_gb,
        f"{kind}:memory",
        "GB-hour",
        f"{told}{item.memory_gb!s} GB",
    )
