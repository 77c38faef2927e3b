"""Facts that must hold across the whole catalogue; each exception is named with its reason.

A row that breaks one of these is more likely misread than odd: check its source first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from outgrow.catalog import packaged
from outgrow.catalog.load import Catalog
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rate_index import states_a_price
from outgrow.catalog.rates import Grade, Rate
from outgrow.strategy.components import ComponentKind

DATA = Path(packaged.__file__).with_name("data")
FILES = {path.name: parse_rows(path.read_text("utf-8"), path.name) for path in DATA.glob("*.csv")}
ROWS = [row for rows in FILES.values() for row in rows]
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "catalogue.md"

UNITS = {
    # a price of being there
    "hour", "node-hour", "month", "org-month", "seat-month", "user-month", "host-month",
    "db-month", "branch-month", "monitor-month", "alarm-month", "alarm-metric-month",
    "metric-month", "730h-month", "once",
    # a price of computing
    "vCPU-hour", "vCPU-month", "vCPU-second", "CPU-hour", "CU-hour", "ACU-hour", "LCU-hour",
    "NLCU-hour", "minute", "1M CPU-ms",
    # a price of holding
    "GB-month", "GB-30d", "GB-hour", "GB-second", "GiB-hour", "GiB-second", "IOPS-month",
    "MBps-month",
    # a price of moving or asking
    "GB", "GiB", "1M", "1M requests", "1M queries", "1M events", "1M lines", "100K commands",
    "10k requests", "10k tags", "1k requests", "1k objects", "event", "path",
    # a price of people
    "MAU", "MRU", "1000 peak",
    # not a price: what a size can do, what a plan allows, how a price is computed
    "limit", "fact", "rule", "spec", "LCU", "NLCU", "ratio", "multiplier", "-",
}  # fmt: skip

REGIONS = {
    "global",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
    "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1",
    "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2",
    "nyc1",  # DigitalOcean
    "edge-us", "edge-europe", "edge-japan", "edge-india", "edge-australia",
    "edge-asia-pacific", "edge-south-america", "edge-south-africa",  # CloudFront
    "3 regions",  # the median of spot prices over three of them
}  # fmt: skip

FREE = {
    # what an account may use without paying
    "aws/cloudfront/free:internet-out@us-east-1",
    "aws/cloudfront/free:requests@us-east-1",
    "aws/cloudwatch/free:always@us-east-1",
    "aws/cloudwatch/free:custom-metrics@us-east-1",
    "aws/cloudwatch/free:dashboards@us-east-1",
    "aws/cloudwatch/free:logs@us-east-1",
    "aws/data_transfer/free:internet-out@us-east-1",
    "aws/lambda/free:duration@us-east-1",
    "aws/lambda/free:requests@us-east-1",
    "aws/sqs/free:requests@us-east-1",
    # free plans
    "clerk/plan/hobby@global",
    "cloudflare/plan/free@global",
    "cloudflare/workers/free@global",
    "grafana_cloud/plan/free@global",
    "mongodb_atlas/cluster/M0/Free@global",
    "neon/plan/free@global",
    "new_relic/plan/free@global",
    "posthog/plan/free@global",
    "railway/plan/free@global",
    "railway/plan/trial@global",
    "render/web_service/free@global",
    "sentry/plan/developer@global",
    "supabase/plan/free@global",
    "upstash/redis/free@global",
    "uptimerobot/plan/free@global",
    "vercel/plan/hobby@global",
    # what R2 is known for, and the machine of Supabase's free plan
    "cloudflare/r2/r2:egress@global",
    "supabase/compute/nano@global",
}

# These came without a grade; giving them one would be a guess.
UNGRADED = {
    ("aws/rds_postgresql/rule:multi-az-instance@us-east-1", "multi_az_instance_multiplier"),
    ("daytona/self_hosted/open-source@global", "maintained"),
    ("vercel/functions/hobby@global", "legacy_default_duration_s"),
    ("vercel/functions/hobby@global", "legacy_max_duration_s"),
}
# The median of the rows above it, whose dates it has.
UNDATED = {"aws/ec2_savings/spot:typical@3 regions"}

# Computed, read nowhere; beside all of aws_ec2_derived.csv.
DERIVED = {
    "aws/ec2_savings/spot:typical@3 regions",
    "aws/ec2_savings/t3.medium:ri:std-1yr-no-upfront:hour@us-east-1",
    "aws/ec2_savings/t3.medium:ri:cnvr-1yr-no-upfront:hour@us-east-1",
    "aws/ec2_savings/t3.medium:ri:std-3yr-no-upfront:hour@us-east-1",
    "aws/ec2_savings/t3.medium:ri:cnvr-3yr-no-upfront:hour@us-east-1",
    "aws/rds_postgresql/aurora-serverless-v2:io-optimized@us-east-1",
    "railway/plan/free@global",  # that it cannot run all month, not its price
}

# Known to exist at a price that nobody publishes.
UNKNOWN_PRICES = {"railway/plan/enterprise@global", "vercel/plan/enterprise@global"}

# A bare-metal machine is the largest size of its family by another name.
METAL = ".metal"
# The source prices these two, unlike the others, above the largest size of their family.
DEARER_METAL = {"m6g.metal", "r6g.metal"}
SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")
SIZED_PRODUCTS = ("ec2", "rds_postgresql", "elasticache_redis", "elasticache_valkey")
SIZED_UNITS = ("hour", "node-hour")


def size_rank(size: str) -> int:
    """Return the place of `2xlarge` among the sizes of a family."""
    many = re.fullmatch(r"(\d+)xlarge", size)
    return SIZES.index("xlarge") + int(many[1]) - 1 if many else SIZES.index(size)


def families() -> Iterator[list[Rate]]:
    """The rows of each family, variant and region, from the smallest size to the largest."""
    found: dict[tuple[str, ...], list[tuple[int, Rate]]] = {}
    for row in ROWS:
        name, _, variant = row.sku.partition(":")
        family, dot, size = name.rpartition(".")
        sized = row.product in SIZED_PRODUCTS and row.unit in SIZED_UNITS and dot
        if row.provider == "aws" and sized and not name.endswith(METAL):
            key = (row.product, family, variant, row.region)
            found.setdefault(key, []).append((size_rank(size), row))
    for ranked in found.values():
        yield [row for _, row in sorted(ranked, key=lambda one: one[0])]


FAMILIES = list(families())


def neighbours() -> Iterable[tuple[Rate, Rate]]:
    return (pair for family in FAMILIES for pair in pairwise(family))


def known(*figures: Decimal | None) -> list[Decimal]:
    return [figure for figure in figures if figure is not None]


def test_a_larger_size_has_no_less_of_anything_and_costs_more() -> None:
    assert sum(len(family) for family in FAMILIES) > 600
    for smaller, larger in neighbours():
        told = f"{smaller.id} and {larger.id}"
        for few, many in (
            (smaller.vcpu, larger.vcpu),
            (smaller.memory_gib, larger.memory_gib),
        ):
            assert known(few, many) == sorted(known(few, many)), told
        assert smaller.price_usd is not None, told
        assert larger.price_usd is not None, told
        assert smaller.price_usd < larger.price_usd, told


def test_bare_metal_costs_what_the_largest_size_costs(catalog: Catalog) -> None:
    dearer = set()
    for row in (row for row in ROWS if row.sku.endswith(METAL)):
        family = row.sku.removesuffix(METAL) + "."
        (largest,) = [one[-1] for one in FAMILIES if one[-1].sku.startswith(family)
                      and one[-1].region == row.region]  # fmt: skip
        assert (row.vcpu, row.memory_gib) == (largest.vcpu, largest.memory_gib), row.id
        assert row.price_usd is not None
        assert largest.price_usd is not None
        assert row.price_usd >= largest.price_usd, row.id
        if row.price_usd > largest.price_usd:
            dearer.add(row.sku)
    assert dearer == DEARER_METAL


def test_a_reserved_node_costs_less_than_one_on_demand(catalog: Catalog) -> None:
    reserved = [row for row in ROWS if row.sku.endswith(":ri-1yr-no-upfront")]
    assert len(reserved) == 120
    for row in reserved:
        size = row.sku.partition(":")[0]
        on_demand = catalog.rate("aws", row.product, size, row.region)
        assert on_demand is not None, row.id
        assert on_demand.price_usd is not None, row.id
        assert row.price_usd is not None, row.id
        assert row.price_usd < on_demand.price_usd, row.id


def test_multi_az_costs_at_least_as_much_as_single_az(catalog: Catalog) -> None:
    doubled = [row for row in ROWS if row.sku.endswith(":multi-az") and row.price_usd]
    assert len(doubled) == 4
    for row in doubled:
        single = catalog.rate("aws", row.product, row.sku.removesuffix(":multi-az"), row.region)
        assert single is not None, row.id
        assert single.price_usd is not None, row.id
        assert row.price_usd is not None
        assert row.price_usd >= single.price_usd, row.id


def test_multi_az_is_not_always_twice_single_az(catalog: Catalog) -> None:
    single = catalog.rate("aws", "rds_postgresql", "db.r6g.xlarge", "us-east-1")
    double = catalog.rate("aws", "rds_postgresql", "db.r6g.xlarge:multi-az", "us-east-1")
    assert single is not None
    assert double is not None
    assert (single.price_usd, double.price_usd) == (Decimal("0.45"), Decimal("0.899"))


def test_nothing_costs_zero_but_what_is_said_to_be_free() -> None:
    assert {row.id for row in ROWS if row.price_usd == 0} == FREE


def test_a_price_that_nobody_knows_is_empty_and_named() -> None:
    empty = {
        row.id
        for row in ROWS
        if states_a_price(row) and row.price_usd is None and not row.limit_name
    }
    assert empty == UNKNOWN_PRICES


def test_every_unit_is_one_of_the_known() -> None:
    assert {row.unit for row in ROWS} == UNITS


def test_every_region_is_one_of_the_known() -> None:
    assert {row.region for row in ROWS} == REGIONS


def test_every_row_says_where_it_was_read_and_when() -> None:
    assert not [row.id for row in ROWS if not row.provenance.source]
    assert {row.id for row in ROWS if not row.provenance.as_of} == UNDATED


def test_every_row_has_a_grade_but_those_that_came_without() -> None:
    found = {(row.id, row.limit_name) for row in ROWS if row.provenance.grade is Grade.UNGRADED}
    assert found == UNGRADED


def test_what_was_computed_is_marked_derived() -> None:
    computed = FILES["aws_ec2_derived.csv"]
    assert len(computed) == 36
    assert {row.provenance.grade for row in computed} == {Grade.DERIVED}
    elsewhere = {
        row.id
        for name, rows in FILES.items()
        for row in rows
        if row.provenance.grade is Grade.DERIVED and name != "aws_ec2_derived.csv"
    }
    assert elsewhere == DERIVED


def test_no_row_is_there_twice() -> None:
    counted = Counter((row.id, row.limit_name) for row in ROWS)
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_row_lies_in_a_file_where_its_provider_is_not_looked_for() -> None:
    found = [row for provider in {row.provider for row in ROWS}
             for row in packaged.packaged_rates(provider)]  # fmt: skip
    assert Counter(row.id for row in found) == Counter(row.id for row in ROWS)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_every_offering_can_be_built(catalog: Catalog, region: str) -> None:
    built = [catalog.offering(name, region) for name in catalog.offering_ids()]
    assert len(built) > 350
    assert None not in built


def test_every_offering_serves_known_kinds_of_component(catalog: Catalog) -> None:
    for offering in catalog.offerings():
        assert offering.serves, offering.id
        assert offering.serves <= set(ComponentKind), offering.id


def test_every_kind_that_a_small_team_needs_is_served_by_something(catalog: Catalog) -> None:
    served = {kind for offering in catalog.offerings() for kind in offering.serves}
    assert set(ComponentKind) - served <= {"email", "other"}


def test_no_charge_of_an_offering_is_without_a_source_unless_its_price_is_unknown(
    catalog: Catalog,
) -> None:
    for offering in catalog.offerings():
        for charge in offering.tariff.charges if offering.tariff else ():
            if charge.provenance.grade is Grade.UNGRADED:
                assert [tier.unit_price_usd for tier in charge.tiers] == [None], offering.id


def test_the_bands_of_every_charge_rise_and_the_last_is_open(catalog: Catalog) -> None:
    for offering in catalog.offerings():
        for charge in offering.tariff.charges if offering.tariff else ():
            told = f"{offering.id}: {charge.name}"
            *bounded, last = [tier.up_to for tier in charge.tiers]
            assert last is None, told
            assert None not in bounded, told
            bounds = [charge.included, *known(*bounded)]
            assert bounds == sorted(set(bounds)), told


def table(heading: str) -> dict[str, tuple[str, ...]]:
    """The rows of the table under `heading` of docs/catalogue.md, by the name in the first."""
    section = DOCUMENT.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    return {cells[0].strip("`"): tuple(cells[1:]) for cells in rows}


def test_every_limit_has_a_name_from_the_table_in_the_documents(catalog: Catalog) -> None:
    used = {limit.name for offering in catalog.offerings() for limit in offering.limits}
    assert used == set(table("Limits"))


def test_every_meter_has_a_name_and_its_units_from_the_table_in_the_documents(
    catalog: Catalog,
) -> None:
    used: dict[str, set[str]] = {}
    for offering in catalog.offerings():
        for charge in offering.tariff.charges if offering.tariff else ():
            if charge.meter:
                used.setdefault(charge.meter, set()).update({charge.unit} - {""})
    told = {name: set(cells[0].split(", ")) - {"-"} for name, cells in table("Meters").items()}
    assert told == used
