"""Looking things up: regions, overlays, names, and reading no more than was asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from outgrow.catalog import packaged
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.rates import Grade, Provenance, Rate

BY_HAND = Provenance("our contract", "2026-10-01", Grade.USER)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def price_of(rate: Rate | None) -> Decimal | None:
    assert rate is not None
    return rate.price_usd


def our_rate(sku: str, price: str, region: str = "us-east-1", product: str = "ec2") -> Rate:
    return Rate(
        "aws", product, sku, region, "hour", Decimal(price), None, None, None, "", "", BY_HAND
    )


def test_a_price_is_found_in_its_region(catalog: Catalog) -> None:
    assert price_of(catalog.rate("aws", "ec2", "t3.medium", "us-east-1")) == Decimal("0.0416")
    assert price_of(catalog.rate("aws", "ec2", "t3.medium", "eu-west-1")) == Decimal("0.0456")


def test_a_price_known_elsewhere_stays_unknown_here(catalog: Catalog) -> None:
    assert catalog.rate("aws", "rds_postgresql", "db.t4g.micro", "us-east-1") is not None
    assert catalog.rate("aws", "rds_postgresql", "db.t4g.micro", "eu-west-1") is None


def test_a_worldwide_price_counts_in_every_region(catalog: Catalog) -> None:
    assert price_of(catalog.rate("upstash", "redis", "fixed:1GB", "eu-west-1")) == 20


def test_the_price_is_found_among_the_limits_of_the_same_plan(catalog: Catalog) -> None:
    assert price_of(catalog.rate("vercel", "plan", "hobby", "global")) == 0


def test_a_row_for_two_plans_is_found_under_both(catalog: Catalog) -> None:
    found = {
        plan: catalog.limit_rate("supabase", "plan", plan, "egress_gb", "global")
        for plan in ("pro", "team")
    }
    assert found["pro"] is found["team"] is not None
    assert price_of(catalog.rate("neon", "scale", "storage", "global")) == Decimal("0.35")


def test_a_price_read_wins_over_a_computed_one_and_computed_ones_say_so(catalog: Catalog) -> None:
    derived = catalog.rate("aws", "ec2", "c6i.large", "us-west-2")
    read = catalog.rate("aws", "ec2", "c6i.large", "us-east-1")
    assert derived is not None
    assert derived.provenance.grade is Grade.DERIVED
    assert read is not None
    assert read.provenance.grade is Grade.A


def test_a_size_is_described_by_another_region_when_its_own_has_no_row(catalog: Catalog) -> None:
    offering = catalog.offering("aws/rds-postgresql/db.t4g.medium", "eu-west-1")
    assert offering is not None
    assert (offering.vcpu, offering.memory_gib) == (2, 4)


def test_a_tariff_price_of_another_region_is_unknown(catalog: Catalog) -> None:
    prices = {
        region: catalog.offering("digitalocean/droplet/g-2vcpu-8gb", region)
        for region in ("nyc1", "ams3")
    }
    told = {
        region: offering.tariff.charges[0].tiers[0].unit_price_usd
        for region, offering in prices.items()
        if offering is not None and offering.tariff is not None
    }
    assert told == {"nyc1": Decimal("0.09375"), "ams3": None}


def test_an_unknown_id_is_none_and_misspelt_names_get_the_nearest(catalog: Catalog) -> None:
    assert catalog.offering("vercel/prp") is None
    assert catalog.offering("nobody/anything") is None
    assert catalog.suggest("vercel/prp")[0] == "vercel/pro"
    assert catalog.suggest("aws/ec2/t3.meduim")[0] == "aws/ec2/t3.medium"
    assert catalog.suggest("zzzz") == ()


def test_a_variant_of_a_size_is_no_offering(catalog: Catalog) -> None:
    assert catalog.offering("aws/rds-postgresql/db.r6g.xlarge") is not None
    assert catalog.offering("aws/rds-postgresql/db.r6g.xlarge:multi-az") is None
    assert not [one for one in catalog.offering_ids() if ":" in one or "all-sizes" in one]


def test_search_wants_every_word(catalog: Catalog) -> None:
    found = {offering.id for offering in catalog.search("Supabase free")}
    assert found == {"supabase/free"}
    assert catalog.search("supabase nonsense") == ()


def test_ids_are_sorted_and_each_has_an_offering(catalog: Catalog) -> None:
    ids = catalog.offering_ids()
    assert list(ids) == sorted(set(ids))
    assert tuple(offering.id for offering in catalog.offerings()) == ids


def test_only_the_provider_asked_for_is_read() -> None:
    read: list[str] = []

    def rates(provider: str) -> tuple[Rate, ...]:
        read.append(provider)
        return packaged.packaged_rates(provider)

    catalog = Catalog(rates, packaged.packaged_offerings, packaged.packaged_providers)
    assert read == []
    assert catalog.offering("fly/kubernetes") is not None
    assert catalog.rate("fly_io", "ip", "dedicated-ipv4", "global") is not None
    assert read == ["fly_io"]


def test_a_price_of_the_overlay_wins_and_keeps_its_own_source(catalog: Catalog) -> None:
    above = catalog.with_overlay(rates=[our_rate("t3.medium", "0.03")])
    found = above.rate("aws", "ec2", "t3.medium", "us-east-1")
    assert price_of(found) == Decimal("0.03")
    assert found is not None
    assert found.provenance == BY_HAND
    assert price_of(above.rate("aws", "ec2", "t3.medium", "eu-west-1")) == Decimal("0.0456")
    assert price_of(catalog.rate("aws", "ec2", "t3.medium", "us-east-1")) == Decimal("0.0416")


def test_the_overlay_replaces_a_row_instead_of_adding_a_second(catalog: Catalog) -> None:
    above = catalog.with_overlay(rates=[our_rate("t3.medium", "0.03")])
    rows = [
        row.price_usd
        for row in above.rates("aws", "ec2")
        if (row.sku, row.region) == ("t3.medium", "us-east-1")
    ]
    assert rows == [Decimal("0.03")]
    assert len(above.rates("aws")) == len(catalog.rates("aws"))


def test_the_overlay_can_price_what_nobody_knew(catalog: Catalog) -> None:
    above = catalog.with_overlay(rates=[our_rate("db.t4g.micro", "0.02", product="rds_postgresql")])
    moved = our_rate("db.t4g.micro", "0.02", "eu-west-1", "rds_postgresql")
    assert price_of(
        above.with_overlay(rates=[moved]).rate("aws", "rds_postgresql", "db.t4g.micro", "eu-west-1")
    ) == Decimal("0.02")


def test_a_limit_of_the_overlay_leaves_the_price_alone(catalog: Catalog) -> None:
    known = catalog.limit_rate("vercel", "plan", "hobby", "edge_requests_per_month", "global")
    assert known is not None
    raised = replace(known, limit_value="2000000", provenance=BY_HAND)
    above = catalog.with_overlay(rates=[raised])
    assert price_of(above.rate("vercel", "plan", "hobby", "global")) == 0
    offering = above.offering("vercel/hobby")
    assert offering is not None
    limit = offering.limit("edge_requests_month")
    assert limit is not None
    assert limit.value == 2_000_000


def test_an_offering_of_the_overlay_wins_and_a_new_one_joins_the_ids(catalog: Catalog) -> None:
    ours = Offering("vercel/pro", "Ours", "tariff", "", frozenset({"frontend"}), BY_HAND)
    more = replace(ours, id="ours/box")
    above = catalog.with_overlay(offerings=[ours, more])
    assert above.offering("vercel/pro") is ours
    assert above.offering("ours/box") is more
    assert "ours/box" in above.offering_ids()
    assert above.suggest("ours/bax") == ("ours/box",)
    untouched = catalog.offering("vercel/pro")
    assert untouched is not None
    assert untouched.name == "Vercel Pro"
