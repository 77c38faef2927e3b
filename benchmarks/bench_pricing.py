"""Measures pricing 100,000 items: validation and pricing apart, beside bare arithmetic.

Run `PYTHONPATH=src python benchmarks/bench_pricing.py [items]`. The bare arithmetic multiplies
and rounds the same number of lines with the rate already at hand: what any Decimal pricing
must at least cost. The last row of a block but one leaves the garbage collector out: it walks
over every line that is kept, and finds nothing.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from time import perf_counter

from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_items
from outgrow.catalog.load import load_catalog
from outgrow.units import to_cents

_REPEATS = 3

MIX: tuple[Mapping[str, object], ...] = (
    {"service": "aws/ec2", "size": "t3.medium", "count": "4", "disk_gb": "50", "public_ipv4": "1"},
    {"service": "aws/rds-postgresql", "size": "db.t3.large", "multi_az": True, "storage_gb": "500"},
    {"service": "aws/elasticache", "size": "cache.r6g.large", "nodes": "2"},
    {"service": "aws/fargate", "vcpu": "2", "memory_gb": "4", "tasks": "10"},
    {"service": "aws/alb", "gb_month": "900"},
    {"service": "aws/nat-gateway", "gb_month": "300"},
    {"service": "aws/data-transfer", "internet_out_gb": "20000", "cross_az_gb": "400"},
    {"service": "aws/s3", "storage_gb": "512", "put_requests": "100000"},
    {"service": "aws/lambda", "memory_mb": "512", "requests": "3000000", "duration_ms": "120"},
    {"service": "tariff", "offering": "vercel/pro", "seats": "3", "usage": {"bandwidth_gb": "900"}},
)


def _fastest(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of a few runs, the one the machine disturbed least."""
    seconds = []
    for _ in range(_REPEATS):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return min(seconds)


def _bare(lines: int) -> list[Decimal]:
    quantity, price = Decimal(2920), Decimal("0.0416")
    return [to_cents(quantity * price) for _ in range(lines)]


def _report(name: str, seconds: float, items: int) -> None:
    print(f"{name:<38} {seconds:8.3f} s {seconds / items * 1e6:10.2f} µs an item")


def _measure(title: str, mix: tuple[Mapping[str, object], ...], count: int) -> None:
    book = load_catalog()
    written = [mix[index % len(mix)] for index in range(count)]
    items = [parse_item(fields) for fields in written]
    lines = sum(len(item.lines) for item in price_items(items, book))
    print(f"{count:,} items, {title}, {lines:,} lines")
    _report("parse_item", _fastest(lambda: [parse_item(one) for one in written]), count)
    _report("price_items", _fastest(lambda: price_items(items, book)), count)
    _report("both", _fastest(lambda: price_items(map(parse_item, written), book)), count)
    gc.disable()
    _report(
        "both, without the collector",
        _fastest(lambda: price_items(map(parse_item, written), book)),
        count,
    )
    gc.enable()
    _report("bare multiplication and rounding", _fastest(lambda: _bare(lines)), count)


def main(count: int) -> None:
    """Print one table for the mix of ten services and one for the first of them alone."""
    _measure("ten services", MIX, count)
    _measure("EC2 alone", MIX[:1], count)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
