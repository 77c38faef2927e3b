"""Prices CloudFront: data out by volume and by where viewers are, requests, and the rest.

Each group of edge locations has prices and bands of its own: 10 TB is 10,240 GB.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.allowances import CLOUDFRONT_OUT, CLOUDFRONT_REQUESTS
from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, PriceItem, Usage, above, times

Edge = Literal[
    "us",
    "europe",
    "south-africa",
    "south-america",
    "japan",
    "australia",
    "asia-pacific",
    "india",
]

FREE_INVALIDATION_PATHS = Decimal(1000)
_TEN_THOUSANDTH = Decimal("0.0001")
_STEPS = (
    (Decimal(10_240), "first-10TB", "first 10 TB"),
    (Decimal(51_200), "next-40TB", "next 40 TB"),
    (Decimal(153_600), "next-100TB", "next 100 TB"),
    (Decimal(512_000), "next-350TB", "next 350 TB"),
    (Decimal(1_048_576), "next-524TB", "next 524 TB"),
    (Decimal(5_242_880), "next-4PB", "next 4 PB"),
    (None, "over-5PB", "over 5 PB"),
)


class CloudFront(PriceItem):
    """What viewers in one group of edge locations are sent; list an item for each group."""

    service: Literal["aws/cloudfront"] = "aws/cloudfront"
    edge: Edge = "us"
    internet_out_gb: Usage = NOTHING
    to_origin_gb: Usage = NOTHING
    http_requests: Usage = NOTHING
    https_requests: Usage = NOTHING
    origin_shield_requests: Usage = NOTHING
    invalidation_paths: Usage = NOTHING
    field_level_encryption_requests: Usage = NOTHING
    real_time_log_lines: Usage = NOTHING
    dedicated_ip_certificates: Usage = NOTHING


def price_cloudfront(item: CloudFront, book: RateBook) -> PricedItem:
    """Return data out, data to the origin, requests, invalidations and extras."""
    bill = Bill(item, book, "cloudfront", region=f"edge-{item.edge}")
    edge, count = item.edge, item.count
    bands = [Band(up_to, f"{edge}:dto:{code}", label) for up_to, code, label in _STEPS]
    out = times(item.internet_out_gb, count)
    bill.add_bands(f"To viewers, {edge}", out, "GB", bands)
    bill.add("To the origin", times(item.to_origin_gb, count), f"{edge}:to-origin", "GB")
    for name, requests, sku in (
        ("HTTP requests", item.http_requests, f"{edge}:http"),
        ("HTTPS requests", item.https_requests, f"{edge}:https"),
        ("Origin shield requests", item.origin_shield_requests, f"{edge}:origin-shield"),
        (
            "Field-level encryption requests",
            item.field_level_encryption_requests,
            "field-level-encryption",
        ),
    ):
        bill.add(name, times(requests, count, _TEN_THOUSANDTH), sku, "10k requests")
    _add_extras(bill, item)
    bill.add_allowance(CLOUDFRONT_OUT.line(book, out, bill.rate(bands[0].sku)))
    _add_free_requests(bill, item, book)
    return bill.priced()


def _add_free_requests(bill: Bill, item: CloudFront, book: RateBook) -> None:
    """Add the free requests, which cover both kinds; the dearer are taken to use them first."""
    left = CLOUDFRONT_REQUESTS.free(book)
    for kind, requests in (("https", item.https_requests), ("http", item.http_requests)):
        used = times(requests, item.count, _TEN_THOUSANDTH)
        if used:
            used = min(used, left)
            rate = bill.rate(f"{item.edge}:{kind}")
            bill.add_allowance(CLOUDFRONT_REQUESTS.line(book, used, rate))
            left -= used


def _add_extras(bill: Bill, item: CloudFront) -> None:
    # The free paths are the account's, not each distribution's.
    paths = above(times(item.invalidation_paths, item.count), FREE_INVALIDATION_PATHS)
    told = f"above the free {FREE_INVALIDATION_PATHS}"
    bill.add("Invalidation paths", paths, "invalidation-over-1000", "path", told)
    lines = times(item.real_time_log_lines, item.count, Decimal("0.000001"))
    bill.add("Real-time log lines", lines, "real-time-log-lines", "1M lines")
    certificates = times(item.dedicated_ip_certificates, item.count)
    bill.add("Dedicated IP certificates", certificates, "dedicated-ip-certificate", "month")
