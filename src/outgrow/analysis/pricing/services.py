"""Every service outgrow prices, by name: its item and the function that prices it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from outgrow.analysis.pricing.allowances import share_allowances
from outgrow.analysis.pricing.aws_ebs import Ebs, price_ebs
from outgrow.analysis.pricing.aws_ec2 import Ec2, price_ec2
from outgrow.analysis.pricing.aws_rds import RdsPostgresql, price_rds_postgresql
from outgrow.analysis.pricing.bill import RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import PriceItem
from outgrow.analysis.pricing.tariff_item import TariffItem, price_tariff

ItemT = TypeVar("ItemT", bound=PriceItem)


@dataclass(frozen=True, slots=True)
class Service(Generic[ItemT]):
    """A priced service: what its items look like and how they become lines."""

    name: str
    title: str
    item: type[ItemT]
    price: Callable[[ItemT, RateBook], PricedItem]


def _service(
    title: str, item: type[ItemT], price: Callable[[ItemT, RateBook], PricedItem]
) -> Service[ItemT]:
    return Service(item.model_fields["service"].default, title, item, price)


_ALL: tuple[Service[Any], ...] = (
    _service("EC2 machines", Ec2, price_ec2),
    _service("EBS volumes", Ebs, price_ebs),
    _service("RDS for PostgreSQL", RdsPostgresql, price_rds_postgresql),
    _service("A plan with a price list", TariffItem, price_tariff),
)

SERVICES: Mapping[str, Service[Any]] = MappingProxyType({one.name: one for one in _ALL})


def price_item(item: PriceItem, book: RateBook) -> PricedItem:
    """Return the lines of `item` at the prices of `book`, free allowances apart."""
    return SERVICES[item.service].price(item, book)


def price_items(items: Iterable[PriceItem], book: RateBook) -> tuple[PricedItem, ...]:
    """Return every item priced, each free allowance of the account given out once only."""
    return share_allowances([price_item(item, book) for item in items], book)
