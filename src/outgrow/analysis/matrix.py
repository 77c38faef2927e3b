"""The phases side by side: cost, control, complexity, time, timeouts, what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.figures import figure
from outgrow.analysis.limits import limits_of
from outgrow.analysis.totals import PhaseTotal, total_of_phase
from outgrow.catalog.load import Catalog
from outgrow.strategy.components import COMPUTE_KINDS
from outgrow.strategy.fields import Range, Spread
from outgrow.strategy.phases import Level
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Resource, Topology
from outgrow.topology.resolve import resolve

_REQUEST_WORDS = ("requests", "invocations", "creations")
_CONCURRENCY_WORDS = ("concurren", "connections")


@dataclass(frozen=True, slots=True)
class Timeout:
    """The longest request a phase allows; `at_most` when some offerings do not say."""

    seconds: Decimal
    at_most: bool
    because: str


@dataclass(frozen=True, slots=True)
class Held:
    """How much of something a phase holds at once or allows; None when nobody says."""

    name: str
    amount: Range | None
    because: str


@dataclass(frozen=True, slots=True)
class Effort:
    """What it takes to get to a phase from another."""

    come_from: str
    days: Range | None
    complexity: Level | None
    steps: int


@dataclass(frozen=True, slots=True)
class Option:
    """One phase as a column of the matrix; None is unknown, never nothing."""

    phase: str
    title: str
    serves: tuple[tuple[str, Range], ...]
    cost: PhaseTotal
    control: str | None
    complexity: Level | None
    devops_hours_week: Spread | None
    longest_request: Timeout | None
    concurrency: tuple[Held, ...]
    request_limits: tuple[Held, ...]
    effort: tuple[Effort, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every phase of a strategy, in the order of the file."""

    strategy: str
    options: tuple[Option, ...]


def matrix(strategy: Strategy, catalog: Catalog, environment: str | None = None) -> Matrix:
    """Return the phases side by side, each at the demand it expects.

    `catalog` already carries the strategy's own offerings (`catalogue_for`).
    """
    options = tuple(_option(strategy, catalog, name, environment) for name in strategy.phases)
    return Matrix(strategy.name, options)


def _option(strategy: Strategy, catalog: Catalog, name: str, environment: str | None) -> Option:
    phase = strategy.phases[name]
    topology = resolve(strategy, catalog, name, environment)
    return Option(
        phase=name,
        title=phase.name or name,
        serves=tuple(phase.serves.items()),
        cost=total_of_phase(strategy, catalog, name, environment),
        control=phase.control,
        complexity=phase.complexity,
        devops_hours_week=phase.labour_hours_week,
        longest_request=_longest_request(topology),
        concurrency=(*_held(strategy, name), *_limits(topology, _CONCURRENCY_WORDS)),
        request_limits=_limits(topology, _REQUEST_WORDS),
        effort=_effort(strategy, name),
    )


def _longest_request(topology: Topology) -> Timeout | None:
    """Return the smallest longest request of the resources that answer or compute."""
    computing = [one for one in topology.resources if one.spec.kind in COMPUTE_KINDS]
    known = [one for one in computing if one.capabilities.longest_request_seconds is not None]
    if not known:
        return None
    smallest = min(known, key=_seconds)
    silent = [one.component for one in computing if one not in known]
    because = _timeout_source(smallest)
    if silent:
        because += f"; nothing says it of {', '.join(dict.fromkeys(silent))}"
    return Timeout(_seconds(smallest), bool(silent), because)


def _seconds(resource: Resource) -> Decimal:
    seconds = resource.capabilities.longest_request_seconds
    assert seconds is not None  # only asked of those that say
    return seconds


def _timeout_source(resource: Resource) -> str:
    said = f"{resource.component} on {resource.offering_id}: {figure(_seconds(resource))} s"
    origin = resource.capabilities.provenance
    if origin is None:
        return said
    return f"{said} ({origin.source}{', ' + origin.as_of if origin.as_of else ''})"


def _held(strategy: Strategy, name: str) -> tuple[Held, ...]:
    phase = strategy.phases[name]
    where = f"the strategy, phases/{name}"
    of_phase = [Held(what, span, f"{where}/holds/{what}") for what, span in phase.holds.items()]
    of_parts = [
        Held(f"{component}.{what}", span, f"{where}/use/{component}/holds/{what}")
        for component, assignment in phase.use.items()
        for what, span in assignment.holds.items()
    ]
    return (*of_phase, *of_parts)


def _limits(topology: Topology, words: tuple[str, ...]) -> tuple[Held, ...]:
    found = []
    for one in limits_of(topology):
        if any(word in one.resolved.limit.name for word in words):
            value = one.resolved.limit.value
            amount = None if value is None else Range(low=value, high=value)
            found.append(Held(one.name, amount, one.because))
    return tuple(found)


def _effort(strategy: Strategy, name: str) -> tuple[Effort, ...]:
    return tuple(
        Effort(origin, way.effort_days, way.complexity, len(way.steps))
        for origin, phase in strategy.phases.items()
        for to, way in phase.next.items()
        if to == name
    )
