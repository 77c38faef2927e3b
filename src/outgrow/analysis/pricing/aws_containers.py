"""Prices what containers need besides machines: EKS control planes and ECR registries."""

from __future__ import annotations

from typing import Literal

from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, HourlyItem, PriceItem, Usage, times


class Eks(HourlyItem):
    """Kubernetes control planes; the machines under them are `aws/ec2` items."""

    service: Literal["aws/eks"] = "aws/eks"
    extended_support: bool = False


class Ecr(PriceItem):
    """A container registry by what it stores; pulls from another region are transfer."""

    service: Literal["aws/ecr"] = "aws/ecr"
    storage_gb: Usage = NOTHING


def price_eks(item: Eks, book: RateBook) -> PricedItem:
    """Return the hours of the control planes, dearer once their version is out of support."""
    bill = Bill(item, book, "eks")
    sku = "control-plane:extended-support" if item.extended_support else "control-plane"
    name = "Control plane, extended support" if item.extended_support else "Control plane"
    bill.add(name, item.count * item.hours_month, sku, "hour")
    return bill.priced()


def price_ecr(item: Ecr, book: RateBook) -> PricedItem:
    """Return the images stored."""
    bill = Bill(item, book, "ecr")
    bill.add("Storage", times(item.storage_gb, item.count), "storage", "GB-month")
    return bill.priced()
