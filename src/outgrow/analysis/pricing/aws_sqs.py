"""Prices SQS: a request is billed once for every 64 KB of its payload."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from outgrow.analysis.pricing.allowances import SQS_REQUESTS
from outgrow.analysis.pricing.bill import Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, ONE, Amount, PriceItem, Usage, times

_BILLED_KB = Decimal(64)


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
    millions = times(item.requests, pieces, item.count, Decimal("0.000001"))
    kind = "fifo" if item.fifo else "standard"
    told = f"{pieces!s} pieces of 64 KB a request" if pieces != 1 else ""
    bill.add(f"Requests, {kind}", millions, kind, "1M requests", told)
    bill.add_allowance(SQS_REQUESTS.line(book, millions, bill.rate(kind)))
    return bill.priced()
