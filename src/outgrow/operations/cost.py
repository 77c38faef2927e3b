"""`outgrow cost` and `outgrow compare`: what phases cost, side by side and under other terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from outgrow.analysis.compare import Comparison, changes_between, find_break_even
from outgrow.analysis.cost import PhaseCosts, phase_costs
from outgrow.analysis.economics import Economics, economics_of
from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.gaps.gap import Gap
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.topology.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class PhaseBill:
    """The bill of one phase, what it means, and what it leaves out.

    `without` is the bill on the file's own terms when a what-if changed them.
    """

    phase: str
    environment: str
    serves: str
    costs: PhaseCosts
    economics: Economics
    gaps: tuple[Gap, ...]
    without: PhaseCosts | None


def bill_phase(
    opened: Opened, phase: str, environment: str | None, what_if: WhatIf | None = None
) -> PhaseBill:
    """Return the bill of `phase` in `environment` under `what_if`."""
    strategy, catalog = opened.strategy, opened.catalog
    costs = phase_costs(strategy, catalog, phase, environment, what_if)
    asked = what_if is not None and what_if != WhatIf()
    topology = costs.expected.topology
    serves = strategy.phases[topology.phase].serves
    return PhaseBill(
        phase=topology.phase,
        environment=topology.environment,
        serves=", ".join(f"{span} {name}" for name, span in serves.items()),
        costs=costs,
        economics=economics_of(costs.expected, strategy.finance),
        gaps=find_gaps(strategy, topology, catalog),
        without=phase_costs(strategy, catalog, phase, environment) if asked else None,
    )


def bill_phases(
    opened: Opened,
    phases: Iterable[str],
    environment: str | None,
    what_if: WhatIf | None = None,
) -> tuple[PhaseBill, ...]:
    """Return the bill of each of `phases`."""
    return tuple(bill_phase(opened, phase, environment, what_if) for phase in phases)


def compare_phases(
    opened: Opened,
    before: str,
    after: str,
    environment: str | None,
    demand: str | None = None,
    what_if: WhatIf | None = None,
) -> Comparison:
    """Return `before` and `after` side by side, with their break-even along `demand`.

    Without a name the first demand variable that both phases serve is used.
    """
    strategy, catalog = opened.strategy, opened.catalog
    what_if = what_if or WhatIf()
    first = phase_costs(strategy, catalog, before, environment, what_if)
    second = phase_costs(strategy, catalog, after, environment, what_if)
    axis = demand or _shared_demand(opened, before, after)
    if demand is not None and demand not in strategy.demand:
        raise InputError(f"--along {demand}: no such demand variable", "See `demand:` in the file.")

    def difference(value: Decimal) -> Decimal:
        assert axis is not None
        terms = replace(what_if, demand={**what_if.demand, axis: value})
        costs = [
            phase_costs(strategy, catalog, phase, environment, terms).expected.total
            for phase in (before, after)
        ]
        return costs[1].amount_usd_month - costs[0].amount_usd_month

    span = _span(opened, before, after, axis)
    break_even = (
        find_break_even(axis, *span, (before, after), difference) if axis and span else None
    )
    changes = changes_between(first.expected, second.expected)
    return Comparison(first, second, changes, break_even)


def _shared_demand(opened: Opened, before: str, after: str) -> str | None:
    phases = opened.strategy.phases
    served = phases[after].serves
    return next((name for name in phases[before].serves if name in served), None)


def _span(
    opened: Opened, before: str, after: str, axis: str | None
) -> tuple[Decimal, Decimal] | None:
    """Return the demand to look over: from where the first begins to twice the last known end."""
    spans = [opened.strategy.phases[p].serves.get(axis or "") for p in (before, after)]
    known = [span for span in spans if span is not None]
    if not known:
        return None
    ends = [span.low if span.high is None else span.high for span in known]
    return min(span.low for span in known), max(ends) * 2
