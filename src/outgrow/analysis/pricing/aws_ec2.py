"""Prices EC2 machines with their disks and addresses.

A stopped machine costs nothing itself, but its disk and its public address are billed all
month. A reserved machine is billed for all 730 hours whether it runs or not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.aws_ebs import VolumeType, add_volumes
from outgrow.analysis.pricing.bill import Bill, RateBook, derived
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import (
    NOTHING,
    ONE,
    Amount,
    HourlyItem,
    Name,
    Share,
    Term,
    Usage,
    times,
)
from outgrow.catalog.rates import Provenance, Rate
from outgrow.units import HOURS_PER_MONTH, format_number

DETAILED_METRICS_PER_MACHINE = Decimal(7)

# Regional reservations of Linux machines apply to every size of a family in these proportions:
# docs.aws.amazon.com/AWSEC2/latest/UserGuide/apply_ri.html, "instance size flexibility".
_SIZE_FACTORS = {
    "nano": Decimal("0.25"),
    "micro": Decimal("0.5"),
    "small": Decimal(1),
    "medium": Decimal(2),
    "large": Decimal(4),
    "xlarge": Decimal(8),
    "2xlarge": Decimal(16),
    "4xlarge": Decimal(32),
    "8xlarge": Decimal(64),
    "12xlarge": Decimal(96),
    "16xlarge": Decimal(128),
    "24xlarge": Decimal(192),
    "32xlarge": Decimal(256),
}
# Where the catalogue's spot prices were observed; elsewhere there is no basis for one.
_SPOT_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
_ALL_SPOT_REGIONS = "3 regions"


class Ec2(HourlyItem):
    """Linux machines of one size, with the disk and the public addresses of each."""

    service: Literal["aws/ec2"] = "aws/ec2"
    size: Name
    reserved: Term = ""
    reserved_class: Literal["standard", "convertible"] = "standard"
    spot_share: Share = NOTHING
    unlimited_credit_vcpu_hours: Usage = NOTHING
    disk_type: VolumeType = "gp3"
    disk_gb: Amount = NOTHING
    disk_iops: Amount = NOTHING
    disk_throughput_mbps: Amount = NOTHING
    disk_io_requests: Usage = NOTHING
    public_ipv4: Amount = NOTHING
    detailed_monitoring: bool = False


def price_ec2(item: Ec2, book: RateBook) -> PricedItem:
    """Return the machines, what they burst, their disks, addresses and metrics."""
    bill = Bill(item, book, "ec2")
    _add_machines(bill, item)
    if item.unlimited_credit_vcpu_hours != NOTHING:
        _add_credits(bill, item)
    add_volumes(
        bill,
        item.disk_type,
        item.count,
        item.disk_gb,
        item.disk_iops,
        item.disk_throughput_mbps,
        item.disk_io_requests,
    )
    if item.public_ipv4:
        add_public_ipv4(bill, item.public_ipv4 * item.count)
    if item.detailed_monitoring:
        bill.add(
            "Detailed monitoring",
            DETAILED_METRICS_PER_MACHINE * item.count,
            "custom-metric",
            "metric-month",
            f"{DETAILED_METRICS_PER_MACHINE} metrics a machine",
            "cloudwatch",
        )
    return bill.priced()


def add_public_ipv4(bill: Bill, addresses: Decimal) -> None:
    """Add `addresses` public IPv4 addresses, billed every hour, in use or idle."""
    bill.add(
        "Public IPv4 address",
        addresses * HOURS_PER_MONTH,
        "eip-unused",
        "hour",
        f"{addresses!s} × {HOURS_PER_MONTH!s} h, also while the machine is stopped",
        "ec2_ipv4",
    )


def _add_machines(bill: Bill, item: Ec2) -> None:
    steady = item.count * (ONE - item.spot_share) if item.spot_share else item.count
    if item.reserved:
        _add_reserved(bill, item, steady)
    else:
        bill.add(
            f"Machine {item.size}, on demand",
            steady * item.hours_month,
            item.size,
            "hour",
            f"{format_number(steady)} × {item.hours_month!s} h",
        )
    if item.spot_share:
        _add_spot(bill, item, item.count * item.spot_share)


def _add_credits(bill: Bill, item: Ec2) -> None:
    quantity = times(item.unlimited_credit_vcpu_hours, item.count)
    family = item.size.split(".", 1)[0]
    sku = "t3-t4g:unlimited" if family in ("t3", "t3a", "t4g") else f"{family}:unlimited"
    bill.add("CPU credits beyond the earned", quantity, sku, "vCPU-hour", product="ec2_cpu_credits")


def _add_reserved(bill: Bill, item: Ec2, machines: Decimal) -> None:
    if not machines:
        return
    told = format_number(machines)
    class_code = "std" if item.reserved_class == "standard" else "cnvr"
    offer = f"{class_code}-{item.reserved[0]}yr-no-upfront"
    name = f"Machine {item.size}, reserved {item.reserved} {item.reserved_class}, no upfront"
    rate, factor = _reserved_rate(bill, item.size, offer)
    formula = f"{told} × {HOURS_PER_MONTH!s} h, billed whether or not it runs"
    if factor != 1:
        formula += (
            f"; {format_number(factor)} times the price read, by size flexibility within the family"
        )
    if rate is None or rate.price_usd is None:
        bill.add(name, machines * HOURS_PER_MONTH, f"{item.size}:ri:{offer}", "hour", "")
        return
    provenance = derived(rate, formula) if factor != 1 else rate.provenance
    hours = machines * HOURS_PER_MONTH
    bill.add_at(name, hours, "hour", rate.price_usd * factor, provenance, formula)


def _reserved_rate(bill: Bill, size: str, offer: str) -> tuple[Rate | None, Decimal]:
    """Return the hourly rate read for `size` or another size of its family, and the ratio."""
    exact = _hourly_reserved(bill, size, offer)
    if exact is not None:
        return exact, ONE
    family, _, name = size.partition(".")
    own_factor = _SIZE_FACTORS.get(name)
    if own_factor is None:
        return None, ONE
    for other, factor in _SIZE_FACTORS.items():
        rate = _hourly_reserved(bill, f"{family}.{other}", offer)
        if rate is not None:
            return rate, own_factor / factor
    return None, ONE


def _hourly_reserved(bill: Bill, size: str, offer: str) -> Rate | None:
    for sku in (f"{size}:ri:{offer}:hour", f"{size}:ri:{offer}"):
        rate = bill.rate(sku, "ec2_savings")
        if rate is not None and rate.unit == "hour" and rate.price_usd is not None:
            return rate
    return None


def _add_spot(bill: Bill, item: Ec2, machines: Decimal) -> None:
    name = f"Machine {item.size}, spot"
    quantity = machines * item.hours_month
    if not quantity:
        return
    sku = f"{item.size}:spot-mean"
    if bill.rate(sku, "ec2_savings") is not None:
        told = "mean over the zones read; spot moves daily"
        bill.add(name, quantity, sku, "hour", told, "ec2_savings")
        return
    price, provenance, told = _typical_spot(bill, item)
    bill.add_at(name, quantity, "hour", price, provenance, told)


def _typical_spot(bill: Bill, item: Ec2) -> tuple[Decimal | None, Provenance | None, str]:
    """Return on-demand times the median ratio of the catalogue, for the regions it covers."""
    on_demand = bill.rate(item.size)
    price = on_demand.price_usd if on_demand is not None else None
    typical = bill.rate("spot:typical", "ec2_savings", _ALL_SPOT_REGIONS)
    if price is None or typical is None or item.region not in _SPOT_REGIONS:
        return None, None, f"no spot price read for {item.size} in {item.region}"
    ratio = Decimal(typical.limit_value)
    told = f"on demand × {ratio}, the median spot ratio; no price read for {item.size}"
    return price * ratio, derived(typical, told), told
