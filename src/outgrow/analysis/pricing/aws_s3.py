"""Prices S3: storage, requests and retrievals of each storage class.

Standard storage falls at 50 TB and 500 TB (51,200 and 512,000 GB). Transfer out of S3 is
data transfer, priced by `aws/data-transfer`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from outgrow.analysis.pricing.bill import Band, Bill, RateBook
from outgrow.analysis.pricing.cost_line import PricedItem
from outgrow.analysis.pricing.item import NOTHING, PriceItem, Usage, times

StorageClass = Literal[
    "standard",
    "intelligent-tiering",
    "standard-ia",
    "one-zone-ia",
    "glacier-flexible",
    "glacier-deep-archive",
]

_THOUSANDTH = Decimal("0.001")
_STANDARD = (
    Band(Decimal(51_200), "standard:storage-first-50tb", "first 50 TB"),
    Band(Decimal(512_000), "standard:storage-next-450tb", "next 450 TB"),
    Band(None, "standard:storage-over-500tb", "over 500 TB"),
)


class S3(PriceItem):
    """A bucket's objects of one storage class; list an item for each class it uses."""

    service: Literal["aws/s3"] = "aws/s3"
    storage_class: StorageClass = "standard"
    storage_gb: Usage = NOTHING
    infrequent_gb: Usage = NOTHING
    archive_gb: Usage = NOTHING
    deep_archive_gb: Usage = NOTHING
    monitored_objects: Usage = NOTHING
    put_requests: Usage = NOTHING
    get_requests: Usage = NOTHING
    lifecycle_transitions: Usage = NOTHING
    retrieval_speed: Literal["standard", "expedited", "bulk"] = "standard"
    retrieval_gb: Usage = NOTHING
    retrieval_requests: Usage = NOTHING
    select_scanned_gb: Usage = NOTHING
    select_returned_gb: Usage = NOTHING
    object_tags: Usage = NOTHING


def price_s3(item: S3, book: RateBook) -> PricedItem:
    """Return storage, requests, transitions, retrievals and queries of the bucket."""
    bill = Bill(item, book, "s3")
    _add_storage(bill, item)
    kind, count = item.storage_class, item.count
    fast = f":{item.retrieval_speed}" if item.retrieval_speed != "standard" else ""
    for name, quantity, sku in (
        ("PUT, COPY, POST and LIST requests", item.put_requests, "put-copy-post-list"),
        ("GET and all other requests", item.get_requests, "get"),
        ("Lifecycle transitions", item.lifecycle_transitions, "lifecycle-transition"),
        ("Retrieval requests", item.retrieval_requests, f"retrieval-requests{fast}"),
    ):
        if quantity is None or quantity:
            thousands = times(quantity, count, _THOUSANDTH)
            bill.add(name, thousands, f"{kind}:{sku}", "1k requests")
    for name, quantity, sku in (
        ("Retrieval", item.retrieval_gb, f"retrieval{fast}"),
        ("Select, scanned", item.select_scanned_gb, "select-scanned"),
        ("Select, returned", item.select_returned_gb, "select-returned"),
    ):
        if quantity is None or quantity:
            bill.add(name, times(quantity, count), f"{kind}:{sku}", "GB")
    tags = times(item.object_tags, count, Decimal("0.0001"))
    bill.add("Object tags", tags, "object-tagging", "10k tags")
    return bill.priced()


def _add_storage(bill: Bill, item: S3) -> None:
    stored = times(item.storage_gb, item.count)
    if item.storage_class == "standard":
        bill.add_bands("Storage standard", stored, "GB-month", _STANDARD)
        return
    kind = item.storage_class
    if kind != "intelligent-tiering":
        bill.add(f"Storage {kind}", stored, f"{kind}:storage", "GB-month")
        return
    for name, quantity, sku in (
        ("frequent", item.storage_gb, "frequent"),
        ("infrequent", item.infrequent_gb, "infrequent"),
        ("archive", item.archive_gb, "archive"),
        ("deep archive", item.deep_archive_gb, "deep-archive"),
    ):
        gb = times(quantity, item.count)
        bill.add(f"Storage intelligent-tiering, {name} access", gb, f"{kind}:{sku}", "GB-month")
    objects = times(item.monitored_objects, item.count, _THOUSANDTH)
    bill.add("Monitoring and automation", objects, f"{kind}:monitoring", "1k objects")
