"""What the five founding documents really cost: catalogue seed_costs.csv, recomputed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.cost_line import PricedItem, Total
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_items
from outgrow.catalog.load import Catalog

Fields = dict[str, object]


def ec2(size: str, **more: object) -> Fields:
    return {"service": "aws/ec2", "size": size, **more}


def gp3(gb: int) -> Fields:
    return {"service": "aws/ebs", "disk_gb": gb}


def rds(size: str, **more: object) -> Fields:
    return {"service": "aws/rds-postgresql", "size": size, **more}


def cache(size: str, nodes: int = 1) -> Fields:
    return {"service": "aws/elasticache", "size": size, "nodes": nodes}


def fargate(tasks: int, vcpu: str, memory_gb: str) -> Fields:
    return {"service": "aws/fargate", "vcpu": vcpu, "memory_gb": memory_gb, "tasks": tasks}


def plan(offering: str, **more: object) -> Fields:
    return {"service": "tariff", "offering": offering, **more}


ALB: Fields = {"service": "aws/alb"}
NAT: Fields = {"service": "aws/nat-gateway"}
INITIAL: list[Fields] = [
    ec2("t3.medium", count=2),
    gp3(100),
    rds("db.t3.small", storage_gb=100),
    cache("cache.t4g.small"),
    ALB,
]
SCALED: list[Fields] = [
    ec2("t3.medium", count=4),
    rds("db.t3.large", multi_az=True, storage_gb=500),
    ALB,
    gp3(200),
]
CLOUDFRONT_1_TB: Fields = {"service": "aws/cloudfront", "internet_out_gb": 1024}
S3_HALF_A_TB: Fields = {"service": "aws/s3", "storage_gb": 512}

CLAIMS: list[tuple[str, list[Fields], str]] = [
    ("000 t3.medium always on", [ec2("t3.medium")], "30.37"),
    (
        "000 with its disk and address",
        [ec2("t3.medium", disk_gb=50, public_ipv4=1)],
        "38.02",
    ),
    ("000 t3.medium 264 h", [ec2("t3.medium", hours_month=264)], "10.98"),
    ("000 168 h with its disk", [ec2("t3.medium", hours_month=168, disk_gb=50)], "10.99"),
    (
        "000 81 h with disk and address",
        [ec2("t3.medium", hours_month=81, disk_gb=50, public_ipv4=1)],
        "11.02",
    ),
    ("000 t3.2xlarge", [ec2("t3.2xlarge")], "242.94"),
    ("000 two t3.xlarge", [ec2("t3.xlarge", count=2)], "242.94"),
    ("000 three t3.xlarge", [ec2("t3.xlarge", count=3)], "364.42"),
    ("000 five t3.xlarge", [ec2("t3.xlarge", count=5)], "607.36"),
    ("000 load balancer", [ALB], "16.43"),
    ("000 several machines behind it", [ec2("t3.xlarge", count=2), ALB], "259.37"),
    (
        "000 Daytona for $75",
        [plan("daytona/tier-2", usage={"vcpu_hours": 1126, "memory_gib_hours": 1126})],
        "74.99",
    ),
    ("001 staging on DigitalOcean", [plan("digitalocean/droplet/s-2vcpu-2gb")], "18.00"),
    ("001 staging on AWS", [ec2("t3.small", disk_gb=50)], "19.18"),
    ("001 staging on AWS, address", [ec2("t3.small", disk_gb=50, public_ipv4=1)], "22.83"),
    ("001 production initial", INITIAL, "146.31"),
    ("001 production initial with a NAT", [*INITIAL, NAT], "179.16"),
    ("001 production scaled", [*SCALED, cache("cache.r6g.large", 2)], "781.36"),
    ("001 production scaled, one node", [*SCALED, cache("cache.r6g.large")], "630.98"),
    ("002 Vercel Pro", [plan("vercel/pro")], "20.00"),
    ("002 Railway Pro, little used", [plan("railway/pro")], "20.00"),
    (
        "002 Railway Pro, one busy vCPU and GB",
        [plan("railway/pro", usage={"vcpu_months": 1, "memory_gb_months": 1})],
        "30.00",
    ),
    ("002 MongoDB M10", [plan("mongodb-atlas/m10")], "58.40"),
    (
        "002 AWS, smallest",
        [
            fargate(2, "0.5", "1"),
            ALB,
            {"service": "aws/documentdb", "size": "db.t3.medium"},
            cache("cache.t4g.micro"),
        ],
        "121.09",
    ),
    ("002 NAT", [NAT], "32.85"),
    ("003 Supabase Pro", [plan("supabase/pro")], "25.00"),
    ("003 Redis on t4g.micro", [cache("cache.t4g.micro")], "11.68"),
    (
        "003 Valkey on t4g.micro",
        [{"service": "aws/elasticache", "size": "cache.t4g.micro", "engine": "valkey"}],
        "9.34",
    ),
    (
        "004 RDS Multi-AZ",
        [rds("db.r6g.large", multi_az=True, storage_gb=100)],
        "351.50",
    ),
    (
        "004 RDS with the two replicas asked for",
        [rds("db.r6g.large", multi_az=True, storage_gb=100, replicas=2)],
        "703.00",
    ),
    ("004 ECS, 2 tasks", [fargate(2, "2", "4")], "144.16"),
    ("004 ECS, 10 tasks", [fargate(10, "2", "4")], "720.80"),
    (
        "004 ECS production",
        [fargate(10, "2", "4"), ALB, {**NAT, "count": 2}],
        "802.93",
    ),
    ("004 ECS staging", [fargate(1, "2", "4"), ALB, NAT], "121.36"),
    ("004 ElastiCache, one r6g.large", [cache("cache.r6g.large")], "150.38"),
    ("004 ElastiCache, two m6g.large", [cache("cache.m6g.large", 2)], "217.54"),
    ("004 ElastiCache, two r6g.large", [cache("cache.r6g.large", 2)], "300.76"),
    ("004 S3 and CloudFront", [CLOUDFRONT_1_TB, S3_HALF_A_TB], "98.82"),
    ("004 Sentry Team", [plan("sentry/team")], "26.00"),
    ("004 Prometheus on t3.small", [ec2("t3.small")], "15.18"),
    ("004 Grafana on t3.micro", [ec2("t3.micro")], "7.59"),
]


def total(priced: tuple[PricedItem, ...]) -> Total:
    return sum((item.total for item in priced), Total(Decimal(0), False))


@pytest.mark.parametrize(
    ("items", "usd"), [claim[1:] for claim in CLAIMS], ids=[claim[0] for claim in CLAIMS]
)
def test_a_claim_of_the_documents_costs_what_the_catalogue_says(
    items: list[Fields], usd: str, book: Catalog
) -> None:
    priced = price_items([parse_item(fields) for fields in items], book)
    assert total(priced).amount_usd_month == Decimal(usd)


@pytest.mark.parametrize(
    ("on_demand", "saved_percent"),
    [
        (ec2("t3.medium"), "37.3"),
        (rds("db.t3.large"), "29.6"),
        (cache("cache.t4g.small"), "31.2"),
        (cache("cache.t3.micro"), "29.4"),
    ],
    ids=["EC2", "RDS", "ElastiCache t4g", "ElastiCache t3"],
)
def test_a_year_reserved_saves_what_document_001_says(
    on_demand: Fields, saved_percent: str, book: Catalog
) -> None:
    full, reserved = (
        total(price_items([parse_item(fields)], book)).amount_usd_month
        for fields in (on_demand, {**on_demand, "reserved": "1y"})
    )
    assert round((1 - reserved / full) * 100, 1) == Decimal(saved_percent)


def test_sending_two_terabytes_from_aws_dwarfs_the_staging_machine(book: Catalog) -> None:
    """Document 001 compares with a server that includes 2 TB; AWS bills 175 for it."""
    item = parse_item({"service": "aws/data-transfer", "internet_out_gb": 2048})
    (priced,) = price_items([item], book)
    assert sum(line.amount_usd_month or 0 for line in priced.lines) == Decimal("175.32")
    assert priced.total == Total(Decimal("184.32"), at_least=False)
