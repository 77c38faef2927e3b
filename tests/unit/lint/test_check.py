"""The report as a whole: claims as findings, waivers, and the page that explains the codes."""

from __future__ import annotations

import re

import pytest
from tests.unit.claims.strategies import EXAMPLES, ROOT, example

from outgrow.analysis.lint.check import SEVERITIES, CheckReport, check
from outgrow.catalog.load import load_catalog
from outgrow.diagnostics import Severity
from outgrow.render.registry import loss_code_starts
from outgrow.strategy.load import parse_strategy

CATALOG = load_catalog()
BASE = """\
outgrow: 1
name: test
components: {app: {kind: service}}
phases: {one: {use: {app: {offering: daytona/free}}}}
claims:
  cheap: {says: it is cheap, states: 20, items: [{offering: aws/ec2/t3.medium}]}
  gone: {says: it is looked after, maintained: daytona/self-hosted}
  near: {says: it is near, states: 28, items: [{offering: aws/ec2/t3.medium}]}
  right: {says: it is right, states: 30, items: [{offering: aws/ec2/t3.medium}]}
  unknown: {says: it exists, exists: no/such}
  alone:
    says: it holds alone
    states: 30
    items: [{offering: aws/ec2/t3.medium}]
    omits: [{offering: aws/alb}]
"""


def report(waivers: str = "") -> CheckReport:
    return check(parse_strategy(BASE + waivers).strategy, CATALOG)


def test_every_claim_that_does_not_simply_hold_is_a_finding_at_its_place() -> None:
    found = {one.path_text: (one.code, one.severity) for one in report().diagnostics}
    assert {path: value for path, value in found.items() if path.startswith("claims")} == {
        "claims/cheap": ("claim-does-not-hold", Severity.ERROR),
        "claims/gone": ("claim-at-risk", Severity.WARNING),
        "claims/near": ("claim-near", Severity.NOTE),
        "claims/unknown": ("claim-unknown", Severity.NOTE),
        "claims/alone": ("claim-holds-only-if", Severity.NOTE),
    }


def test_claims_that_hold_are_judged_all_the_same() -> None:
    assert [one.claim for one in report().judgements] == [
        "cheap", "gone", "near", "right", "unknown", "alone",
    ]  # fmt: skip


def test_errors_come_first() -> None:
    severities = [one.severity for one in report().diagnostics]
    assert severities == sorted(severities, key=list(Severity).index)


def test_waiver_silences_a_code_at_its_path() -> None:
    text = "waivers: [{code: claim-does-not-hold, path: claims/cheap, why: a discount}]\n"
    assert "claims/cheap" not in {one.path_text for one in report(text).diagnostics}


def test_waiver_of_a_parent_silences_what_is_below() -> None:
    text = "waivers: [{code: offering-not-sold, path: phases/one, why: by contract}]\n"
    assert "offering-not-sold" not in {one.code for one in report(text).diagnostics}


def test_waiver_does_not_silence_a_longer_name() -> None:
    text = "waivers: [{code: claim-does-not-hold, path: claims/che, why: no}]\n"
    codes = [one.code for one in report(text).diagnostics]
    assert "claim-does-not-hold" in codes
    assert "unused-waiver" in codes


def test_waiver_without_a_path_silences_the_code_everywhere() -> None:
    text = "waivers: [{code: claim-near, why: near enough}]\n"
    assert "claim-near" not in {one.code for one in report(text).diagnostics}


def test_every_code_is_on_the_page_with_its_severity() -> None:
    page = (ROOT / "docs" / "check.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (error|warning|note) \|", page, re.MULTILINE))
    assert listed == {code: severity.value for code, severity in SEVERITIES.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_finding_about_an_example_says_where_why_and_what_to_do(name: str) -> None:
    for one in check(example(name), CATALOG, elsewhere=loss_code_starts()).diagnostics:
        assert one.path, one
        assert one.reason, one
        assert one.remedy, one
        assert one.code in SEVERITIES


# What is wrong with the plans themselves, besides their claims, and nothing else.
EXPECTED = {
    "pocketable": {
        ("request-cut-off", "phases/launch/use/sandboxes"),
        ("request-cut-off", "phases/early-growth/use/sandboxes"),
        ("unmaintained-offering", "phases/development/use/sandboxes/offering"),
        ("alert-reaches-nobody", "alerts"),
    },
    "sprint-one": set(),
    "nowry": {
        ("lacks-capability", "phases/free-tier/use/backend"),
        ("lacks-capability", "phases/hybrid/use/backend"),
        ("alert-reaches-nobody", "alerts"),
    },
    "floyo": {
        ("over-budget", "phases/scale/budget_usd_month"),
        ("limit-at-risk", "addons/redis-cache/use/cache"),
        ("alert-reaches-nobody", "alerts"),
        ("limit-overrun", "phases/enterprise/use/errors"),
        ("weak-price", "phases/growth"),
    },
    "nexod": {
        ("transition-without-when", "phases/development/next/production"),
        ("preview-without-end", "environments/preview/preview"),
    },
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_have_these_findings_and_no_false_alarm(name: str) -> None:
    found = {
        (one.code, one.path_text)
        for one in check(example(name), CATALOG, elsewhere=loss_code_starts()).diagnostics
        if not one.code.startswith("claim-")
    }
    assert found == EXPECTED[name]
