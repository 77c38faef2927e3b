"""`outgrow decide` and `outgrow matrix`: which phase by which reasons, and the options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from outgrow.analysis.decision.decide import DecisionPath, decide_on
from outgrow.analysis.decision.matrix import Matrix
from outgrow.analysis.decision.matrix import matrix as matrix_of
from outgrow.operations.measured import read_usage
from outgrow.operations.opened import Opened


def decide(
    opened: Opened, usage_paths: Sequence[str], values: Sequence[str], now: datetime
) -> DecisionPath:
    """Return the path through the decision tree at the given or latest recorded values."""
    usage = read_usage(usage_paths, values, now)
    return decide_on(opened.strategy, opened.catalog, usage, now)


def matrix(opened: Opened) -> Matrix:
    """Return the options side by side."""
    return matrix_of(opened.strategy, opened.catalog)
