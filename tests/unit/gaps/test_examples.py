"""What the plans of the five documents forgot, and what they did not."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from tests.written import catalogue

from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.gaps.gap import Gap
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.resolve import resolve

EXAMPLES = Path(__file__).parents[3] / "examples"
NAMES = ("floyo", "nexod", "nowry", "pocketable", "sprint-one")
ON_AWS = (
    ("floyo", "self-hosted"),
    ("nexod", "production"),
    ("nowry", "aws"),
    ("nowry", "kubernetes"),
    ("pocketable", "multi-instance"),
    ("pocketable", "horizontal"),
    ("sprint-one", "terraform"),
    ("sprint-one", "scaled"),
)


@cache
def example(name: str) -> Strategy:
    return parse_strategy((EXAMPLES / name / "outgrow.yaml").read_text("utf-8")).strategy


def gaps(name: str, phase: str, environment: str | None = None) -> tuple[Gap, ...]:
    written = example(name)
    known = catalogue(written)
    return find_gaps(written, resolve(written, known, phase, environment), known)


def named(name: str, phase: str, environment: str | None = None) -> dict[tuple[str, str], Gap]:
    return {(one.code, one.component): one for one in gaps(name, phase, environment)}


@pytest.mark.parametrize(("name", "phase"), ON_AWS)
def test_every_document_on_aws_forgot_addresses_capacity_units_and_egress(
    name: str, phase: str
) -> None:
    codes = {one.code for one in gaps(name, phase)}
    assert {"load-balancer-capacity", "egress", "public-ipv4"} <= codes


@pytest.mark.parametrize(
    ("phase", "name", "usd"),
    [("production", "nexod", "73.00"), ("terraform", "sprint-one", "36.50")],
)
def test_private_subnets_without_a_way_out_are_found(phase: str, name: str, usd: str) -> None:
    found = named(name, phase)["nat-gateway", "network"]
    assert found.total.amount_usd_month == Decimal(usd)


def test_staging_has_gaps_of_its_own() -> None:
    found = named("nexod", "production", "staging")
    assert found["nat-gateway", "network"].total.amount_usd_month == Decimal("36.50")
    assert found["public-ipv4", "lb"].total.amount_usd_month == Decimal("7.30")
    assert ("load-balancer-capacity", "lb") in found
    assert ("log-ingestion", "logs") in found


def test_the_sleeping_machine_of_pocketable_bills_its_disk_and_its_address() -> None:
    found = named("pocketable", "development")
    assert set(found) == {("public-ipv4", "machine"), ("machine-disk", "machine")}
    assert found["public-ipv4", "machine"].total.amount_usd_month == Decimal("3.65")
    assert all("stopped" in one.reason for one in found.values())


def test_the_replica_that_floyo_reads_from_is_missing_until_the_phase_that_has_it() -> None:
    missing = {
        phase for phase in example("floyo").phases if ("replicas", "db") in named("floyo", phase)
    }
    assert missing == {"growth", "dedicated-postgres", "self-hosted"}


def test_the_language_model_of_nowry_is_in_no_bill() -> None:
    for phase in example("nowry").phases:
        assert ("component-left-out", "language-model") in named("nowry", phase)


def test_logs_and_secrets_of_sprint_one_are_asked_for_and_unpaid() -> None:
    found = named("sprint-one", "scaled")
    assert ("log-ingestion", "logs") in found
    assert ("secrets", "secrets") in found


QUIET = (
    ("floyo", "start", None),
    ("floyo", "scale", None),
    ("floyo", "enterprise", None),
    ("nexod", "development", None),
    ("nexod", "development", "development"),
    ("nexod", "production", "preview"),
    ("nowry", "free-tier", "development"),
    ("pocketable", "launch", None),
    ("pocketable", "early-growth", None),
    ("sprint-one", "compose", "development"),
    ("sprint-one", "compose", "staging"),
)


@pytest.mark.parametrize(("name", "phase", "environment"), QUIET)
def test_plans_that_forgot_nothing_are_left_alone(
    name: str, phase: str, environment: str | None
) -> None:
    assert gaps(name, phase, environment) == ()


def test_every_gap_says_why_and_what_to_write_and_never_if() -> None:
    for name in NAMES:
        for phase in example(name).phases:
            for one in gaps(name, phase):
                assert one.reason
                assert one.remedy.endswith(".")
                assert " if " not in f" {one.reason} "
                assert one.path
