"""What a phase runs in an environment: every resource with its offering, count and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from outgrow.catalog.offering import Capabilities, Limit, Offering
from outgrow.diagnostics import Path
from outgrow.strategy.components import Component
from outgrow.strategy.fields import Spread
from outgrow.strategy.offerings import Commitment, Price
from outgrow.units import HOURS_PER_MONTH

Scalar = bool | Decimal | str


class Level(StrEnum):
    """Which end of every uncertain figure is looked at."""

    LOW = "low"  # the fewest instances, the least demand
    EXPECTED = "expected"
    HIGH = "high"  # the most instances, the most demand


def at_level(spread: Spread, level: Level) -> Decimal:
    """Return the low, likely or high value of `spread`."""
    if level is Level.LOW:
        return spread.low
    return spread.high if level is Level.HIGH else spread.likely


def add_spreads(one: Spread | None, other: Spread | None) -> Spread | None:
    """Return the sum, end by end; unknown when either is."""
    if one is None or other is None:
        return None
    return Spread(
        low=one.low + other.low, likely=one.likely + other.likely, high=one.high + other.high
    )


@dataclass(frozen=True, slots=True)
class InstanceCount:
    """How many run at each level, and for how many hours extra ones join at the peak."""

    minimum: int = 1
    expected: int = 1
    maximum: int = 1
    peak_extra: int = 0
    peak_hours_month: Decimal = Decimal(0)

    def at(self, level: Level) -> int:
        """Return how many instances run at `level`, the peak ones left out."""
        counts = {Level.LOW: self.minimum, Level.HIGH: self.maximum}
        return counts.get(level, self.expected)


@dataclass(frozen=True, slots=True)
class ResolvedLimit:
    """A limit that applies to a resource, and the metrics that count against it.

    `metrics` are tried in order: the first that usage or demand knows is compared.
    """

    limit: Limit
    metrics: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Resource:
    """One component on one offering in one region.

    `usage` maps a metered quantity to its monthly amount; None where it follows a demand
    variable that nobody has given a value.
    """

    component: str
    spec: Component
    offering_id: str
    offering: Offering | None
    region: str
    path: Path
    instances: InstanceCount = InstanceCount()
    hours_month: Decimal = HOURS_PER_MONTH
    commitment: Commitment | None = None
    spot_share: Decimal | None = None
    seats: int | None = None
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    usage: Mapping[str, Spread | None] = field(default_factory=dict)
    limits: tuple[ResolvedLimit, ...] = ()
    price: Price | None = None
    runs_on: str | None = None
    expires: date | None = None
    gated: tuple[str, ...] = ()
    note: str = ""

    @property
    def capabilities(self) -> Capabilities:
        """Return what the offering can do; all unknown without an offering."""
        return self.offering.capabilities if self.offering else Capabilities()


@dataclass(frozen=True, slots=True)
class ExtraCost:
    """A cost of the phase that belongs to no component."""

    name: str
    price: Price
    path: Path


@dataclass(frozen=True, slots=True)
class Topology:
    """A phase in an environment, resolved: what everything that renders or runs reads."""

    strategy: str
    phase: str
    environment: str
    region: str
    regions: tuple[str, ...]
    resources: tuple[Resource, ...]
    demand: Mapping[str, Spread | None]
    extra_costs: tuple[ExtraCost, ...] = ()
    labour_hours_week: Spread | None = None
    addons: tuple[str, ...] = ()

    def billed_with(self, resource: Resource) -> Resource:
        """Return the resource on whose bill `resource` is: itself, or what it is a part of.

        What runs on a component with the same offering at the same price is a part of it.
        """
        hosts = [
            host
            for host in (self.of(resource.runs_on) if resource.runs_on else ())
            if (host.offering_id, host.price) == (resource.offering_id, resource.price)
        ]
        if not hosts:
            return resource
        near = next((host for host in hosts if host.region == resource.region), hosts[0])
        return self.billed_with(near)

    def is_part(self, resource: Resource) -> bool:
        """Return whether `resource` is a part of what it runs on, and on its bill."""
        return self.billed_with(resource) is not resource

    def of(self, component: str) -> tuple[Resource, ...]:
        """Return the resources of `component`, one a region."""
        return tuple(r for r in self.resources if r.component == component)
