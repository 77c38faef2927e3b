"""Prices data transfer: to the internet by volume, between zones, and to other regions.

The bands are 10 TB = 10,240 GB and so on. Traffic between two zones is billed at both ends,
so each GB sent counts twice. What comes in from the internet is free.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.allowances import INTERNET_OUT
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, PriceItem, Usage, times

INTERNET_BANDS = (
    Band(Decimal(10_240), "internet-out:first-10TB", "first 10 TB"),
    Band(Decimal(51_200), "internet-out:next-40TB", "next 40 TB"),
    Band(Decimal(153_600), "internet-out:next-100TB", "next 100 TB"),
    Band(None, "internet-out:over-150TB", "over 150 TB"),
)
_BOTH_ENDS = Decimal(2)


class DataTransfer(PriceItem):
    """What leaves a region in a month; `cross_az_gb` is what is sent between its zones."""

    service: Literal["aws/data-transfer"] = "aws/data-transfer"
    internet_out_gb: Usage = NOTHING
    cross_az_gb: Usage = NOTHING
    other_region_gb: Usage = NOTHING
    us_east_other_gb: Usage = NOTHING


def price_data_transfer(item: DataTransfer, book: RateBook) -> PricedItem:
    """Return the transfer by destination, and the account's free part beside it."""
    bill = Bill(item, book, "data_transfer")
    out = times(item.internet_out_gb, item.count)
    bill.add_bands("To the internet", out, "GB", INTERNET_BANDS)
    bill.add_allowance(INTERNET_OUT.line(book, out, bill.rate(INTERNET_BANDS[0].sku)))
    bill.add(
        "Between zones, billed both ways",
        times(item.cross_az_gb, item.count, _BOTH_ENDS),
        "cross-az-each-direction",
        "GB",
        f"{item.cross_az_gb!s} GB × 2 ends",
    )
    bill.add("To other regions", times(item.other_region_gb, item.count), "other-region-out", "GB")
    bill.add(
        "Between us-east-1 and us-east-2",
        times(item.us_east_other_gb, item.count),
        "us-east-1-to-us-east-2",
        "GB",
    )
    return bill.priced()
