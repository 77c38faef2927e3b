"""Prices Route 53: hosted zones, queries by how they are routed, and health checks."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Amount, PriceItem, Usage, times

_MILLIONTH = Decimal("0.000001")
_THOUSAND_MILLIONS = Decimal(1000)
_ZONES = (
    Band(Decimal(25), "hosted-zone", "first 25"),
    Band(None, "hosted-zone:over-25", "over 25"),
)


def _bands(kind: str) -> tuple[Band, Band]:
    first = Band(_THOUSAND_MILLIONS, f"queries:{kind}:first-1B", "first billion")
    return first, Band(None, f"queries:{kind}:over-1B", "over a billion")


class Route53(PriceItem):
    """Hosted zones, and their queries and health checks; `hosted_zones: 0` leaves those alone."""

    service: Literal["aws/route53"] = "aws/route53"
    hosted_zones: Amount = ONE
    standard_queries: Usage = NOTHING
    latency_queries: Usage = NOTHING
    geo_queries: Usage = NOTHING
    aws_health_checks: Amount = NOTHING
    external_health_checks: Amount = NOTHING
    aws_health_check_features: Amount = NOTHING
    external_health_check_features: Amount = NOTHING


def price_route53(item: Route53, book: RateBook) -> PricedItem:
    """Return zones, queries, and health checks with their optional features."""
    # Route 53 is one service for all regions; its prices stand where it is billed.
    bill = Bill(item, book, "route53", region="us-east-1")
    bill.add_bands("Hosted zones", item.count * item.hosted_zones, "month", _ZONES)
    for name, queries, kind in (
        ("Standard queries", item.standard_queries, "standard"),
        ("Latency queries", item.latency_queries, "latency"),
        ("Geo DNS queries", item.geo_queries, "geo"),
    ):
        millions = times(queries, item.count, _MILLIONTH)
        bill.add_bands(name, millions, "1M queries", _bands(kind))
    for name, checks, sku in (
        ("Health checks of AWS", item.aws_health_checks, "aws"),
        ("Health checks from outside", item.external_health_checks, "external"),
        ("Features of AWS checks", item.aws_health_check_features, "aws:feature"),
        ("Features of outside checks", item.external_health_check_features, "external:feature"),
    ):
        bill.add(name, checks * item.count, f"health-check:{sku}", "month")
    return bill.priced()
