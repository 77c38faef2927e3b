"""Free allowances: an account has each of them once, however many resources share it.

An item on its own shows the whole allowance beside its list price. Priced together, items
use it up in their order, so that nothing is given away twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from outgrow.analysis.pricing.bill import RateBook
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem
from outgrow.catalog.rates import Rate
from outgrow.units import to_cents

# Allowances hold worldwide; the rows that state them stand under this region.
_HOME_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an account gets free of one meter, by the catalogue row whose limit says how much.

    `per` turns the limit into `unit`: a million requests are one "1M requests".
    """

    name: str
    product: str
    sku: str
    unit: str
    per: Decimal = Decimal(1)

    @property
    def line_name(self) -> str:
        """Return the name its lines carry."""
        return f"Free each month: {self.name}"

    def row(self, book: RateBook) -> Rate | None:
        """Return the catalogue row that states it."""
        return book.rate("aws", self.product, self.sku, _HOME_REGION)

    def free(self, book: RateBook) -> Decimal:
        """Return the free quantity in `unit`, zero when the catalogue has no such row."""
        row = self.row(book)
        return _quantity(row.limit_value, self.per) if row is not None else Decimal(0)

    def line(self, book: RateBook, used: Decimal | None, price: Rate | None) -> CostLine | None:
        """Return what it takes off `used` at `price`, or None when that is nothing."""
        row = self.row(book) if used and price is not None else None
        if not used or price is None or price.price_usd is None or row is None:
            return None
        quantity = min(_quantity(row.limit_value, self.per), used)
        return CostLine(
            self.line_name,
            quantity,
            self.unit,
            -price.price_usd,
            -to_cents(quantity * price.price_usd),
            row.provenance,
            LineKind.ALLOWANCE,
            "once for the whole account",
        )


@cache
def _quantity(limit: str, per: Decimal) -> Decimal:
    return Decimal(limit) / per


_MILLION = Decimal(1_000_000)

LAMBDA_REQUESTS = Allowance("Lambda requests", "lambda", "free:requests", "1M requests", _MILLION)
LAMBDA_DURATION = Allowance("Lambda duration", "lambda", "free:duration", "GB-second")
INTERNET_OUT = Allowance("transfer to the internet", "data_transfer", "free:internet-out", "GB")
CLOUDFRONT_OUT = Allowance("CloudFront transfer", "cloudfront", "free:internet-out", "GB")
CLOUDFRONT_REQUESTS = Allowance(
    "CloudFront requests", "cloudfront", "free:requests", "10k requests", Decimal(10_000)
)
STANDARD_ALARMS = Allowance("standard alarms", "cloudwatch", "free:always", "alarm-metric-month")
CUSTOM_METRICS = Allowance("custom metrics", "cloudwatch", "free:custom-metrics", "metric-month")
DASHBOARDS = Allowance("dashboards", "cloudwatch", "free:dashboards", "month")
LOGS_INGESTED = Allowance("logs ingested", "cloudwatch", "free:logs", "GB")
KMS_REQUESTS = Allowance("KMS requests", "kms", "free:requests", "10k requests", Decimal(10_000))
SQS_REQUESTS = Allowance("SQS requests", "sqs", "free:requests", "1M requests", _MILLION)

ALLOWANCES = (
    LAMBDA_REQUESTS,
    LAMBDA_DURATION,
    INTERNET_OUT,
    CLOUDFRONT_OUT,
    CLOUDFRONT_REQUESTS,
    STANDARD_ALARMS,
    CUSTOM_METRICS,
    DASHBOARDS,
    LOGS_INGESTED,
    KMS_REQUESTS,
    SQS_REQUESTS,
)
_BY_LINE_NAME = MappingProxyType({allowance.line_name: allowance for allowance in ALLOWANCES})


def share_allowances(priced: Iterable[PricedItem], book: RateBook) -> tuple[PricedItem, ...]:
    """Return the items with each allowance given out once, to the first that use it."""
    left: dict[str, Decimal] = {}
    return tuple(_shared(item, left, book) for item in priced)


def _shared(item: PricedItem, left: dict[str, Decimal], book: RateBook) -> PricedItem:
    """Return `item` with its allowances cut to what is left of them, none when nothing is."""
    for line in item.lines:
        if line.kind is LineKind.ALLOWANCE:
            break
    else:
        return item
    lines = (_reduced(line, left, book) for line in item.lines)
    return item._replace(lines=tuple(line for line in lines if line is not None))


def _reduced(line: CostLine, left: dict[str, Decimal], book: RateBook) -> CostLine | None:
    if line.kind is not LineKind.ALLOWANCE or line.quantity is None:
        return line
    remaining = left.get(line.name)
    if remaining is None:
        remaining = _BY_LINE_NAME[line.name].free(book)
    quantity = min(line.quantity, remaining)
    left[line.name] = remaining - quantity
    if quantity == line.quantity:
        return line
    amount = to_cents(quantity * (line.unit_price_usd or Decimal(0)))
    return line._replace(quantity=quantity, amount_usd_month=amount) if quantity else None
