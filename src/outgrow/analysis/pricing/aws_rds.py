"""Prices RDS for PostgreSQL: instances, replicas, storage, backups and what comes on top.

Multi-AZ bills a standby too. Where the catalogue has no Multi-AZ price of its own, the
Single-AZ price is doubled and the line says so: the true one can differ by a rounding.
Storage, its IOPS and backups are billed all month; only the instance follows its hours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from outgrow.analysis.pricing.bill import Bill, RateBook, derived
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import (
    NOTHING,
    ONE,
    Amount,
    Count,
    HourlyItem,
    Name,
    Term,
    Usage,
    above,
    times,
)
from outgrow.catalog.rates import Provenance
from outgrow.units import HOURS_PER_MONTH

# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html: what the price of gp3
# includes, and the smallest provisioned-IOPS volume.
_GP3_LARGE_FROM_GB = Decimal(400)
_GP3_SMALL = (Decimal(3000), Decimal(125))
_GP3_LARGE = (Decimal(12000), Decimal(500))
_IO1_LEAST_GB = Decimal(100)
_IO1_LEAST_IOPS = Decimal(1000)
_TWICE = Decimal(2)
_THOUSANDTH = Decimal("0.001")
_T3_RESERVED = "db.t3.large-mysql:ri:1yr-no-upfront"


# 0 is standard support.
SupportYear = Annotated[int, Field(ge=0, le=3)]


class RdsPostgresql(HourlyItem):
    """A PostgreSQL instance with its standby, read replicas, storage and backups."""

    service: Literal["aws/rds-postgresql"] = "aws/rds-postgresql"
    size: Name
    multi_az: bool = False
    reserved: Term = ""
    replicas: Count = NOTHING
    storage_type: Literal["gp2", "gp3", "io1"] = "gp3"
    storage_gb: Amount = NOTHING
    iops: Amount = NOTHING
    throughput_mbps: Amount = NOTHING
    backup_gb: Usage = NOTHING
    cpu_credit_vcpu_hours: Usage = NOTHING
    extended_support_year: SupportYear = 0
    performance_insights_long_term: bool = False
    performance_insights_requests: Usage = NOTHING


class _Group(NamedTuple):
    """Equal machines of an item: its instances, or its read replicas."""

    machines: Decimal
    multi_az: bool
    role: str
    of: str


class _Price(NamedTuple):
    """What one unit costs, where that was read, and how it was derived if it was."""

    usd: Decimal | None
    provenance: Provenance | None
    note: str = ""


def price_rds_postgresql(item: RdsPostgresql, book: RateBook) -> PricedItem:
    """Return instances, replicas, storage, backups, credits, support and insights."""
    bill = Bill(item, book, "rds_postgresql")
    size = item.size if item.size.startswith("db.") else f"db.{item.size}"
    instances = _Group(item.count, item.multi_az, "Instance", "")
    replicas = _Group(item.count * item.replicas, False, "Read replica", " of replicas")
    groups = [group for group in (instances, replicas) if group.machines]
    for group in groups:
        _add_instances(bill, item, size, group)
    for group in groups:
        _add_storage(bill, item, group)
    _add_backup(bill, item)
    _add_extras(bill, item, size, replicas.machines)
    return bill.priced()


def _add_instances(bill: Bill, item: RdsPostgresql, size: str, group: _Group) -> None:
    hours = HOURS_PER_MONTH if item.reserved else item.hours_month
    quantity = group.machines * hours
    if not quantity:
        return
    price = _az_price(bill, size, group.multi_az)
    if item.reserved:
        price = _reserved_price(bill, size, item.reserved, price)
    where = "Multi-AZ" if group.multi_az else "Single-AZ"
    terms = f"reserved {item.reserved}, no upfront" if item.reserved else "on demand"
    name = f"{group.role} {size}, {where}, {terms}"
    _add_at(bill, name, quantity, "hour", price, f"{group.machines!s} × {hours!s} h")


def _add_at(
    bill: Bill, name: str, quantity: Decimal | None, unit: str, price: _Price, formula: str
) -> None:
    """Add a line unless its quantity is zero."""
    if quantity is not None and not quantity:
        return
    told = "; ".join(part for part in (formula, price.note) if part)
    bill.add_at(name, quantity, unit, price.usd, price.provenance, told)


def _az_price(bill: Bill, sku: str, multi_az: bool) -> _Price:
    """Return the price of `sku`, of its Multi-AZ form if asked for."""
    exact = bill.rate(f"{sku}:multi-az" if multi_az else sku)
    if exact is not None and exact.price_usd is not None:
        return _Price(exact.price_usd, exact.provenance)
    single = bill.rate(sku) if multi_az else None
    if single is None or single.price_usd is None:
        return _Price(None, None, f"no price in the catalogue for {sku}")
    note = "twice the Single-AZ price, for want of a Multi-AZ one"
    return _Price(single.price_usd * _TWICE, derived(single, note), note)


def _reserved_price(bill: Bill, size: str, term: str, on_demand: _Price) -> _Price:
    """Return the reserved price, read or by the ratio known for the db.t3 family.

    The ratio was read for MySQL; other families have none, so their price stays unknown.
    """
    exact = bill.rate(f"{size}:ri-{term[0]}yr-no-upfront")
    if exact is not None and exact.price_usd is not None:
        return _Price(exact.price_usd, exact.provenance)
    if on_demand.usd is None or term != "1y" or not size.startswith("db.t3."):
        return _Price(None, None, f"no reserved price read for {size}")
    ratio = bill.rate(_T3_RESERVED, "ec2_savings")
    if ratio is None:
        return _Price(None, None, f"no reserved price read for {size}")
    note = f"on demand × {ratio.limit_value}, the ratio of a reserved MySQL db.t3.large"
    usd = on_demand.usd * Decimal(ratio.limit_value)
    return _Price(usd, derived(ratio, note), note)


def _add_storage(bill: Bill, item: RdsPostgresql, group: _Group) -> None:
    gb, kind = item.storage_gb, item.storage_type
    if not gb and kind != "io1":
        return
    volumes, of = group.machines, group.of
    formula = f"{volumes!s} × {gb!s} GB" if volumes != 1 else ""
    if kind == "io1" and gb < _IO1_LEAST_GB:
        formula = f"{gb!s} GB asked for; io1 starts at {_IO1_LEAST_GB} GB"
        gb = _IO1_LEAST_GB
    price = _az_price(bill, f"storage:{kind}", group.multi_az)
    _add_at(bill, f"Storage {kind}{of}", gb * volumes, "GB-month", price, formula)
    if kind == "io1":
        iops = max(item.iops, _IO1_LEAST_IOPS)
        price = _az_price(bill, "storage:io1:iops", group.multi_az)
        _add_at(bill, f"Provisioned IOPS io1{of}", iops * volumes, "IOPS-month", price, "")
    elif kind == "gp3":
        _add_gp3_extras(bill, item, group)


def _add_gp3_extras(bill: Bill, item: RdsPostgresql, group: _Group) -> None:
    iops, mbps = _GP3_LARGE if item.storage_gb >= _GP3_LARGE_FROM_GB else _GP3_SMALL
    extra_iops = above(item.iops, iops)
    if extra_iops:
        # One price whatever the size; the Multi-AZ one was read at 400 GB and more.
        above_iops = _GP3_LARGE[0] if group.multi_az else iops
        price = _az_price(bill, f"storage:gp3:iops-over-{above_iops}", group.multi_az)
        name = f"Provisioned IOPS gp3{group.of} (above {iops:,})"
        _add_at(bill, name, times(extra_iops, group.machines), "IOPS-month", price, "")
    extra_mbps = above(item.throughput_mbps, mbps)
    if extra_mbps:
        price = _az_price(bill, "storage:gp3:throughput", group.multi_az)
        name = f"Provisioned throughput gp3{group.of} (above {mbps} MB/s)"
        _add_at(bill, name, times(extra_mbps, group.machines), "MBps-month", price, "")


def _add_backup(bill: Bill, item: RdsPostgresql) -> None:
    billed = times(above(item.backup_gb, item.storage_gb), item.count)
    if billed == NOTHING:
        return
    formula = f"{item.backup_gb!s} GB kept, {item.storage_gb!s} GB of it free"
    bill.add("Backup storage", billed, "backup:over-100pct", "GB-month", formula)


def _add_extras(bill: Bill, item: RdsPostgresql, size: str, replicas: Decimal) -> None:
    family = size.removeprefix("db.").split(".", 1)[0]
    instances = item.count + replicas
    if item.cpu_credit_vcpu_hours != NOTHING:
        credits = times(item.cpu_credit_vcpu_hours, instances)
        bill.add("CPU credits beyond the earned", credits, f"cpu-credits:{family}", "vCPU-hour")
    if item.extended_support_year:
        # The standby of a Multi-AZ instance is billed for extended support as well.
        machines = item.count * (_TWICE if item.multi_az else ONE) + replicas
        quantity = times(_vcpus(bill, size), machines, item.hours_month)
        year = item.extended_support_year
        name = f"Extended support, year {year}"
        bill.add(name, quantity, f"extended-support:year{year}", "vCPU-hour")
    if item.performance_insights_long_term:
        _add_insights(bill, size, family, instances)
    if item.performance_insights_requests != NOTHING:
        requests = times(item.performance_insights_requests, item.count, _THOUSANDTH)
        bill.add("Performance Insights API", requests, "performance-insights:api", "1k requests")


def _add_insights(bill: Bill, size: str, family: str, instances: Decimal) -> None:
    """Add long-term retention, whose price per vCPU is one for a whole family."""
    sku = f"performance-insights:long-term:{size}"
    if bill.rate(sku) is None:
        sku = f"performance-insights:long-term:{family}"
    quantity = times(_vcpus(bill, size), instances)
    bill.add("Performance Insights, long-term", quantity, sku, "vCPU-month")


def _vcpus(bill: Bill, size: str) -> Decimal | None:
    rate = bill.rate(size)
    return rate.vcpu if rate is not None else None
