"""Prices Aurora PostgreSQL Serverless v2: capacity units by the hour, storage and I/O.

One ACU is about 2 GiB of memory. The I/O-optimized configuration costs more for capacity
and storage and nothing for I/O.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Amount, Count, HourlyItem, Usage, times

_MILLIONTH = Decimal("0.000001")


class AuroraServerlessV2(HourlyItem):
    """A cluster: the average ACUs of each instance, how many, and what they share."""

    service: Literal["aws/aurora-serverless-v2"] = "aws/aurora-serverless-v2"
    acu: Amount
    instances: Count = ONE
    io_optimized: bool = False
    storage_gb: Usage = NOTHING
    io_requests: Usage = NOTHING
    backup_gb: Usage = NOTHING
    snapshot_export_gb: Usage = NOTHING


def price_aurora_serverless_v2(item: AuroraServerlessV2, book: RateBook) -> PricedItem:
    """Return capacity, storage, I/O, backups and exports of the cluster."""
    bill = Bill(item, book, "rds_postgresql")
    instances = item.instances * item.count
    suffix = ":io-optimized" if item.io_optimized else ""
    bill.add(
        "Capacity (ACU)",
        item.acu * instances * item.hours_month,
        f"aurora-serverless-v2{suffix}",
        "ACU-hour",
        f"{instances!s} × {item.hours_month!s} h × {item.acu!s} ACU",
    )
    stored = times(item.storage_gb, item.count)
    bill.add("Storage", stored, f"aurora:storage{suffix}", "GB-month")
    if not item.io_optimized:
        requests = times(item.io_requests, item.count, _MILLIONTH)
        bill.add("I/O requests", requests, "aurora:io", "1M requests")
    bill.add("Backup storage", times(item.backup_gb, item.count), "aurora:backup", "GB-month")
    exported = times(item.snapshot_export_gb, item.count)
    bill.add("Snapshot export", exported, "aurora:snapshot-export", "GB")
    return bill.priced()
