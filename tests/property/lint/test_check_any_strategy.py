"""Whatever strategy is accepted, checking it ends with findings and never with an exception."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from tests.strategies import Document, documents

from outgrow.analysis.lint.check import SEVERITIES, check
from outgrow.catalog.load import load_catalog
from outgrow.strategy.dump import write_yaml
from outgrow.strategy.load import parse_strategy

CATALOG = load_catalog()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(documents())
def test_any_accepted_strategy_can_be_checked(document: Document) -> None:
    strategy = parse_strategy(write_yaml(document)).strategy
    report = check(strategy, CATALOG, date(2026, 7, 1))
    assert all(SEVERITIES[one.code] is one.severity for one in report.diagnostics)
    assert [one.claim for one in report.judgements] == list(strategy.claims)
