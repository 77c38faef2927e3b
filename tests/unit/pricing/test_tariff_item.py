"""Plans with a price list: what is included, bands, steps, credits, caps, droplets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import LineKind, Total
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.analysis.pricing.tariff_item import TariffItem, tariff_lines
from outgrow.catalog.load import Catalog
from outgrow.catalog.rates import Grade, Provenance
from outgrow.catalog.tariff import Charge, Per, Tariff, Tier

SOURCE = Provenance("a price page", "2026-01-01", Grade.A)


def charge(per: Per, price: str | None, **more: object) -> Charge:
    usd = None if price is None else Decimal(price)
    return Charge("Line", per, (Tier(None, usd),), SOURCE, **more)  # type: ignore[arg-type]


def cost(tariff: Tariff, **fields: object) -> Total:
    from outgrow.analysis.pricing.cost_line import total_of

    item = parse_item({"service": "tariff", "offering": "any/plan", **fields})
    assert isinstance(item, TariffItem)
    return total_of(tariff_lines(tariff, item))


@pytest.mark.parametrize(
    ("per", "fields", "usd"),
    [
        (Per.MONTH, {}, "12.00"),
        (Per.MONTH, {"count": 3}, "36.00"),
        (Per.YEAR, {}, "1.00"),
        (Per.HOUR, {}, "8760.00"),
        (Per.HOUR, {"hours_month": 10}, "120.00"),
        (Per.SEAT, {"seats": 4}, "48.00"),
        (Per.USE, {"usage": {"gb": 2}}, "24.00"),
        (Per.ONCE, {}, "0"),
    ],
)
def test_a_charge_counts_by_what_it_is_per(per: Per, fields: dict[str, object], usd: str) -> None:
    meter = "gb" if per is Per.USE else ""
    tariff = Tariff((charge(per, "12", meter=meter),))
    assert cost(tariff, **fields) == Total(Decimal(usd), at_least=False)


def test_a_meter_nobody_mentions_stays_within_what_is_included() -> None:
    tariff = Tariff(
        (
            charge(Per.MONTH, "20"),
            charge(Per.USE, "0.15", meter="gb", included=Decimal(1000)),
        )
    )
    assert cost(tariff) == Total(Decimal("20.00"), at_least=False)
    assert cost(tariff, usage={"gb": 1100}).amount_usd_month == Decimal("35.00")
    assert cost(tariff, usage={"gb": None}) == Total(Decimal("20.00"), at_least=True)


def test_a_metered_plan_without_usage_is_never_free() -> None:
    assert cost(Tariff((charge(Per.USE, "0.1", meter="gb"),))) == Total(Decimal(0), True)


def test_bands_count_from_zero_usage() -> None:
    bands = (Tier(Decimal(100), Decimal(2)), Tier(None, Decimal(1)))
    tariff = Tariff((Charge("Use", Per.USE, bands, SOURCE, "", "x", Decimal(60)),))
    assert cost(tariff, usage={"x": 60}).amount_usd_month == 0
    assert cost(tariff, usage={"x": 130}).amount_usd_month == Decimal("110.00")


def test_beyond_the_last_band_the_price_is_unknown() -> None:
    bands = (Tier(Decimal(100), Decimal(2)),)
    tariff = Tariff((Charge("Use", Per.USE, bands, SOURCE, "", "x"),))
    assert cost(tariff, usage={"x": 130}) == Total(Decimal("200.00"), at_least=True)


def test_whole_units_are_billed_for_what_exceeds_the_included() -> None:
    tariff = Tariff(
        (charge(Per.USE, "0.36", meter="m", included=Decimal(10), billing_step=Decimal(1)),)
    )
    assert cost(tariff, usage={"m": "10.0"}).amount_usd_month == 0
    assert cost(tariff, usage={"m": "11.2"}).amount_usd_month == Decimal("0.72")


def test_the_fee_pays_for_the_usage_it_includes() -> None:
    tariff = Tariff(
        (charge(Per.MONTH, "20"), charge(Per.USE, "10", meter="gb")),
        usage_credit_usd_month=Decimal(20),
    )
    assert [cost(tariff, usage={"gb": n}).amount_usd_month for n in (0, 2, 5)] == [20, 20, 50]


def test_a_plan_never_costs_more_than_its_cap() -> None:
    bands = (Tier(Decimal(5), Decimal(6)), Tier(None, None))
    tariff = Tariff(
        (charge(Per.MONTH, "8"), Charge("Use", Per.USE, bands, SOURCE, "", "x")),
        cap_usd_month=Decimal(30),
    )
    assert cost(tariff, usage={"x": 1}) == Total(Decimal("14.00"), at_least=False)
    assert cost(tariff, usage={"x": 4}) == Total(Decimal("30.00"), at_least=False)
    assert cost(tariff, usage={"x": 99}) == Total(Decimal("30.00"), at_least=False)


def test_what_is_paid_once_is_no_part_of_the_month(book: Catalog) -> None:
    item = parse_item({"service": "tariff", "offering": "daytona/tier-1"})
    once = [one for one in price_item(item, book).lines if one.kind is LineKind.ONCE]
    assert [one.amount_usd_month for one in once] == [Decimal("-200.00")]


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        ({}, "18.00"),
        ({"hours_month": 0}, "18.00"),
        ({"exists_hours_month": 672}, "18.00"),
        ({"exists_hours_month": 336}, "9.00"),
        ({"exists_hours_month": 100}, "2.68"),
        ({"usage": {"egress_gib": 3100}}, "19.00"),
    ],
)
def test_a_droplet_bills_while_off_and_by_the_hour_until_its_monthly_price(
    fields: dict[str, object], usd: str, book: Catalog
) -> None:
    item = parse_item(
        {"service": "tariff", "offering": "digitalocean/droplet/s-2vcpu-2gb", **fields}
    )
    assert price_item(item, book).total == Total(Decimal(usd), at_least=False)


@pytest.mark.parametrize(
    ("operations", "usd"), [(100, "8.00"), (101, "15.00"), (250, "21.00"), (900, "30.00")]
)
def test_mongodb_flex_costs_by_the_hundred_operations(
    operations: int, usd: str, book: Catalog
) -> None:
    item = parse_item(
        {
            "service": "tariff",
            "offering": "mongodb-atlas/flex",
            "usage": {"ops_per_second": operations},
        }
    )
    assert price_item(item, book).total == Total(Decimal(usd), at_least=False)


@pytest.mark.parametrize("offering", ["nobody/plan", "aws/ec2/t3.medium"])
def test_an_offering_without_a_price_list_is_one_unknown_line(offering: str, book: Catalog) -> None:
    item = parse_item({"service": "tariff", "offering": offering})
    assert price_item(item, book).total == Total(Decimal(0), at_least=True)


def test_a_plan_whose_price_nobody_knows_is_unknown(book: Catalog) -> None:
    item = parse_item({"service": "tariff", "offering": "vercel/enterprise"})
    assert price_item(item, book).total.at_least
