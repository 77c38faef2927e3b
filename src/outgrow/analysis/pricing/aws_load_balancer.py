"""Prices Application and Network Load Balancers: hours, and capacity units while in use.

A capacity unit is the largest of its dimensions, not their sum. Its sizes are those of
aws.amazon.com/elasticloadbalancing/pricing, which the catalogue quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, HourlyItem, Usage


@dataclass(frozen=True, slots=True)
class CapacityUnit:
    """How much of each dimension one capacity unit covers."""

    new_connections_per_second: Decimal
    active_connections_per_minute: Decimal
    gb_per_hour: Decimal
    lambda_gb_per_hour: Decimal
    rule_evaluations_per_second: Decimal


ALB_UNIT = CapacityUnit(Decimal(25), Decimal(3000), Decimal(1), Decimal("0.4"), Decimal(1000))
# For TCP; a Network Load Balancer evaluates no rules and has no Lambda targets.
NLB_UNIT = CapacityUnit(Decimal(800), Decimal(100_000), Decimal(1), Decimal(1), Decimal(1))


class NetworkLoadBalancer(HourlyItem):
    """An NLB for TCP: its average load, or `lcu`, the average capacity units themselves."""

    service: Literal["aws/nlb"] = "aws/nlb"
    lcu: Usage = NOTHING
    new_connections_per_second: Usage = NOTHING
    active_connections_per_minute: Usage = NOTHING
    gb_per_hour: Usage = NOTHING
    gb_month: Usage = NOTHING


class ApplicationLoadBalancer(HourlyItem):
    """An ALB: its average load, or `lcu`, the average capacity units themselves."""

    service: Literal["aws/alb"] = "aws/alb"
    lcu: Usage = NOTHING
    new_connections_per_second: Usage = NOTHING
    active_connections_per_minute: Usage = NOTHING
    gb_per_hour: Usage = NOTHING
    gb_month: Usage = NOTHING
    lambda_gb_per_hour: Usage = NOTHING
    rule_evaluations_per_second: Usage = NOTHING


def price_alb(item: ApplicationLoadBalancer, book: RateBook) -> PricedItem:
    """Return the hours of the load balancer and its capacity units."""
    bill = Bill(item, book, "alb")
    hours = item.count * item.hours_month
    bill.add("Application load balancer", hours, "alb:hour", "hour")
    used = [
        *_used(item, ALB_UNIT),
        ("data", item.lambda_gb_per_hour, ALB_UNIT.lambda_gb_per_hour),
        ("rules", item.rule_evaluations_per_second, ALB_UNIT.rule_evaluations_per_second),
    ]
    _add_units(bill, item.lcu, used, hours, "alb:lcu", "LCU-hour")
    return bill.priced()


def price_nlb(item: NetworkLoadBalancer, book: RateBook) -> PricedItem:
    """Return the hours of the load balancer and its capacity units."""
    bill = Bill(item, book, "nlb")
    hours = item.count * item.hours_month
    bill.add("Network load balancer", hours, "nlb:hour", "hour")
    _add_units(bill, item.lcu, _used(item, NLB_UNIT), hours, "nlb:nlcu", "NLCU-hour")
    return bill.priced()


# A dimension, how much of it is used on average, and how much of it one unit covers.
_Used = tuple[str, Decimal | None, Decimal]


def _used(
    item: ApplicationLoadBalancer | NetworkLoadBalancer, unit: CapacityUnit
) -> Sequence[_Used]:
    # A part of an hour is billed as one, so traffic is never denser than within an hour.
    hours = max(item.hours_month, ONE)
    return (
        ("connections", item.new_connections_per_second, unit.new_connections_per_second),
        ("active", item.active_connections_per_minute, unit.active_connections_per_minute),
        ("data", item.gb_per_hour, unit.gb_per_hour),
        ("data", item.gb_month, unit.gb_per_hour * hours),
    )


def _add_units(
    bill: Bill,
    lcu: Decimal | None,
    used: Sequence[_Used],
    hours: Decimal,
    sku: str,
    unit: str,
) -> None:
    """Add the largest dimension; one nobody measured may be larger, and is a line apart."""
    largest, decides, unknown = _largest(used)
    if lcu:
        largest, decides, unknown = lcu, "", []
    elif lcu is None:
        unknown = [*unknown, "lcu"]
    told = f"{largest:.4f} units on average, as {decides or 'lcu'} says"
    bill.add("Capacity units", largest * hours, sku, unit, told if largest else "")
    if unknown and hours:
        told = f"not known: {', '.join(unknown)}"
        bill.add("Further capacity units", None, sku, unit, told)


def _largest(used: Sequence[_Used]) -> tuple[Decimal, str, list[str]]:
    """Return the units of the largest dimension, its name, and the dimensions not known."""
    units: dict[str, Decimal] = {}
    unknown = [name for name, quantity, _ in used if quantity is None]
    for name, quantity, covered in used:
        if quantity:
            units[name] = units.get(name, NOTHING) + quantity / covered
    decides = max(units, key=units.__getitem__, default="")
    return units.get(decides, NOTHING), decides, unknown
