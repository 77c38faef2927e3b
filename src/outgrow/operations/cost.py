"""`outgrow cost` and `outgrow compare`: what phases cost, side by side and under other terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from outgrow.analysis.costs.compare import BreakEven, Comparison, changes_between, find_break_even
from outgrow.analysis.costs.economics import Economics, economics_of
from outgrow.analysis.costs.phase_costs import PhaseCosts, cost_of, phase_costs
from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.gaps.gap import Gap
from outgrow.errors import InputError
from outgrow.operations.demand_flags import demand_names
from outgrow.operations.opened import Opened
from outgrow.strategy.strategy import Strategy
from outgrow.topology.resolve import resolve
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

    Without a name the first demand variable that both phases serve is used, or else the
    first that one of them serves. There is none beside a bill of which nothing is known.
    Raises InputError for a name that nothing in the file has.
    """
    strategy, catalog = opened.strategy, opened.catalog
    axis = _axis(strategy, before, after, demand)
    what_if = what_if or WhatIf()
    first = phase_costs(strategy, catalog, before, environment, what_if)
    second = phase_costs(strategy, catalog, after, environment, what_if)
    totals = (first.expected.total, second.expected.total)
    comparable = all(total.amount_usd_month or not total.at_least for total in totals)
    break_even = None
    if axis and comparable:
        break_even = _break_even(opened, (before, after), environment, axis, what_if)
    if break_even is not None:
        unknown = any(total.at_least for total in totals)
        break_even = replace(break_even, of_what_is_known=unknown)
    changes = changes_between(first.expected, second.expected)
    return Comparison(first, second, changes, break_even)


def _axis(strategy: Strategy, before: str, after: str, demand: str | None) -> str | None:
    if demand is not None:
        if demand not in demand_names(strategy):
            raise InputError(f"--along {demand}: no such demand variable", "See `demand:`.")
        return demand
    one, other = strategy.phases[before].serves, strategy.phases[after].serves
    both = (name for name in one if name in other)
    return next(chain(both, one, other), None)


def _break_even(
    opened: Opened,
    phases: tuple[str, str],
    environment: str | None,
    axis: str,
    what_if: WhatIf,
) -> BreakEven | None:
    strategy, catalog = opened.strategy, opened.catalog

    def cost(phase: str, value: Decimal) -> Decimal:
        terms = replace(what_if, demand={**what_if.demand, axis: value})
        topology = resolve(strategy, catalog, phase, environment, terms)
        return cost_of(topology, catalog, strategy.finance).total.amount_usd_month

    def difference(value: Decimal) -> Decimal:
        return cost(phases[1], value) - cost(phases[0], value)

    span = _span(opened, *phases, axis)
    return None if span is None else find_break_even(axis, *span, phases, difference)


def _span(opened: Opened, before: str, after: str, axis: str) -> tuple[Decimal, Decimal] | None:
    """Return the demand to look over: from where the first begins to twice the last known end."""
    spans = [opened.strategy.phases[p].serves.get(axis) for p in (before, after)]
    known = [span for span in spans if span is not None]
    if not known:
        return None
    ends = [span.low if span.high is None else span.high for span in known]
    return min(span.low for span in known), max(ends) * 2
