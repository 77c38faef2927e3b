"""`outgrow status`, `outgrow decide`, `outgrow matrix`: which phase, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from outgrow.analysis.assess import assess
from outgrow.analysis.assessment import Assessment
from outgrow.analysis.decide import DecisionPath, decide_on
from outgrow.analysis.matrix import Matrix
from outgrow.analysis.matrix import matrix as matrix_of
from outgrow.operations.measured import read_usage
from outgrow.operations.opened import Opened


def assess_usage(
    opened: Opened,
    usage_paths: Sequence[str],
    values: Sequence[str],
    phase: str | None,
    environment: str | None,
    now: datetime,
) -> Assessment:
    """Return the assessment of the recorded usage at `now`."""
    usage = read_usage(usage_paths, values, now)
    return assess(opened.strategy, opened.catalog, usage, now, phase, environment)


def decide(
    opened: Opened, usage_paths: Sequence[str], values: Sequence[str], now: datetime
) -> DecisionPath:
    """Return the path through the decision tree at the given or latest recorded values."""
    usage = read_usage(usage_paths, values, now)
    return decide_on(opened.strategy, opened.catalog, usage, now)


def matrix(opened: Opened) -> Matrix:
    """Return the options side by side."""
    return matrix_of(opened.strategy, opened.catalog)
