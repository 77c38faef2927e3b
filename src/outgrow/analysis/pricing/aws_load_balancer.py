"""Prices Application and Network Load Balancers: hours, and capacity units while in use.

A capacity unit is the largest of its dimensions, not their sum. Its sizes are those of
aws.amazon.com/elasticloadbalancing/pricing, which the catalogue quotes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, HourlyItem, Usage, times
from outgrow.units import format_number


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
    lambdas = times(item.lambda_gb_per_hour, 1 / ALB_UNIT.lambda_gb_per_hour)
    rules = times(item.rule_evaluations_per_second, 1 / ALB_UNIT.rule_evaluations_per_second)
    units, told = _units(item, ALB_UNIT, lambdas, rules)
    bill.add("Capacity units (LCU)", times(units, hours), "alb:lcu", "LCU-hour", told)
    return bill.priced()


def price_nlb(item: NetworkLoadBalancer, book: RateBook) -> PricedItem:
    """Return the hours of the load balancer and its capacity units."""
    bill = Bill(item, book, "nlb")
    hours = item.count * item.hours_month
    bill.add("Network load balancer", hours, "nlb:hour", "hour")
    units, told = _units(item, NLB_UNIT, NOTHING, NOTHING)
    bill.add("Capacity units (NLCU)", times(units, hours), "nlb:nlcu", "NLCU-hour", told)
    return bill.priced()


def _units(
    item: ApplicationLoadBalancer | NetworkLoadBalancer,
    unit: CapacityUnit,
    lambdas: Decimal | None,
    rules: Decimal | None,
) -> tuple[Decimal | None, str]:
    """Return the average capacity units in use, and which dimension decides."""
    if item.lcu is None or item.lcu:
        return item.lcu, "as given"
    gb_month = item.gb_month if item.gb_month or item.gb_month is None else NOTHING
    hourly = _sum(item.gb_per_hour, _per_hour(gb_month, item.hours_month))
    dimensions = {
        "new connections": times(
            item.new_connections_per_second, 1 / unit.new_connections_per_second
        ),
        "active connections": times(
            item.active_connections_per_minute, 1 / unit.active_connections_per_minute
        ),
        "data": _sum(times(hourly, 1 / unit.gb_per_hour), lambdas),
        "rule evaluations": rules,
    }
    return _largest(dimensions)


def _per_hour(gb_month: Decimal | None, hours: Decimal) -> Decimal | None:
    if gb_month is None or not hours:
        return None if gb_month is None else NOTHING
    return gb_month / hours


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _largest(dimensions: dict[str, Decimal | None]) -> tuple[Decimal | None, str]:
    largest, decides = NOTHING, ""
    for name, units in dimensions.items():
        if units is None:
            return None, f"{name} unknown"
        if units > largest:
            largest, decides = units, name
    return largest, f"{format_number(round(largest, 4))} on average, from {decides}"
