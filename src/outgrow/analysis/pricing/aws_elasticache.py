"""Prices ElastiCache nodes for Redis or Valkey, on demand or reserved, and their snapshots."""

from __future__ import annotations

from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Count, HourlyItem, Name, Term, Usage, times
from outgrow.units import HOURS_PER_MONTH


class ElastiCache(HourlyItem):
    """A cache cluster: its engine, the size and number of its nodes, what it keeps of them."""

    service: Literal["aws/elasticache"] = "aws/elasticache"
    engine: Literal["redis", "valkey"] = "redis"
    size: Name
    nodes: Count = ONE
    reserved: Term = ""
    snapshot_gb: Usage = NOTHING


def price_elasticache(item: ElastiCache, book: RateBook) -> PricedItem:
    """Return the nodes, for all 730 hours when reserved, and the snapshots kept."""
    bill = Bill(item, book, f"elasticache_{item.engine}")
    size = item.size if item.size.startswith("cache.") else f"cache.{item.size}"
    nodes = item.nodes * item.count
    hours = HOURS_PER_MONTH if item.reserved else item.hours_month
    terms = f"reserved {item.reserved}, no upfront" if item.reserved else "on demand"
    sku = f"{size}:ri-{item.reserved[0]}yr-no-upfront" if item.reserved else size
    bill.add(
        f"Node {size} ({item.engine}), {terms}",
        nodes * hours,
        sku,
        "node-hour",
        f"{nodes!s} × {hours!s} h",
    )
    # The catalogue read the price of snapshots for Redis; both engines keep them alike.
    kept = times(item.snapshot_gb, item.count)
    bill.add("Snapshots", kept, "snapshot-backup", "GB-month", product="elasticache_redis")
    return bill.priced()
