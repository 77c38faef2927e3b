"""How each service is billed where the arithmetic is easy to get wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing import aws_load_balancer
from outgrow.analysis.pricing.allowances import ALLOWANCES
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem, Total
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_item, price_items
from outgrow.catalog.load import Catalog
from outgrow.catalog.rates import Grade


def priced(book: Catalog, **fields: object) -> PricedItem:
    return price_item(parse_item(fields), book)


def amounts(item: PricedItem) -> dict[str, Decimal | None]:
    return {line.name: line.amount_usd_month for line in item.lines}


def line(item: PricedItem, part: str) -> CostLine:
    (found,) = [one for one in item.lines if part in one.name]
    return found


def test_autostop_keeps_billing_the_disk_and_the_address(book: Catalog) -> None:
    item = priced(
        book, service="aws/ec2", size="t3.medium", hours_month=0, disk_gb=50, public_ipv4=1
    )
    assert amounts(item) == {
        "Disk gp3": Decimal("4.00"),
        "Public IPv4 address": Decimal("3.65"),
    }


def test_a_reserved_machine_is_billed_while_it_is_stopped(book: Catalog) -> None:
    always, seldom = (
        priced(book, service="aws/ec2", size="t3.medium", reserved="1y", hours_month=hours)
        for hours in (730, 100)
    )
    assert always.total == seldom.total == Total(Decimal("19.05"), at_least=False)


def test_a_reservation_covers_other_sizes_of_its_family_in_proportion(book: Catalog) -> None:
    large = line(priced(book, service="aws/ec2", size="t3.large", reserved="1y"), "reserved")
    assert large.unit_price_usd == Decimal("0.0522")
    assert large.amount_usd_month == Decimal("38.11")
    assert large.provenance is not None
    assert large.provenance.grade is Grade.DERIVED


@pytest.mark.parametrize(
    ("size", "region"), [("m5.large", "us-east-1"), ("t3.medium", "eu-west-1")]
)
def test_a_reserved_price_nobody_read_is_unknown(size: str, region: str, book: Catalog) -> None:
    item = priced(book, service="aws/ec2", size=size, region=region, reserved="1y", disk_gb=0)
    assert item.total == Total(Decimal(0), at_least=True)
    assert "no price in the catalogue" in item.lines[0].formula


def test_a_spot_share_splits_the_machines(book: Catalog) -> None:
    item = priced(book, service="aws/ec2", size="t3.medium", count=10, spot_share="0.7")
    assert amounts(item) == {
        "Machine t3.medium, on demand": Decimal("91.10"),
        "Machine t3.medium, spot": Decimal("96.99"),
    }


def test_spot_of_a_size_nobody_read_uses_the_median_and_says_so(book: Catalog) -> None:
    spot = line(priced(book, service="aws/ec2", size="m5.large", spot_share=1), "spot")
    assert spot.unit_price_usd == Decimal("0.096") * Decimal("0.488")
    assert "median" in spot.formula
    assert spot.provenance is not None
    assert spot.provenance.grade is Grade.DERIVED


def test_spot_in_a_region_nobody_read_is_unknown(book: Catalog) -> None:
    item = priced(book, service="aws/ec2", size="t3.medium", spot_share=1, region="ap-northeast-1")
    assert item.total == Total(Decimal(0), at_least=True)


def test_a_price_of_another_region_is_never_used(book: Catalog) -> None:
    item = priced(book, service="aws/nat-gateway", region="eu-west-1", gb_month=10)
    assert item.total == Total(Decimal(0), at_least=True)
    assert all(one.unit_price_usd is None for one in item.lines)


def test_multi_az_has_its_own_price_where_the_catalogue_knows_one(book: Catalog) -> None:
    exact = line(
        priced(book, service="aws/rds-postgresql", size="db.r6g.xlarge", multi_az=True),
        "Instance",
    )
    assert exact.unit_price_usd == Decimal("0.899")
    doubled = line(
        priced(book, service="aws/rds-postgresql", size="db.r6g.large", multi_az=True),
        "Instance",
    )
    assert doubled.unit_price_usd == Decimal("0.450")
    assert "twice the Single-AZ price" in doubled.formula
    assert doubled.provenance is not None
    assert doubled.provenance.grade is Grade.DERIVED


def test_the_database_prefix_of_a_size_may_be_left_out(book: Catalog) -> None:
    short, full = (
        priced(book, service="aws/rds-postgresql", size=size).total
        for size in ("t3.large", "db.t3.large")
    )
    assert short == full


@pytest.mark.parametrize(("gb", "billed_iops"), [(399, 10000), (400, 1000)])
def test_gp3_of_a_database_includes_more_iops_from_400_gb(
    gb: int, billed_iops: int, book: Catalog
) -> None:
    item = priced(book, service="aws/rds-postgresql", size="db.t3.large", storage_gb=gb, iops=13000)
    assert line(item, "Provisioned IOPS").quantity == billed_iops


def test_the_throughput_of_a_database_in_virginia_is_unknown(book: Catalog) -> None:
    fields: dict[str, object] = {
        "service": "aws/rds-postgresql",
        "size": "db.t3.large",
        "storage_gb": 100,
        "throughput_mbps": 225,
    }
    assert priced(book, **fields).total.at_least
    ireland = priced(book, **fields, region="eu-west-1")
    assert line(ireland, "throughput").amount_usd_month == Decimal("8.80")


def test_replicas_have_storage_of_their_own(book: Catalog) -> None:
    item = priced(
        book,
        service="aws/rds-postgresql",
        size="db.r6g.large",
        multi_az=True,
        storage_gb=100,
        replicas=2,
    )
    assert list(amounts(item).values()) == [
        Decimal("328.50"),
        Decimal("328.50"),
        Decimal("23.00"),
        Decimal("23.00"),
    ]


def test_extended_support_bills_the_standby_and_doubles_in_its_third_year(
    book: Catalog,
) -> None:
    def support(**more: object) -> Decimal | None:
        item = priced(book, service="aws/rds-postgresql", size="db.t3.large", **more)
        return line(item, "Extended support").amount_usd_month

    assert support(extended_support_year=1) == support(extended_support_year=2)
    assert support(extended_support_year=3) == Decimal("292.00")
    assert support(extended_support_year=1, multi_az=True) == Decimal("292.00")


def test_backups_are_free_up_to_the_size_of_the_storage(book: Catalog) -> None:
    def backup(kept_gb: int) -> list[str]:
        item = priced(
            book,
            service="aws/rds-postgresql",
            size="db.t3.large",
            storage_gb=100,
            backup_gb=kept_gb,
        )
        return [str(one.amount_usd_month) for one in item.lines if "Backup" in one.name]

    assert backup(100) == []
    assert backup(250) == ["14.25"]


def test_fargate_spot_has_no_rate_and_is_unknown(book: Catalog) -> None:
    item = priced(book, service="aws/fargate", vcpu=1, memory_gb=2, tasks=2, spot_share="0.5")
    assert item.total == Total(Decimal("36.04"), at_least=True)


def test_fargate_gives_twenty_gigabytes_of_disk(book: Catalog) -> None:
    item = priced(book, service="aws/fargate", vcpu="0.25", memory_gb="0.5", ephemeral_gb=50)
    assert line(item, "Disk").quantity == 30 * 730


@pytest.mark.parametrize(
    ("used", "lcu"),
    [
        ({"new_connections_per_second": 50}, "2"),
        ({"active_connections_per_minute": 9000}, "3"),
        ({"gb_per_hour": 4}, "4"),
        ({"gb_month": 730}, "1"),
        ({"lambda_gb_per_hour": 2}, "5"),
        ({"rule_evaluations_per_second": 6000}, "6"),
        ({"new_connections_per_second": 50, "gb_per_hour": 1}, "2"),
    ],
)
def test_a_capacity_unit_is_the_largest_of_its_dimensions(
    used: dict[str, object], lcu: str, book: Catalog
) -> None:
    units = line(priced(book, service="aws/alb", **used), "Capacity").quantity
    assert units is not None
    assert round(units / 730, 6) == Decimal(lcu)


def test_a_network_load_balancer_has_larger_units(book: Catalog) -> None:
    item = priced(book, service="aws/nlb", new_connections_per_second=1600)
    assert line(item, "Capacity").amount_usd_month == Decimal("8.76")


@pytest.mark.parametrize(
    ("product", "sku", "limit", "size"),
    [
        ("alb", "lcu", "lcu_new_connections_per_s", "new_connections_per_second"),
        ("alb", "lcu", "lcu_active_connections_per_min", "active_connections_per_minute"),
        ("alb", "lcu", "lcu_gb_per_hour", "gb_per_hour"),
        ("alb", "lcu", "lcu_lambda_gb_per_hour", "lambda_gb_per_hour"),
        ("alb", "lcu", "lcu_rule_evaluations_per_s", "rule_evaluations_per_second"),
        ("nlb", "nlcu", "nlcu_new_connections_per_s", "new_connections_per_second"),
        ("nlb", "nlcu", "nlcu_active_connections", "active_connections_per_minute"),
        ("nlb", "nlcu", "nlcu_gb_per_hour", "gb_per_hour"),
    ],
)
def test_capacity_units_are_those_of_the_catalogue(
    product: str, sku: str, limit: str, size: str, book: Catalog
) -> None:
    row = book.limit_rate("aws", product, f"rule:{sku}", limit, "us-east-1")
    unit = {"alb": aws_load_balancer.ALB_UNIT, "nlb": aws_load_balancer.NLB_UNIT}[product]
    assert row is not None
    assert Decimal(row.limit_value) == getattr(unit, size)


def test_a_dimension_nobody_measured_makes_the_capacity_at_least(book: Catalog) -> None:
    item = priced(book, service="aws/alb", gb_per_hour=3, new_connections_per_second=None)
    assert line(item, "Further").quantity is None
    assert item.total == Total(Decimal("16.43") + Decimal("17.52"), at_least=True)


def test_a_gateway_endpoint_is_free(book: Catalog) -> None:
    item = priced(book, service="aws/vpc-endpoint", type="gateway", gb_month=5000)
    assert item.lines == ()


def test_traffic_between_zones_is_billed_at_both_ends(book: Catalog) -> None:
    item = priced(book, service="aws/data-transfer", cross_az_gb=500)
    assert line(item, "zones").quantity == 1000
    assert item.total.amount_usd_month == Decimal("10.00")


def test_an_allowance_is_shown_apart_and_never_in_the_total(book: Catalog) -> None:
    item = priced(book, service="aws/data-transfer", internet_out_gb=150)
    free = line(item, "Free")
    assert free.kind is LineKind.ALLOWANCE
    assert free.amount_usd_month == Decimal("-9.00")
    assert item.total == Total(Decimal("13.50"), at_least=False)


def test_an_allowance_is_given_once_to_all_items_of_the_account(book: Catalog) -> None:
    function = parse_item({"service": "aws/lambda", "requests": 700000, "memory_mb": 128})
    first, second, third = price_items([function] * 3, book)
    free = [
        [one.quantity for one in item.lines if one.kind is LineKind.ALLOWANCE and "req" in one.name]
        for item in (first, second, third)
    ]
    assert free == [[Decimal("0.7")], [Decimal("0.3")], []]
    assert first.total == third.total


def test_every_allowance_stands_in_the_catalogue(book: Catalog) -> None:
    assert [one.name for one in ALLOWANCES if not one.free(book)] == []


def test_lambda_rounds_each_run_up_to_the_millisecond(book: Catalog) -> None:
    short, whole = (
        priced(
            book, service="aws/lambda", memory_mb=1024, requests=10**8, duration_ms=duration
        ).total
        for duration in ("10.2", "11")
    )
    assert short == whole


def test_lambda_gives_half_a_gigabyte_of_disk(book: Catalog) -> None:
    fields: dict[str, object] = {
        "service": "aws/lambda",
        "requests": 10**7,
        "duration_ms": 1000,
        "ephemeral_mb": 1536,
    }
    assert line(priced(book, **fields), "Disk").quantity == 10**7


def test_alarms_that_are_free_name_one_metric_directly(book: Catalog) -> None:
    plain = priced(book, service="aws/cloudwatch", standard_alarms=12)
    maths = priced(book, service="aws/cloudwatch", standard_alarms=12, metrics_per_alarm=2)
    assert line(plain, "Free").amount_usd_month == Decimal("-1.00")
    assert [one for one in maths.lines if one.kind is LineKind.ALLOWANCE] == []


def test_custom_metrics_fall_by_volume(book: Catalog) -> None:
    item = priced(book, service="aws/cloudwatch", custom_metrics=1200000)
    charges = [one for one in item.lines if one.kind is LineKind.CHARGE]
    assert [one.amount_usd_month for one in charges] == [
        Decimal("3000.00"),
        Decimal("24000.00"),
        Decimal("37500.00"),
        Decimal("4000.00"),
    ]


def test_storage_falls_by_volume(book: Catalog) -> None:
    item = priced(book, service="aws/s3", storage_gb=600000)
    assert list(amounts(item).values()) == [
        Decimal("1177.60"),
        Decimal("10137.60"),
        Decimal("1848.00"),
    ]


def test_hosted_zones_are_cheaper_from_the_26th(book: Catalog) -> None:
    assert priced(book, service="aws/route53", count=30).total.amount_usd_month == 13


def test_an_unknown_quantity_is_a_line_with_its_price_and_no_amount(book: Catalog) -> None:
    data = line(priced(book, service="aws/nat-gateway", gb_month="unknown"), "Data")
    assert (data.quantity, data.amount_usd_month) == (None, None)
    assert data.unit_price_usd == Decimal("0.045")


def test_none_of_something_unknown_is_nothing(book: Catalog) -> None:
    item = priced(book, service="aws/nat-gateway", count=0, gb_month=None)
    assert item.lines == ()


def test_every_line_says_where_its_price_comes_from(book: Catalog) -> None:
    item = priced(book, service="aws/ec2", size="t3.medium", disk_gb=10, public_ipv4=1)
    sources = [one.provenance.source for one in item.lines if one.provenance is not None]
    assert len(sources) == len(item.lines) == 3
    assert all(sources)


def test_every_service_is_registered_under_the_name_of_its_item() -> None:
    named = {
        name: service.item.model_fields["service"].default for name, service in SERVICES.items()
    }
    assert named == {name: name for name in SERVICES}
    assert len(named) == 25


def test_lines_carry_the_unit_of_the_rate_they_use(book: Catalog) -> None:
    """A price per million with a quantity in ones would be a million times too much."""
    usage = {"gb", "requests", "queries", "hours", "lines", "objects", "tags", "paths"}
    wrong = []
    for name, service in SERVICES.items():
        fields: dict[str, object] = {"service": name, "count": 3}
        for field in service.item.model_fields:
            if field.rsplit("_", 1)[-1] in usage and field not in ("hours_month",):
                fields[field] = 2000
        fields |= {"size": SIZES[name]} if name in SIZES else {}
        fields |= REQUIRED.get(name, {})
        for one in price_item(parse_item(fields), book).lines:
            rate_unit = _unit_of(book, one)
            if rate_unit and rate_unit != one.unit:
                wrong.append((name, one.name, one.unit, rate_unit))
    assert wrong == []


SIZES = {
    "aws/ec2": "t3.medium",
    "aws/rds-postgresql": "db.t3.large",
    "aws/elasticache": "cache.t3.micro",
    "aws/documentdb": "db.t3.medium",
}
REQUIRED: dict[str, dict[str, object]] = {
    "aws/fargate": {"vcpu": 1, "memory_gb": 2},
    "aws/aurora-serverless-v2": {"acu": 2},
    "tariff": {"offering": "vercel/pro"},
}


def _unit_of(book: Catalog, one: CostLine) -> str:
    """Return the unit of the only AWS row with the line's price and source, if one is."""
    if one.provenance is None or one.kind is not LineKind.CHARGE:
        return ""
    units = {
        rate.unit
        for rate in book.rates("aws")
        if rate.provenance is one.provenance and rate.price_usd == one.unit_price_usd
    }
    return units.pop() if len(units) == 1 else ""
