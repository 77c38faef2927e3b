"""Prices DocumentDB clusters: instances, the storage they share, its I/O and backups."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Count, HourlyItem, Name, Usage, above, times

_MILLIONTH = Decimal("0.000001")


class DocumentDb(HourlyItem):
    """A cluster: instances of one size on shared storage; `backup_gb` is free up to its size."""

    service: Literal["aws/documentdb"] = "aws/documentdb"
    size: Name
    instances: Count = ONE
    storage_gb: Usage = NOTHING
    io_requests: Usage = NOTHING
    backup_gb: Usage = NOTHING
    cpu_credit_vcpu_hours: Usage = NOTHING


def price_documentdb(item: DocumentDb, book: RateBook) -> PricedItem:
    """Return instances, storage, I/O, backups beyond the storage, and CPU credits."""
    bill = Bill(item, book, "documentdb")
    size = item.size if item.size.startswith("db.") else f"db.{item.size}"
    instances = item.instances * item.count
    told = f"{instances!s} × {item.hours_month!s} h"
    bill.add(f"Instance {size}", instances * item.hours_month, size, "hour", told)
    bill.add("Storage", times(item.storage_gb, item.count), "storage", "GB-month")
    requests = times(item.io_requests, item.count, _MILLIONTH)
    bill.add("I/O requests", requests, "io", "1M requests")
    kept = None if item.storage_gb is None else above(item.backup_gb, item.storage_gb)
    told = f"{item.backup_gb!s} GB kept, {item.storage_gb!s} GB of it free"
    bill.add("Backup storage", times(kept, item.count), "backup", "GB-month", told)
    family = size.removeprefix("db.").split(".", 1)[0]
    credits = times(item.cpu_credit_vcpu_hours, instances)
    bill.add("CPU credits beyond the earned", credits, f"cpu-credits:{family}", "vCPU-hour")
    return bill.priced()
