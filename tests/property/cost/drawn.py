"""Random strategies whose components run on anything the catalogue prices, with settings."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.strategies import Document, documents
from tests.written import packaged

from outgrow.analysis.pricing.services import SERVICES
from outgrow.strategy.dump import write_yaml
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.what_if import WhatIf

OFFERINGS = (
    "aws/ec2/t3.small",
    "aws/fargate",
    "aws/lambda",
    "aws/alb",
    "aws/nlb",
    "aws/nat-gateway",
    "aws/public-ipv4",
    "aws/vpc-endpoint",
    "aws/data-transfer",
    "aws/ebs",
    "aws/s3",
    "aws/cloudfront",
    "aws/cloudwatch",
    "aws/rds-postgresql/db.t3.small",
    "aws/aurora-serverless-v2",
    "aws/documentdb/db.t3.medium",
    "aws/elasticache-redis/cache.t4g.micro",
    "aws/ecr",
    "aws/eks",
    "aws/sqs",
    "aws/route53",
    "aws/secrets-manager",
    "vercel/pro",
    "railway/pro",
    "supabase/free",
    "mongodb-atlas/flex",
    "cloudflare/workers-paid",
    "digitalocean/droplet/s-2vcpu-2gb",
    "daytona/tier-1",
    "upstash/redis/payg",
    "self-hosted/docker",
    "acme/unheard-of",
)
slow = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_amounts = st.integers(0, 2000) | st.decimals(Decimal(0), Decimal("1e13"), places=2)
_settings = st.fixed_dictionaries(
    {},
    optional={
        "vcpu": st.sampled_from([Decimal("0.25"), 1, 4]),
        "memory_gb": st.sampled_from([Decimal("0.5"), 2, 8]),
        "tasks": st.integers(0, 20),
        "nodes": st.integers(0, 4),
        "instances": st.integers(0, 4),
        "acu": _amounts,
        "multi_az": st.booleans(),
        "replicas": st.integers(0, 3),
        "storage_gb": _amounts,
        "disk_gb": _amounts,
        "public_ipv4": st.integers(0, 3),
        "disk_type": st.sampled_from(["gp3", "io1", "floppy"]),
    },
)
_meters = st.dictionaries(
    st.sampled_from(["lcu", "gb_month", "requests", "internet_out_gb", "log_ingest_gb"]),
    _amounts,
    max_size=2,
)


@st.composite
def strategies(draw: st.DrawFn) -> Strategy:
    """Draw a strategy; wrong settings and unknown offerings are accepted by the language."""
    document = draw(documents(OFFERINGS))
    components = list(document["components"])
    for assignment in _assignments(document):
        if "offering" in assignment:
            assignment["settings"] = draw(_settings)
            assignment["usage"] = assignment.get("usage", {}) | draw(_meters)
            if draw(st.integers(0, 3)):
                _keep_what_is_priced(assignment)
    for phase in document["phases"].values():
        _host(draw, phase.get("use", {}))
    replicas = st.fixed_dictionaries(
        {"component": st.sampled_from(components), "count": st.integers(0, 3)}
    )
    document["data_growth"] = {"replicas": draw(st.lists(replicas, max_size=2))}
    return parse_strategy(write_yaml(document)).strategy


def _keep_what_is_priced(assignment: dict[str, Any]) -> None:
    """Drop what the offering's service has no field for, or it would only ever be unknown."""
    offering = packaged().offering(assignment["offering"])
    if offering is None or offering.service == "tariff":
        return
    fields = SERVICES[offering.service].item.model_fields
    for part in ("settings", "usage"):
        assignment[part] = {k: v for k, v in assignment[part].items() if k in fields}


def _assignments(document: Document) -> list[dict[str, Any]]:
    parts = (*document["phases"].values(), *document["addons"].values())
    parts += (*document.get("environments", {}).values(),)
    return [one for part in parts for one in part.get("use", {}).values()]


def _host(draw: st.DrawFn, use: dict[str, Any]) -> None:
    """Let some components run on the one before them."""
    names = list(use)
    for host, guest in pairwise(names):
        if draw(st.booleans()) and not use[guest].get("leave_out"):
            use[guest] |= {"runs_on": host}
            if draw(st.booleans()):
                use[guest].pop("offering", None)


@st.composite
def what_ifs(draw: st.DrawFn, strategy: Strategy) -> WhatIf:
    """Draw a question that the command line could ask."""
    names = list(strategy.demand)
    values = st.decimals(Decimal(0), Decimal("1e15"), places=2)
    demand = draw(st.dictionaries(st.sampled_from(names), values, max_size=2)) if names else {}
    return WhatIf(
        demand=demand,
        hours_month=draw(st.none() | st.decimals(Decimal(0), Decimal(730), places=1)),
        reserve_years=draw(st.sampled_from([None, 1, 3])),
        spot_share=draw(st.none() | st.decimals(Decimal(0), Decimal(1), places=2)),
    )
