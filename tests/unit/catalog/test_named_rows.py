"""What the catalogue has few of, each by name: zeros, unknown prices, computed rows, regions.

What must hold of every row is in test_catalogue_invariants.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from outgrow.catalog import packaged
from outgrow.catalog.load import Catalog
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rate_index import states_a_price
from outgrow.catalog.rates import Grade, Rate

DATA = Path(packaged.__file__).with_name("data")
FILES = {path.name: parse_rows(path.read_text("utf-8"), path.name) for path in DATA.glob("*.csv")}
ROWS = [row for rows in FILES.values() for row in rows]

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
    "aws/kms/free:requests@us-east-1",
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


def test_every_region_is_one_of_the_known() -> None:
    assert {row.region for row in ROWS} == REGIONS


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


def test_no_charge_of_an_offering_is_without_a_source_unless_its_price_is_unknown(
    catalog: Catalog,
) -> None:
    for offering in catalog.offerings():
        for charge in offering.tariff.charges if offering.tariff else ():
            if charge.provenance.grade is Grade.UNGRADED:
                assert [tier.unit_price_usd for tier in charge.tiers] == [None], offering.id
