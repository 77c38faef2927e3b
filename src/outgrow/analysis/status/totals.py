"""What a phase costs a month at the demand that was measured: three totals and the team's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.costs.phase_costs import PhaseCosts, phase_costs
from outgrow.analysis.figures import figure
from outgrow.analysis.pricing.cost_line import Total
from outgrow.analysis.usage.readings import Readings
from outgrow.catalog.load import Catalog
from outgrow.strategy.strategy import Strategy
from outgrow.topology.what_if import WhatIf
from outgrow.units import format_usd


@dataclass(frozen=True, slots=True)
class PhaseTotal:
    """The monthly bill of a phase; `labour_usd_month` stands beside it."""

    phase: str
    low: Total
    expected: Total
    high: Total
    labour_usd_month: Decimal | None
    because: str


def total_of_phase(
    strategy: Strategy,
    catalog: Catalog,
    phase: str,
    environment: str | None = None,
    demand: Mapping[str, Decimal] | None = None,
) -> PhaseTotal:
    """Return the totals of `phase`, at `demand` where it is given, else as the phase expects."""
    what_if = WhatIf(demand=demand) if demand else None
    costs = phase_costs(strategy, catalog, phase, environment, what_if)
    return PhaseTotal(
        phase,
        costs.low.total,
        costs.expected.total,
        costs.high.total,
        costs.expected.labour_usd_month,
        _because(costs, demand or {}),
    )


def measured_demand(strategy: Strategy, readings: Readings) -> dict[str, Decimal]:
    """Return the measured values of the variables that the strategy's demand speaks of."""
    named = set(strategy.demand)
    for phase in strategy.phases.values():
        named |= {*phase.serves, *phase.expects}
    return {name: value for name, value in readings.measured_values().items() if name in named}


def _because(costs: PhaseCosts, demand: Mapping[str, Decimal]) -> str:
    lines = costs.expected.lines
    unknown = [line.name for line in lines if line.amount_usd_month is None]
    parts = ", ".join(f"{name} = {figure(value)}" for name, value in sorted(demand.items()))
    said = f"the sum of {len(lines)} lines of `outgrow cost`"
    said += f" at {parts}" if parts else " at the demand the phase expects"
    return f"{said}; unknown: {', '.join(unknown)}" if unknown else said


def in_words(total: Total) -> str:
    """Return `$12.00`, or `at least $12.00` when a part is unknown."""
    return f"{'at least ' if total.at_least else ''}{format_usd(total.amount_usd_month)}"
