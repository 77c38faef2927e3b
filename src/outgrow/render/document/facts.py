"""Everything the document says, as values: the strategy, its bills, and what was found.

`facts_of` computes what follows from strategy and catalogue alone. What needs usage or other
analyses comes in from outside; a part that is not given does not appear in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from outgrow.analysis.claims.judgement import Judgement
from outgrow.analysis.costs.cost_curve import USERS, PhaseCurve, cost_curve
from outgrow.analysis.costs.economics import Economics, economics_of
from outgrow.analysis.costs.phase_costs import PhaseCosts, phase_costs
from outgrow.analysis.decision.decision_tree import Tree, decision_tree
from outgrow.analysis.decision.matrix import Matrix, matrix
from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.gaps.gap import Gap
from outgrow.analysis.lint.check import check
from outgrow.analysis.pricing.cost_line import Total
from outgrow.analysis.status.assess import assess
from outgrow.analysis.status.assessment import Assessment
from outgrow.analysis.usage.usage import Usage
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Diagnostic
from outgrow.render.registry import loss_code_starts
from outgrow.strategy.environments import Environment
from outgrow.strategy.phases import Phase
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Topology
from outgrow.topology.prices import catalogue_for


@dataclass(frozen=True, slots=True)
class PhaseFacts:
    """A phase with its bill in production, what the bill means, and what the plan forgot."""

    name: str
    phase: Phase
    costs: PhaseCosts
    economics: Economics
    gaps: tuple[Gap, ...]

    @property
    def title(self) -> str:
        """Return the phase's own name, or the key it is written under."""
        return self.phase.name or self.name

    @property
    def topology(self) -> Topology:
        """Return what the phase runs."""
        return self.costs.expected.topology

    @property
    def total(self) -> Total:
        """Return the expected bill."""
        return self.costs.expected.total

    @property
    def forgotten(self) -> Total:
        """Return what the omissions add to the bill; "at least" while one has no price."""
        priced = sum((gap.total for gap in self.gaps), Total(Decimal(0), False))
        return replace(priced, at_least=priced.at_least or any(not g.lines for g in self.gaps))


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """An environment with what it runs and costs in the phase it shows."""

    name: str
    environment: Environment
    costs: PhaseCosts

    @property
    def topology(self) -> Topology:
        """Return what the environment runs."""
        return self.costs.expected.topology


@dataclass(frozen=True, slots=True)
class StrategyFacts:
    """What the document is written from.

    `measured` are the last values of usage, as of the day `as_of`; `assessment` is theirs.
    """

    strategy: Strategy
    phases: tuple[PhaseFacts, ...]
    environments: tuple[EnvironmentFacts, ...]
    curve: tuple[PhaseCurve, ...] = ()
    curve_demand: str = USERS
    judgements: tuple[Judgement, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    trees: tuple[Tree, ...] = ()
    options: Matrix | None = None
    assessment: Assessment | None = None
    measured: Mapping[str, Decimal] = field(default_factory=dict)
    as_of: date | None = None

    @property
    def current(self) -> str:
        """Return the phase the strategy says it is in."""
        return self.strategy.current or self.strategy.first_phase

    def phase(self, name: str) -> PhaseFacts:
        """Return the phase called `name`."""
        return next(one for one in self.phases if one.name == name)

    def phase_title(self, name: str) -> str:
        """Return the title of the phase called `name`, or the name when there is none."""
        return next((one.title for one in self.phases if one.name == name), name)


def facts_of(strategy: Strategy, catalog: Catalog) -> StrategyFacts:
    """Return what strategy and catalogue alone say; findings about dates are not among them.

    `catalog` does not yet carry the strategy's own offerings.
    """
    priced = catalogue_for(strategy, catalog)
    demand = curve_demand(strategy)
    report = check(strategy, catalog, elsewhere=loss_code_starts())
    return StrategyFacts(
        strategy=strategy,
        phases=tuple(phase_facts(strategy, priced, name) for name in strategy.phases),
        environments=tuple(_environment(strategy, priced, name) for name in strategy.environments),
        curve=cost_curve(strategy, priced, demand) if demand else (),
        curve_demand=demand or USERS,
        judgements=report.judgements,
        findings=report.diagnostics,
        trees=decision_tree(strategy),
        options=matrix(strategy, priced),
    )


def with_usage(facts: StrategyFacts, catalog: Catalog, usage: Usage) -> StrategyFacts:
    """Return `facts` with where one stands by `usage`.

    `catalog` does not yet carry the strategy's own offerings. The moment is that of the last
    measured value, so that the same usage gives the same document on any day.
    """
    last = {name: point for name, series in usage.items() if (point := series.last)}
    if not last:
        return facts
    moment = max(instant for instant, _ in last.values())
    strategy = facts.strategy
    return replace(
        facts,
        assessment=assess(strategy, catalogue_for(strategy, catalog), usage, moment),
        measured={name: value for name, (_, value) in last.items()},
        as_of=moment.date(),
    )


def phase_facts(strategy: Strategy, catalog: Catalog, name: str) -> PhaseFacts:
    """Return the phase called `name` as production would run it."""
    costs = phase_costs(strategy, catalog, name)
    return PhaseFacts(
        name=name,
        phase=strategy.phases[name],
        costs=costs,
        economics=economics_of(costs.expected, strategy.finance),
        gaps=find_gaps(strategy, costs.expected.topology, catalog),
    )


def curve_demand(strategy: Strategy) -> str | None:
    """Return the variable to draw costs over: users, or the first that a phase serves."""
    served = dict.fromkeys(name for phase in strategy.phases.values() for name in phase.serves)
    return USERS if USERS in served else next(iter(served), None)


def _environment(strategy: Strategy, catalog: Catalog, name: str) -> EnvironmentFacts:
    phase = strategy.current or strategy.first_phase
    costs = phase_costs(strategy, catalog, phase, name)
    return EnvironmentFacts(name, strategy.environments[name], costs)
