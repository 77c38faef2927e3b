"""A user's own price, read at a level and turned into USD."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import Total, total_of
from outgrow.analysis.pricing.tariff_item import TariffItem, tariff_lines
from outgrow.catalog.tariff import Per
from outgrow.strategy.offerings import Price
from outgrow.strategy.strategy import Finance
from outgrow.topology.model import Level
from outgrow.topology.prices import tariff_of, usd_rate

FINANCE = Finance.model_validate({"currencies": {"EUR": Decimal("1.1")}})


def total(written: dict[str, object], level: Level = Level.EXPECTED, **item: object) -> Total:
    tariff = tariff_of(Price.model_validate(written), FINANCE, level, "a test")
    asked = TariffItem.model_validate({"offering": "x", **item})
    return total_of(tariff_lines(tariff, asked))


def exactly(amount: str) -> Total:
    return Total(Decimal(amount), at_least=False)


@pytest.mark.parametrize(
    ("written", "item", "amount"),
    [
        ({"per_month": 25}, {}, "25.00"),
        ({"per_month": 25}, {"count": 3}, "75.00"),
        ({"per_hour": Decimal("0.05")}, {"hours_month": 100}, "5.00"),
        ({"annual": 120}, {}, "10.00"),
        ({"per_seat": 20}, {"seats": 4}, "80.00"),
        ({"once": 500}, {}, "0"),
        ({"per_month": 10, "currency": "EUR"}, {}, "11.00"),
        ({"labour_hours_week": 5}, {}, "0"),
    ],
)
def test_the_parts_of_a_price(
    written: dict[str, object], item: dict[str, object], amount: str
) -> None:
    assert total(written, **item) == exactly(amount)


def test_a_range_is_read_at_each_level() -> None:
    amounts = [total({"per_month": "20-50"}, level).amount_usd_month for level in Level]
    assert amounts == [20, 35, 50]


def test_of_an_open_range_only_the_beginning_is_known() -> None:
    assert total({"per_month": "25+"}, Level.LOW) == exactly("25.00")
    assert total({"per_month": "25+"}, Level.EXPECTED) == Total(Decimal("25.00"), at_least=True)
    assert total({"per_month": "25+"}, Level.HIGH) == Total(Decimal("25.00"), at_least=True)


def test_a_price_in_a_currency_without_a_rate_is_unknown() -> None:
    assert usd_rate("GBP", FINANCE) is None
    assert total({"per_month": 10, "currency": "GBP"}) == Total(Decimal(0), at_least=True)
    metered = {"requests": {"unit_price": 1}}
    price = {"per_use": metered, "currency": "GBP"}
    assert total(price, usage={"requests": 5}) == Total(Decimal(0), at_least=True)


def test_an_unknown_price_is_not_free() -> None:
    assert total({"unknown": True}) == Total(Decimal(0), at_least=True)


def test_a_share_of_revenue_has_no_currency() -> None:
    price = {"share_of_revenue": Decimal("0.02"), "currency": "EUR"}
    assert total(price, usage={"revenue_usd_month": 1000}) == exactly("20.00")
    strange = {**price, "currency": "GBP"}
    assert total(strange, usage={"revenue_usd_month": 1000}) == exactly("20.00")


TIERS = {
    "included": 10,
    "tiers": [{"up_to": 20, "unit_price": 2}, {"up_to": 40, "unit_price": 1}],
}


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (10, exactly("0")),
        (15, exactly("10.00")),
        (30, exactly("30.00")),
        (40, exactly("40.00")),
        (41, Total(Decimal("40.00"), at_least=True)),
    ],
)
def test_bands_count_from_zero_usage_and_end_in_the_unknown(used: int, expected: Total) -> None:
    assert total({"per_use": {"requests": TIERS}}, usage={"requests": used}) == expected


def test_use_beyond_what_is_included_without_a_price_is_unknown() -> None:
    price = {"per_use": {"requests": {"included": 100}}}
    assert total(price, usage={"requests": 100}) == exactly("0")
    assert total(price, usage={"requests": 101}).at_least


def test_a_use_that_nobody_states_stays_within_what_is_included_or_is_unknown() -> None:
    assert total({"per_use": {"requests": {"included": 100, "unit_price": 1}}}) == exactly("0")
    assert total({"per_use": {"requests": {"unit_price": 1}}}).at_least


def test_a_one_time_price_is_never_monthly() -> None:
    tariff = tariff_of(Price.model_validate({"once": 500}), FINANCE, Level.HIGH, "a test")
    assert [charge.per for charge in tariff.charges] == [Per.ONCE]
