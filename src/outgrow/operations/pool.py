"""`outgrow pool`: the connections of every phase against what its databases take."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.analysis.connections import ConnectionBudget, connection_budgets
from outgrow.operations.opened import Opened
from outgrow.topology.resolve import resolve


def pools(opened: Opened, phases: Iterable[str]) -> tuple[ConnectionBudget, ...]:
    """Return the budget of every database of `phases` that applications connect to."""
    return tuple(
        budget
        for phase in phases
        for budget in connection_budgets(
            opened.strategy, resolve(opened.strategy, opened.catalog, phase)
        )
    )
