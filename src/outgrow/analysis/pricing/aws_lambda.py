"""Prices Lambda: requests, and the GB-seconds they run, cheaper by volume.

Duration is rounded up to the millisecond. The first 512 MB of a function's disk are free.
The account's million requests and 400,000 GB-seconds a month are shown apart.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Literal

from pydantic import Field

from outgrow.analysis.pricing.allowances import LAMBDA_DURATION, LAMBDA_REQUESTS
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, PriceItem, Usage, above, times
from outgrow.units import MIB_PER_GIB

FREE_EPHEMERAL_MB = Decimal(512)
_MILLIONTH = Decimal("0.000001")
_PER_MB = 1 / MIB_PER_GIB
_BILLION = Decimal(1_000_000_000)
_X86 = (
    Band(6 * _BILLION, "x86:duration-first-6B", "first 6 billion"),
    Band(15 * _BILLION, "x86:duration-next-9B", "next 9 billion"),
    Band(None, "x86:duration-over-15B", "over 15 billion"),
)
_ARM64 = (
    Band(Decimal("7.5") * _BILLION, "arm64:duration-first-7.5B", "first 7.5 billion"),
    Band(Decimal("18.75") * _BILLION, "arm64:duration-next-11.25B", "next 11.25 billion"),
    Band(None, "arm64:duration-over-18.75B", "over 18.75 billion"),
)

Megabytes = Annotated[Decimal, Field(ge=0, le=10240)]
Milliseconds = Annotated[Decimal, Field(ge=0, le=900_000)] | None


class Lambda(PriceItem):
    """A function: how often it runs, for how long, and with how much memory and disk."""

    service: Literal["aws/lambda"] = "aws/lambda"
    arch: Literal["x86", "arm64"] = "x86"
    memory_mb: Megabytes = Decimal(128)
    requests: Usage = NOTHING
    duration_ms: Milliseconds = Decimal(1)
    ephemeral_mb: Megabytes = FREE_EPHEMERAL_MB


def price_lambda(item: Lambda, book: RateBook) -> PricedItem:
    """Return requests, duration and disk, and the account's free part of them beside."""
    bill = Bill(item, book, "lambda")
    requests = times(item.requests, item.count, _MILLIONTH)
    seconds = _seconds(item)
    gb_seconds = times(seconds, item.memory_mb, _PER_MB)
    bands = _X86 if item.arch == "x86" else _ARM64
    bill.add("Requests", requests, "requests", "1M requests")
    bill.add_bands(f"Duration {item.arch}", gb_seconds, "GB-second", bands)
    extra_mb = above(item.ephemeral_mb, FREE_EPHEMERAL_MB)
    if extra_mb:
        disk = times(seconds, extra_mb, _PER_MB)
        bill.add("Disk above the free 512 MB", disk, "ephemeral-storage", "GB-second")
    bill.add_allowance(LAMBDA_REQUESTS.line(book, requests, bill.rate("requests")))
    bill.add_allowance(LAMBDA_DURATION.line(book, gb_seconds, bill.rate(bands[0].sku)))
    return bill.priced()


def _seconds(item: Lambda) -> Decimal | None:
    """Return the seconds all runs take, each rounded up to the millisecond."""
    duration = item.duration_ms
    if duration is not None:
        duration = duration.to_integral_value(ROUND_CEILING)
    return times(item.requests, duration, item.count, Decimal("0.001"))
