"""Prices SQS: a request is billed once for every 64 KB of its payload."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from outgrow.analysis.pricing.allowances import SQS_REQUESTS
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Amount, PriceItem, Usage, times

_BILLED_KB = Decimal(64)
_MILLIONTH = Decimal("0.000001")
# In millions of requests. Sources disagree on FIFO beyond the first band: unknown there.
_FIRST = Decimal(100_000)
_STANDARD = (
    Band(_FIRST, "standard", "first 100 billion"),
    Band(Decimal(200_000), "standard:next-100B", "next 100 billion"),
    Band(None, "standard:over-200B", "over 200 billion"),
)
_FIFO = (
    Band(_FIRST, "fifo", "first 100 billion"),
    Band(None, "fifo:over-100B", "over 100 billion"),
)


class Sqs(PriceItem):
    """A queue: its kind, its requests (send, receive and delete are one each), their size."""

    service: Literal["aws/sqs"] = "aws/sqs"
    fifo: bool = False
    requests: Usage = NOTHING
    request_kb: Amount = ONE


def price_sqs(item: Sqs, book: RateBook) -> PricedItem:
    """Return the requests, counted in pieces of 64 KB, and the account's free million."""
    bill = Bill(item, book, "sqs")
    pieces = max(ONE, (item.request_kb / _BILLED_KB).to_integral_value(ROUND_CEILING))
    millions = times(item.requests, pieces, item.count, _MILLIONTH)
    kind = "fifo" if item.fifo else "standard"
    if millions is None or millions <= _FIRST:
        told = f"{pieces!s} pieces of 64 KB a request" if pieces != 1 else ""
        bill.add(f"Requests, {kind}", millions, kind, "1M requests", told)
    else:
        bands = _FIFO if item.fifo else _STANDARD
        bill.add_bands(f"Requests, {kind}", millions, "1M requests", bands)
    bill.add_allowance(SQS_REQUESTS.line(book, millions, bill.rate(kind)))
    return bill.priced()
