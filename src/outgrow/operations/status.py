"""`outgrow status`: which phase one is in, what runs out, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from outgrow.analysis.status.assess import assess
from outgrow.analysis.status.assessment import Assessment
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
