"""Small strategies written as YAML, resolved and priced with the packaged catalogue.

`topology("phases: ...")` takes everything below the two lines that every file begins with.
"""

from __future__ import annotations

from functools import cache
from textwrap import dedent

from outgrow.analysis.costs.phase_costs import CostReport, PhaseCosts, cost_of, phase_costs
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Level, Resource, Topology
from outgrow.topology.prices import catalogue_for
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf


@cache
def packaged() -> Catalog:
    """Return the packaged catalogue, one for all tests: it keeps what it has read."""
    return load_catalog()


def strategy(text: str) -> Strategy:
    """Return the strategy of `text`."""
    return parse_strategy("outgrow: 1\nname: small\n" + dedent(text)).strategy


def catalogue(of: Strategy) -> Catalog:
    """Return the packaged catalogue with the offerings of the strategy."""
    return catalogue_for(of, packaged())


def topology(
    text: str,
    phase: str = "one",
    environment: str | None = None,
    what_if: WhatIf | None = None,
) -> Topology:
    """Return the topology of a phase of the strategy that `text` writes."""
    written = strategy(text)
    return resolve(written, catalogue(written), phase, environment, what_if)


def resource(
    text: str,
    component: str,
    phase: str = "one",
    environment: str | None = None,
    what_if: WhatIf | None = None,
) -> Resource:
    """Return the only resource of `component`."""
    (found,) = topology(text, phase, environment, what_if).of(component)
    return found


def bill(
    text: str,
    level: Level = Level.EXPECTED,
    phase: str = "one",
    environment: str | None = None,
    what_if: WhatIf | None = None,
) -> CostReport:
    """Return the bill of a phase at one level."""
    written = strategy(text)
    known = catalogue(written)
    resolved = resolve(written, known, phase, environment, what_if)
    return cost_of(resolved, known, written.finance, level)


def bills(text: str, phase: str = "one", what_if: WhatIf | None = None) -> PhaseCosts:
    """Return the bills of a phase at every level."""
    written = strategy(text)
    return phase_costs(written, catalogue(written), phase, None, what_if)
