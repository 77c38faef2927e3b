"""Prices what strategies forget of a network: NAT gateways, public IPv4, VPC endpoints."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.aws_ec2 import add_public_ipv4
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Count, HourlyItem, PriceItem, Usage, times

_ENDPOINT_DATA = (
    Band(Decimal(1_000_000), "interface:data-first-1PB", "first 1 PB"),
    Band(Decimal(5_000_000), "interface:data-next-4PB", "next 4 PB"),
    Band(None, "interface:data-over-5PB", "over 5 PB"),
)


class NatGateway(HourlyItem):
    """NAT gateways, one for each zone as a rule, and what passes through each."""

    service: Literal["aws/nat-gateway"] = "aws/nat-gateway"
    gb_month: Usage = NOTHING


class PublicIpv4(PriceItem):
    """Public IPv4 addresses, billed every hour, in use or idle."""

    service: Literal["aws/public-ipv4"] = "aws/public-ipv4"


class VpcEndpoint(HourlyItem):
    """An endpoint in some zones; a gateway endpoint (S3, DynamoDB) is free."""

    service: Literal["aws/vpc-endpoint"] = "aws/vpc-endpoint"
    type: Literal["interface", "gateway", "gateway-load-balancer"] = "interface"
    zones: Count = ONE
    gb_month: Usage = NOTHING


def price_nat_gateway(item: NatGateway, book: RateBook) -> PricedItem:
    """Return the hours of the gateways and the data they process."""
    bill = Bill(item, book, "nat_gateway")
    bill.add("NAT gateway", item.count * item.hours_month, "nat:hour", "hour")
    bill.add("Data processed", times(item.gb_month, item.count), "nat:data", "GB")
    return bill.priced()


def price_public_ipv4(item: PublicIpv4, book: RateBook) -> PricedItem:
    """Return the addresses for all 730 hours."""
    bill = Bill(item, book, "ec2_ipv4")
    add_public_ipv4(bill, item.count)
    return bill.priced()


def price_vpc_endpoint(item: VpcEndpoint, book: RateBook) -> PricedItem:
    """Return the hours in each zone and the data processed; nothing for a gateway endpoint."""
    bill = Bill(item, book, "vpc_endpoint")
    if item.type == "gateway":
        return bill.priced()
    hours = item.count * item.zones * item.hours_month
    data = times(item.gb_month, item.count)
    bill.add(f"Endpoint ({item.type})", hours, f"{item.type}:hour", "hour")
    if item.type == "interface":
        bill.add_bands("Data processed", data, "GB", _ENDPOINT_DATA)
    else:
        bill.add("Data processed", data, "gateway-load-balancer:data", "GB")
    return bill.priced()
