"""Prices EBS volumes: gp2, gp3, io1, io2, st1, sc1, magnetic, and their snapshots.

A volume is billed for the whole month, also while the machine it hangs on is stopped.
gp3 includes 3,000 IOPS and 125 MB/s in its price per GB; io1 and io2 bill every IOPS.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, Amount, PriceItem, Usage, times

VolumeType = Literal["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"]

GP3_INCLUDED_IOPS = Decimal(3000)
GP3_INCLUDED_MBPS = Decimal(125)
_MILLIONTH = Decimal("0.000001")


class Ebs(PriceItem):
    """A volume: its type and size, what it is provisioned for, and its snapshots."""

    service: Literal["aws/ebs"] = "aws/ebs"
    disk_type: VolumeType = "gp3"
    disk_gb: Amount = NOTHING
    disk_iops: Amount = NOTHING
    disk_throughput_mbps: Amount = NOTHING
    disk_io_requests: Usage = NOTHING
    snapshot_gb: Usage = NOTHING


def price_ebs(item: Ebs, book: RateBook) -> PricedItem:
    """Return storage, provisioned IOPS and throughput, and snapshots of the volumes."""
    bill = Bill(item, book, "ebs")
    add_volumes(
        bill,
        item.disk_type,
        item.count,
        item.disk_gb,
        item.disk_iops,
        item.disk_throughput_mbps,
        item.disk_io_requests,
    )
    bill.add("Snapshots", times(item.snapshot_gb, item.count), "snapshot:storage", "GB-month")
    return bill.priced()


def add_volumes(
    bill: Bill,
    disk_type: VolumeType,
    count: Decimal,
    disk_gb: Decimal,
    disk_iops: Decimal,
    disk_throughput_mbps: Decimal,
    disk_io_requests: Decimal | None = NOTHING,
) -> None:
    """Add the lines of `count` equal volumes to `bill`."""
    if not count or not disk_gb:
        return
    formula = f"{count!s} × {disk_gb!s} GB, all month" if count != 1 else ""
    bill.add(
        f"Disk {disk_type}", disk_gb * count, f"{disk_type}:storage", "GB-month", formula, "ebs"
    )
    if disk_type == "gp3":
        _add_gp3_extras(bill, count, disk_iops, disk_throughput_mbps)
    elif disk_type in ("io1", "io2"):
        bill.add(
            f"Provisioned IOPS {disk_type}",
            disk_iops * count,
            f"{disk_type}:iops",
            "IOPS-month",
            product="ebs",
        )
    elif disk_type == "standard":
        bill.add(
            "I/O requests",
            times(disk_io_requests, count, _MILLIONTH),
            "standard:io",
            "1M requests",
            product="ebs",
        )


def _add_gp3_extras(bill: Bill, count: Decimal, iops: Decimal, mbps: Decimal) -> None:
    if iops > GP3_INCLUDED_IOPS:
        bill.add(
            "Provisioned IOPS gp3 (above 3,000)",
            (iops - GP3_INCLUDED_IOPS) * count,
            "gp3:iops-over-3000",
            "IOPS-month",
            product="ebs",
        )
    if mbps > GP3_INCLUDED_MBPS:
        bill.add(
            "Provisioned throughput gp3 (above 125 MB/s)",
            (mbps - GP3_INCLUDED_MBPS) * count,
            "gp3:throughput-over-125",
            "MBps-month",
            product="ebs",
        )
