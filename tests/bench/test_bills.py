"""How long a bill of 100,000 lines takes to price and add up."""

from __future__ import annotations

from decimal import Decimal

from pytest_benchmark.fixture import BenchmarkFixture

from outgrow.analysis.pricing.cost_line import Total, charge, total_of

HOURS = Decimal(730)
PRICE_USD = Decimal("0.0416")


def bill_of_100_000_lines() -> Total:
    return total_of([charge("t3.medium", HOURS, "h", PRICE_USD, None) for _ in range(100_000)])


def test_a_bill_of_100_000_lines(benchmark: BenchmarkFixture) -> None:
    total = benchmark(bill_of_100_000_lines)
    assert total == Total(Decimal("3037000.00"), at_least=False)
