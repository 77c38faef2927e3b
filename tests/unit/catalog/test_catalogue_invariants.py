"""What must hold of every row and every offering; the exceptions are named, with reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from outgrow.catalog import packaged
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.catalog.offering import Offering
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rate_index import states_a_price
from outgrow.catalog.rates import Grade, Rate
from outgrow.catalog.tariff import Per
from outgrow.strategy.components import ComponentKind

DATA = Path(packaged.__file__).with_name("data")
SIZES = (
    *("nano", "micro", "small", "medium", "large", "xlarge"),
    *(f"{times}xlarge" for times in (2, 4, 8, 12, 16, 24, 32)),
)

# A median of the spot rows beside it: computed in no moment that could be dated.
UNDATED = {"aws/ec2_savings/spot:typical@3 regions"}

# The rows that say something is free, other than a plan called free.
FREE_WITHOUT_THE_NAME = {
    "vercel/plan/hobby@global",  # "three sources agree": $0
    "clerk/plan/hobby@global",
    "sentry/plan/developer@global",
    "railway/plan/trial@global",  # 30 days
    "supabase/compute/nano@global",  # comes with the free plan
    "cloudflare/r2/r2:egress@global",  # R2 never bills egress
}

# Rows whose notes carry no grade: two explain a claim of 2024, one a rule, one a README.
UNGRADED = {
    "aws/rds_postgresql/rule:multi-az-instance@us-east-1",
    "vercel/functions/hobby@global",
    "daytona/self_hosted/open-source@global",
}

# Offerings about which nothing was found, or that cost nothing of their own.
WITHOUT_A_SOURCE = {
    "digitalocean/managed-caching",
    "logtail/free",
    "mongodb-atlas/m20",
    "supabase/enterprise",
}


@pytest.fixture(scope="module")
def rows() -> tuple[Rate, ...]:
    files = sorted(DATA.glob("*.csv"))
    return tuple(row for file in files for row in parse_rows(file.read_text("utf-8"), file.name))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def offerings(catalog: Catalog) -> tuple[Offering, ...]:
    return catalog.offerings()


def prices(rows: Iterable[Rate]) -> dict[str, Decimal]:
    return {row.id: row.price_usd for row in rows if row.price_usd is not None}


def families(rows: Iterable[Rate]) -> list[list[Rate]]:
    """Return the on-demand machines of each family and region, smallest first."""
    found: dict[tuple[str, str, str], list[Rate]] = defaultdict(list)
    for row in rows:
        family, _, size = row.sku.rpartition(".")
        if row.provider == "aws" and family and size in SIZES and states_a_price(row):
            found[row.product, family, row.region].append(row)
    for members in found.values():
        members.sort(key=lambda row: SIZES.index(row.sku.rpartition(".")[2]))
    return list(found.values())


def test_every_row_is_read_for_its_provider(rows: tuple[Rate, ...]) -> None:
    providers = {row.provider for row in rows}
    assert sum(len(packaged.packaged_rates(name)) for name in providers) == len(rows) > 1000


def test_every_provider_with_rows_has_offerings(rows: tuple[Rate, ...], catalog: Catalog) -> None:
    described = {offering_id.split("/")[0] for offering_id in catalog.offering_ids()}
    spelt = {row.provider.replace("_", "-") for row in rows} - {"fly-io"} | {"fly"}
    assert spelt <= described
    assert described == set(packaged.packaged_providers())


def test_no_two_rows_price_or_limit_the_same_thing(rows: tuple[Rate, ...]) -> None:
    seen: dict[tuple[str, str, bool], int] = defaultdict(int)
    for row in rows:
        seen[row.id, row.limit_name, states_a_price(row)] += 1
    assert [key for key, count in seen.items() if count > 1] == []
    priced = [row.id for row in rows if states_a_price(row) and row.price_usd is not None]
    assert len(priced) == len(set(priced))


def test_every_row_has_a_source_and_a_date(rows: tuple[Rate, ...]) -> None:
    assert [row.id for row in rows if not row.provenance.source] == []
    assert {row.id for row in rows if not row.provenance.as_of} == UNDATED


def test_every_row_is_graded_or_known_to_be_ungraded(rows: tuple[Rate, ...]) -> None:
    ungraded = {row.id for row in rows if row.provenance.grade is Grade.UNGRADED}
    assert ungraded == UNGRADED


def test_what_was_computed_says_so(rows: tuple[Rate, ...]) -> None:
    computed = [row for row in rows if row.provenance.source.startswith("computed")]
    assert {row.provenance.grade for row in computed} == {Grade.DERIVED}
    assert sum(row.product == "ec2" for row in computed) == 36


def test_no_grade_is_left_in_the_notes(rows: tuple[Rate, ...]) -> None:
    assert [row.id for row in rows if "conf=" in row.provenance.notes] == []


def test_nothing_costs_zero_unless_its_row_says_it_is_free(rows: tuple[Rate, ...]) -> None:
    free = {row.id for row in rows if row.price_usd == 0}
    said = {one for one in free if "free" in one.lower()}
    assert free - said == FREE_WITHOUT_THE_NAME


def test_machines_grow_and_cost_more_with_each_size(rows: tuple[Rate, ...]) -> None:
    grouped = families(rows)
    assert len(grouped) > 70
    for members in grouped:
        for smaller, larger in pairwise(members):
            assert smaller.price_usd is not None
            assert larger.price_usd is not None
            assert smaller.price_usd < larger.price_usd, larger.id
            if smaller.memory_gib is not None and larger.memory_gib is not None:
                assert smaller.memory_gib < larger.memory_gib, larger.id
            if smaller.vcpu is not None and larger.vcpu is not None:
                assert smaller.vcpu <= larger.vcpu, larger.id


@pytest.mark.parametrize(
    ("provider", "product"),
    [
        ("supabase", "compute"),
        ("digitalocean", "droplet_basic"),
        ("digitalocean", "droplet_premium"),
        ("digitalocean", "droplet_general_purpose"),
        ("fly_io", "managed_postgres"),
        ("render", "workflow_task"),
    ],
)
def test_more_memory_costs_more(rows: tuple[Rate, ...], provider: str, product: str) -> None:
    members = [
        (row.memory_gib, row.vcpu or 0, row.price_usd)
        for row in rows
        if (row.provider, row.product) == (provider, product)
        and row.price_usd is not None
        and row.memory_gib is not None
    ]
    assert len(members) > 2
    for smaller, larger in pairwise(sorted(members)):
        assert smaller[2] < larger[2]


def test_multi_az_is_never_cheaper_than_single_az(rows: tuple[Rate, ...]) -> None:
    known = prices(rows)
    pairs = {one: one.replace(":multi-az", "") for one in known if ":multi-az" in one}
    assert len(pairs) >= 3
    for both, single in pairs.items():
        assert single in known
        assert known[both] >= known[single], both


def test_valkey_is_never_dearer_than_redis(rows: tuple[Rate, ...]) -> None:
    known = prices(rows)
    pairs = [
        (known[one], known[one.replace("_valkey", "_redis")])
        for one in known
        if "elasticache_valkey/cache." in one
    ]
    assert len(pairs) == 120
    assert all(valkey <= redis for valkey, redis in pairs)


def test_every_reference_resolves_in_every_region(catalog: Catalog) -> None:
    for region in ("us-east-1", "eu-west-1", "nyc1"):
        assert len(catalog.offerings(region)) == len(catalog.offering_ids())


def test_every_offering_serves_a_kind_of_component(offerings: tuple[Offering, ...]) -> None:
    kinds = {kind.value for kind in ComponentKind}
    assert [one.id for one in offerings if not one.serves or one.serves - kinds] == []
    unserved = kinds - {kind for one in offerings for kind in one.serves}
    assert unserved == {
        "backup", "database", "email", "feature_flags", "gpu", "llm", "media", "mobile_app",
        "mysql", "notifications", "payments", "scheduler", "search", "vector_store", "vpn",
        "warehouse",
    }  # fmt: skip


def test_every_offering_says_where_it_was_read(offerings: tuple[Offering, ...]) -> None:
    without = {one.id for one in offerings if one.provenance.grade is Grade.UNGRADED}
    hosted = {one for one in without if one.startswith("self-hosted/")}
    assert without - hosted == WITHOUT_A_SOURCE | {"daytona/self-hosted"}


def test_an_offering_without_a_price_of_its_own_is_said_to_have_none(
    offerings: tuple[Offering, ...],
) -> None:
    empty = {one.id for one in offerings if one.tariff is not None and not one.tariff.charges} - {
        "daytona/self-hosted"
    }
    assert empty == {one.id for one in offerings if one.provider == "self-hosted"}


def test_prices_of_sizes_and_services_are_left_to_their_module(
    offerings: tuple[Offering, ...],
) -> None:
    assert {one.provider for one in offerings if one.tariff is None} == {"aws"}


def test_every_metered_charge_names_its_meter_and_no_other_does(
    offerings: tuple[Offering, ...],
) -> None:
    charges = [charge for one in offerings if one.tariff for charge in one.tariff.charges]
    assert [one.name for one in charges if bool(one.meter) != (one.per is Per.USE)] == []


def test_bands_rise_and_begin_above_what_is_included(offerings: tuple[Offering, ...]) -> None:
    for offering in offerings:
        for charge in offering.tariff.charges if offering.tariff else ():
            ends = [tier.up_to for tier in charge.tiers]
            assert ends[-1] is None, offering.id
            known = [charge.included, *(end for end in ends if end is not None)]
            assert known == sorted(set(known)), offering.id


def test_a_plan_that_does_not_exist_says_so_and_is_never_free(
    offerings: tuple[Offering, ...],
) -> None:
    gone = {one.id: one for one in offerings if not one.available}
    assert set(gone) == {"daytona/free", "daytona/pro"}
    for offering in gone.values():
        assert "daytona/tier-" in offering.notes
        assert offering.tariff is not None
        assert offering.tariff.charges[0].tiers[0].unit_price_usd is None
