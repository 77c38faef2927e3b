"""The phases side by side: cost, control, complexity, time, timeouts, what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.figures import figure
from outgrow.analysis.status.limits import REQUEST_TIMEOUTS, limits_of
from outgrow.analysis.status.totals import PhaseTotal, total_of_phase
from outgrow.catalog.load import Catalog
from outgrow.catalog.rates import Provenance
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.fields import Range, Spread
from outgrow.strategy.phases import Level
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Resource, Topology
from outgrow.topology.resolve import resolve

_REQUEST_WORDS = ("requests", "invocations", "creations")
_CONCURRENCY_WORDS = ("concurren",)
_ANSWERING = frozenset({ComponentKind.SERVICE, ComponentKind.FRONTEND, ComponentKind.SANDBOX_POOL})


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
        concurrency=_concurrency(strategy, name, topology),
        request_limits=_limits(topology, _REQUEST_WORDS),
        effort=_effort(strategy, name),
    )


def _longest_request(topology: Topology) -> Timeout | None:
    """Return the smallest longest request of the resources that answer requests."""
    answering = [one for one in topology.resources if one.spec.kind in _ANSWERING]
    found = {one.component: _timeouts(one) for one in answering}
    known = [timeout for timeouts in found.values() for timeout in timeouts]
    if not known:
        return None
    seconds, because = min(known)
    silent = [component for component, timeouts in found.items() if not timeouts]
    if silent:
        because += f"; nothing says it of {', '.join(silent)}"
    return Timeout(seconds, bool(silent), because)


def _timeouts(resource: Resource) -> list[tuple[Decimal, str]]:
    """Return the timeouts that the strategy sets, else the offering's own, with their source."""
    where = f"{resource.component} on {resource.offering_id}"
    found = []
    for resolved in resource.limits:
        value = resolved.limit.value
        if resolved.limit.name in REQUEST_TIMEOUTS and value is not None:
            source = _source(resolved.limit.provenance)
            found.append((value, f"{where}: {figure(value)} s{source}"))
    own = resource.capabilities.longest_request_seconds
    if own is not None and not found:
        source = _source(resource.capabilities.provenance)
        found.append((own, f"{where}: {figure(own)} s{source}"))
    return found


def _source(origin: Provenance | None) -> str:
    if origin is None:
        return ""
    return f" ({origin.source}{', ' + origin.as_of if origin.as_of else ''})"


def _concurrency(strategy: Strategy, name: str, topology: Topology) -> tuple[Held, ...]:
    """Return what the phase says it holds, and limits on concurrency of other names."""
    held = _held(strategy, name)
    said = {one.name.rpartition(".")[2] for one in held}
    limits = _limits(topology, _CONCURRENCY_WORDS)
    return (*held, *(one for one in limits if one.name.rpartition(".")[2] not in said))


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
