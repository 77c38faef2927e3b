"""What every rule looks at: the strategy, the catalogue, and all phases resolved once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from outgrow.analysis.costs.phase_costs import CostReport, cost_of
from outgrow.catalog.load import Catalog
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Level, Resource, Topology
from outgrow.topology.prices import catalogue_for
from outgrow.topology.resolve import resolve


@dataclass(frozen=True, slots=True)
class Inspection:
    """A strategy made ready for its rules.

    `packaged` is the catalogue without the strategy's own offerings, `catalog` with them.
    `today` is None when nobody said; rules about dates then find nothing.
    """

    strategy: Strategy
    packaged: Catalog
    catalog: Catalog
    phases: tuple[Topology, ...]
    environments: tuple[Topology, ...]
    expected: tuple[CostReport, ...]
    of_phases: tuple[tuple[Topology, Resource], ...]
    of_environments: tuple[tuple[Topology, Resource], ...]
    today: date | None = None

    def resources(self) -> tuple[tuple[Topology, Resource], ...]:
        """Return the resources of every phase, then those that environments change."""
        return self.of_phases + self.of_environments


def inspect(strategy: Strategy, catalog: Catalog, today: date | None = None) -> Inspection:
    """Return the strategy with its phases resolved and priced, ready for the rules."""
    own = catalogue_for(strategy, catalog)
    phases = tuple(_phases(strategy, own))
    environments = tuple(
        topology
        for name in strategy.environments
        if name != strategy.production
        for topology in _resolved(strategy, own, strategy.current or strategy.first_phase, name)
    )
    expected = tuple(cost_of(one, own, strategy.finance, Level.EXPECTED) for one in phases)
    return Inspection(
        strategy,
        catalog,
        own,
        phases,
        environments,
        expected,
        of_phases=tuple(_resources(phases)),
        of_environments=tuple(
            (topology, resource)
            for topology, resource in _resources(environments)
            if resource.path[0] == "environments"
        ),
        today=today,
    )


def _resources(topologies: Iterable[Topology]) -> Iterator[tuple[Topology, Resource]]:
    for topology in topologies:
        for resource in topology.resources:
            yield topology, resource


def _phases(strategy: Strategy, catalog: Catalog) -> Iterator[Topology]:
    production = strategy.environments.get(strategy.production)
    if production is not None and production.phase != "current":
        # It shows one phase whichever is asked for; the rules are about all of them.
        strategy = strategy.model_copy(update={"environments": {}})
    for phase in strategy.phases:
        yield from _resolved(strategy, catalog, phase, None)


def _resolved(
    strategy: Strategy, catalog: Catalog, phase: str, environment: str | None
) -> Iterator[Topology]:
    """Yield the topology, or nothing where a name in the file refers to nothing.

    That is reported when the file is loaded.
    """
    try:
        yield resolve(strategy, catalog, phase, environment)
    except KeyError:
        return
