"""An environment changes only what it names."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from outgrow.strategy.assignments import Assignment, merge_assignment


def assignment(**values: Any) -> Assignment:
    return Assignment.model_validate(values)


def test_an_environment_changes_only_the_fields_it_writes() -> None:
    base = assignment(offering="aws/fargate", count=3, region="eu-west-1", note="production size")
    merged = merge_assignment(base, assignment(count=1))
    assert merged == assignment(
        offering="aws/fargate", count=1, region="eu-west-1", note="production size"
    )


def test_a_default_that_the_override_does_not_write_never_wins() -> None:
    base = assignment(offering="aws/fargate", gated=["sso"], leave_out=False, spot_share=0.5)
    assert merge_assignment(base, assignment(note="small")).spot_share == Decimal("0.5")
    assert merge_assignment(base, assignment(note="small")).gated == ["sso"]


def test_settings_usage_limits_and_holds_merge_key_by_key() -> None:
    base = assignment(
        offering="aws/rds-postgresql/db.t3.small",
        settings={"disk_gb": 20, "multi_az": True},
        usage={"requests": "users", "egress_gb": 5},
        limits={"connections": 80},
        holds={"users": "0-50"},
    )
    override = assignment(
        settings={"multi_az": False},
        usage={"egress_gb": 1},
        limits={"storage_gib": 5},
        holds={"tenants": "0-3"},
    )
    merged = merge_assignment(base, override)
    assert merged.settings == {"disk_gb": 20, "multi_az": False}
    assert merged.usage["requests"].demand == "users"
    assert merged.usage["egress_gb"].quantity == 1
    assert set(merged.limits) == {"connections", "storage_gib"}
    assert set(merged.holds) == {"users", "tenants"}


def test_another_offering_drops_what_described_the_first_one() -> None:
    base = assignment(
        offering="aws/rds-postgresql/db.t3.small",
        settings={"disk_gb": 20},
        usage={"backup_gb": 5},
        price={"per_month": 30},
        region="eu-west-1",
    )
    merged = merge_assignment(base, assignment(offering="self-hosted/docker"))
    assert merged == assignment(offering="self-hosted/docker", region="eu-west-1")


def test_another_offering_keeps_the_settings_it_repeats() -> None:
    base = assignment(offering="aws/ec2/t3.medium", settings={"disk_gb": 20, "ipv4": True})
    override = assignment(offering="aws/ec2/t3.small", settings={"disk_gb": 8})
    assert merge_assignment(base, override).settings == {"disk_gb": 8}


def test_the_same_offering_written_again_keeps_the_settings() -> None:
    base = assignment(offering="aws/ec2/t3.medium", settings={"disk_gb": 20})
    assert merge_assignment(base, assignment(offering="aws/ec2/t3.medium")) == base


def test_a_count_replaces_instances_and_a_region_replaces_regions() -> None:
    base = assignment(
        offering="aws/fargate", instances={"minimum": 2, "maximum": 9}, regions=["us-east-1"]
    )
    merged = merge_assignment(base, assignment(count=1, region="eu-west-1"))
    assert merged.instances is None
    assert merged.count is not None
    assert merged.count.number == 1
    assert (merged.regions, merged.region) == ([], "eu-west-1")


def test_null_clears_a_value() -> None:
    base = assignment(offering="aws/fargate", peak={"count": 4, "hours_month": 100})
    assert merge_assignment(base, assignment(peak=None)).peak is None


def test_naming_an_offering_brings_back_a_component_that_was_left_out() -> None:
    merged = merge_assignment(assignment(leave_out=True), assignment(offering="aws/alb"))
    assert not merged.leave_out
    assert merged.offering == "aws/alb"


def test_merging_nothing_changes_nothing() -> None:
    base = assignment(offering="aws/fargate", count=3, usage={"requests": 10})
    assert merge_assignment(base, assignment()) == base
