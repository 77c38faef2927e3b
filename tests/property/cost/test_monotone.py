"""More of anything never costs less, and what is unknown never takes anything off."""

from __future__ import annotations

from functools import cache
from types import NoneType
from typing import Any, get_args

import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.property.cost.drawn import OFFERINGS
from tests.written import bills, packaged

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.analysis.pricing.services import SERVICES

# What a service cannot be priced without.
_REQUIRED = {
    "aws/fargate": {"vcpu": 0.5, "memory_gb": 1},
    "aws/aurora-serverless-v2": {"acu": 2},
}
_HOURLY = [
    "aws/ec2/t3.small",
    "aws/fargate",
    "aws/rds-postgresql/db.t3.small",
    "aws/elasticache-redis/cache.t4g.micro",
    "aws/aurora-serverless-v2",
    "aws/documentdb/db.t3.medium",
    "aws/alb",
    "aws/nat-gateway",
    "daytona/tier-1",
]
_FREES = {("aws/documentdb/db.t3.medium", "storage_gb")}
amounts = st.integers(0, 10_000)


@cache
def meters(offering_id: str) -> list[str]:
    """Return the names of what the offering bills by use."""
    offering = packaged().offering(offering_id)
    if offering is None:
        return []
    if offering.tariff is not None:
        return sorted({charge.meter for charge in offering.tariff.charges if charge.meter})
    fields = SERVICES[offering.service].item.model_fields
    return [name for name, field in fields.items() if NoneType in get_args(field.annotation)]


def costs(offering: str, more: dict[str, Any] | None = None, **assignment: Any) -> PhaseCosts:
    settings = _REQUIRED.get(offering, {})
    use: dict[str, Any] = {"it": {"offering": offering, "settings": settings, **assignment}}
    components = {name: {"kind": "service"} for name in ("it", *(more or {}))}
    document = {
        "demand": {"unmeasured": {}},
        "components": components,
        "phases": {"one": {"use": use | (more or {})}},
    }
    return bills(yaml.safe_dump(document, allow_unicode=True))


@st.composite
def metered(draw: st.DrawFn, offering: str) -> dict[str, Any]:
    """Draw quantities of what the offering bills by use."""
    names = [name for name in meters(offering) if name != "gb_month"]
    return draw(st.dictionaries(st.sampled_from(names), amounts, max_size=3)) if names else {}


offerings = st.sampled_from(OFFERINGS)


@given(offering=offerings, data=st.data())
def test_more_instances_never_cost_less(offering: str, data: st.DataObject) -> None:
    low, likely, high = sorted(data.draw(st.tuples(*[st.integers(0, 30)] * 3)))
    counts = {"minimum": low, "expected": likely, "maximum": high}
    found = costs(offering, instances=counts, usage=data.draw(metered(offering)))
    totals = [one.total.amount_usd_month for one in (found.low, found.expected, found.high)]
    assert totals == sorted(totals)


@given(offering=offerings, data=st.data())
def test_a_peak_never_costs_less_than_none(offering: str, data: st.DataObject) -> None:
    peak = {"count": data.draw(st.integers(0, 9)), "hours_month": data.draw(st.integers(0, 730))}
    usage = data.draw(metered(offering))
    without = costs(offering, usage=usage).expected.total
    with_peak = costs(offering, usage=usage, peak=peak).expected.total
    assert with_peak.amount_usd_month >= without.amount_usd_month
    assert with_peak.at_least >= without.at_least


@given(offering=st.sampled_from(_HOURLY), data=st.data())
def test_longer_hours_never_cost_less(offering: str, data: st.DataObject) -> None:
    usage = data.draw(metered(offering))
    totals = [
        costs(offering, usage=usage, schedule={"hours_month": hours}).expected.total
        for hours in sorted(data.draw(st.tuples(*[st.integers(0, 744)] * 2)))
    ]
    assert totals[0].amount_usd_month <= totals[1].amount_usd_month


@given(offering=offerings, data=st.data())
def test_an_unknown_quantity_never_lowers_a_total(offering: str, data: st.DataObject) -> None:
    """But for DocumentDB's storage, which makes backups free: how many is then unknown too."""
    names = [name for name in meters(offering) if (offering, name) not in _FREES]
    if not names:
        return
    usage = data.draw(metered(offering))
    name = data.draw(st.sampled_from(names))
    known = costs(offering, usage=usage | {name: 0}).expected.total
    unknown = costs(offering, usage=usage | {name: "unmeasured"}).expected.total
    assert unknown.amount_usd_month >= known.amount_usd_month
    assert unknown.at_least >= known.at_least


@given(offering=offerings, data=st.data())
def test_one_more_unknown_component_leaves_the_rest_of_the_bill(
    offering: str, data: st.DataObject
) -> None:
    usage = data.draw(metered(offering))
    alone = costs(offering, usage=usage).expected.total
    beside = costs(offering, {"other": {"price": {"unknown": True}}}, usage=usage).expected.total
    assert beside.amount_usd_month == alone.amount_usd_month
    assert beside.at_least


def test_the_meters_drawn_are_those_that_are_billed() -> None:
    assert "log_ingest_gb" in meters("aws/cloudwatch")
    assert "vcpu_hours" in meters("daytona/tier-1")
