"""What users write: accepted as text or numbers, refused with every reason at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outgrow.analysis.pricing.aws_ec2 import Ec2
from outgrow.analysis.pricing.field_synonyms import ALSO_CALLED
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES
from outgrow.errors import InvalidItem


def problems(**fields: object) -> dict[str, str]:
    with pytest.raises(InvalidItem) as caught:
        parse_item(fields)
    return {one.path_text: f"{one.code}: {one.reason}" for one in caught.value.diagnostics}


def test_numbers_may_be_written_as_text() -> None:
    item = parse_item({"service": "aws/ec2", "size": "t3.medium", "hours_month": "264.5"})
    assert isinstance(item, Ec2)
    assert item.hours_month == Decimal("264.5")


def test_an_empty_cell_is_the_default() -> None:
    item = parse_item({"service": "aws/ec2", "size": "t3.medium", "count": "", "reserved": ""})
    assert isinstance(item, Ec2)
    assert item.count == 1


@pytest.mark.parametrize("written", [None, "unknown"])
def test_a_usage_may_be_unknown(written: object) -> None:
    item = parse_item({"service": "aws/nat-gateway", "gb_month": written})
    assert item.model_dump()["gb_month"] is None


@pytest.mark.parametrize("written", [None, "unknown"])
def test_a_size_or_count_may_not_be_unknown(written: object) -> None:
    found = problems(service="aws/nat-gateway", count=written)
    assert list(found) == ["count"]


def test_every_wrong_field_is_named_at_once() -> None:
    found = problems(
        service="aws/ec2",
        sizes="t3.medium",
        count="NaN",
        hours_month=-1,
        disk_gb="fifty",
        reserved="2y",
        spot_share="1.5",
    )
    assert found == {
        "count": "wrong-value: 'NaN' cannot be used: input should be a finite number",
        "hours_month": "wrong-value: -1 is negative",
        "size": "missing-key: size is missing",
        "sizes": "unknown-key: 'sizes' is not a field of it",
        "disk_gb": "wrong-value: 'fifty' cannot be used: input should be a valid decimal",
        "reserved": "wrong-value: '2y' is not one of the choices",
        "spot_share": "wrong-value: 1.5 is more than 1",
    }


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "1e400000", True, [], {}, "1,5", "8 gb"])
def test_what_is_no_number_is_refused(value: object) -> None:
    assert list(problems(service="aws/ebs", disk_gb=value)) == ["disk_gb"]


def test_a_misspelt_field_suggests_the_nearest() -> None:
    with pytest.raises(InvalidItem) as caught:
        parse_item({"service": "aws/ec2", "size": "t3.medium", "dsk_gb": 1})
    assert caught.value.diagnostics[0].remedy == "Did you mean 'disk_gb'?"


@pytest.mark.parametrize(
    ("service", "written", "meant"),
    [
        ("aws/ec2", "instance_type", "size"),
        ("aws/ec2", "quantity", "count"),
        ("aws/ec2", "hours", "hours_month"),
        ("aws/ec2", "storage_gb", "disk_gb"),
        ("aws/ec2", "spot", "spot_share"),
        ("aws/rds-postgresql", "instance_class", "size"),
        ("aws/rds-postgresql", "allocated_storage", "storage_gb"),
        ("aws/rds-postgresql", "disk_iops", "iops"),
        ("aws/elasticache", "node_type", "size"),
        ("aws/elasticache", "num_cache_nodes", "nodes"),
        ("aws/fargate", "cpu", "vcpu"),
        ("aws/fargate", "desired_count", "tasks"),
        ("aws/lambda", "memory_size", "memory_mb"),
        ("aws/lambda", "monthly_requests", "requests"),
        ("aws/nat-gateway", "monthly_data_processed_gb", "gb_month"),
        ("aws/data-transfer", "egress-gb", "internet_out_gb"),
        ("aws/data-transfer", "monthly_intra_region_gb", "cross_az_gb"),
        ("aws/cloudwatch", "monthly_data_ingested_gb", "log_ingest_gb"),
        ("tariff", "plan", "offering"),
    ],
)
def test_what_others_call_a_field_suggests_it(service: str, written: str, meant: str) -> None:
    with pytest.raises(InvalidItem) as caught:
        parse_item({"service": service, written: 1})
    remedies = {one.path_text: one.remedy for one in caught.value.diagnostics}
    assert remedies[written] == f"Did you mean {meant!r}?"


def test_every_synonym_is_of_a_field_that_some_service_has() -> None:
    known = {field for service in SERVICES.values() for field in service.item.model_fields}
    assert set(ALSO_CALLED) <= known


def test_a_meter_beside_the_plan_is_sent_to_its_usage() -> None:
    with pytest.raises(InvalidItem) as caught:
        parse_item({"service": "tariff", "offering": "vercel/pro", "bandwidth_gb": 3})
    assert "`usage.bandwidth_gb`" in caught.value.diagnostics[0].remedy


@pytest.mark.parametrize(
    ("service", "remedy"),
    [
        ("rds", "Did you mean 'aws/rds-postgresql'?"),
        ("aws/RDS", "Did you mean 'aws/rds-postgresql'?"),
        ("vercel/pro", "A plan of the catalogue is `service: tariff` with `offering: vercel/pro`."),
        ("aws/ecs2", "Did you mean 'aws/ec2'?"),
        ("zzz", "One of: aws/ec2"),
        ("", "One of: aws/ec2"),
    ],
)
def test_an_unknown_service_suggests_the_nearest(service: str, remedy: str) -> None:
    with pytest.raises(InvalidItem) as caught:
        parse_item({"service": service})
    assert caught.value.diagnostics[0].remedy.startswith(remedy)


@pytest.mark.parametrize("hours", ["745", "10000"])
def test_no_month_has_more_than_744_hours(hours: str) -> None:
    assert list(problems(service="aws/ec2", size="t3.medium", hours_month=hours)) == ["hours_month"]


def test_usage_of_a_plan_is_checked_meter_by_meter() -> None:
    found = problems(service="tariff", offering="vercel/pro", usage={"bandwidth_gb": -2, "x": "y"})
    assert list(found) == ["usage/bandwidth_gb", "usage/x"]
