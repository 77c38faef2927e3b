"""How many connections a phase may open to each database, and how many the database takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from outgrow.catalog.rates import Provenance
from outgrow.diagnostics import Path
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.phase_order import is_reached
from outgrow.strategy.phases import Phase
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Resource, Topology

# What PostgreSQL keeps for its superusers (superuser_reserved_connections).
SUPERUSER_CONNECTIONS = 3
_SHARE_FOR_OTHERS = 10  # a tenth for migrations, backups, metrics and somebody with psql
_RDS = "aws/rds-postgresql"
_RDS_BYTES_PER_CONNECTION = 9_531_392  # of RDS's own formula for max_connections
_RDS_MOST_CONNECTIONS = 5000
_BYTES_PER_GIB = 1024**3


class Room(StrEnum):
    """Whether all connections have room."""

    FITS = "fits"
    TIGHT = "tight"  # the database takes them, and nothing is left for anybody else
    TOO_MANY = "too many"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Opening:
    """What one component may open at the most; `connections` is None where no pool is stated.

    A pooler opens its maximum once, for all instances; the workers of an instance share its
    pool.
    """

    component: str
    instances: int
    each: int | None
    pooler: str

    @property
    def connections(self) -> int | None:
        """Return how many connections it opens at the most."""
        if self.each is None or self.pooler != "none":
            return self.each
        return self.each * self.instances

    @property
    def told(self) -> str:
        """Return the arithmetic in a few words."""
        if self.each is None:
            return f"{self.component}, no pool stated"
        if self.pooler != "none":
            return f"{self.component} {self.each} through {self.pooler}"
        return f"{self.component} {self.instances} x {self.each}"


@dataclass(frozen=True, slots=True)
class ConnectionBudget:
    """The connections of one server of a phase. `accepts` is None where nobody knows.

    `source` says where `accepts` comes from; `copy` is set for a replica, to which every
    process opens a pool as it does to the primary. `idle` is set for a phase that expects no
    load: pools are sized for production, so there they are not used up.
    """

    phase: str
    server: str
    offering_id: str
    openings: tuple[Opening, ...]
    accepts: int | None
    source: str
    provenance: Provenance | None
    path: Path
    kind: ComponentKind
    copy: bool = False
    idle: bool = False

    @property
    def total(self) -> int:
        """Return how many connections may be open at once, those that are stated."""
        return sum(one.connections or 0 for one in self.openings)

    @property
    def at_least(self) -> bool:
        """Return whether a component says nothing of its pool, so that there may be more."""
        return any(one.connections is None for one in self.openings)

    @property
    def kept(self) -> int:
        """Return how many connections stay for superusers and other work."""
        return kept_connections(self.accepts or 0, self.kind)

    @property
    def room(self) -> Room:
        """Return whether they fit."""
        if self.accepts is None:
            return Room.UNKNOWN
        if self.total > self.accepts:
            return Room.TOO_MANY
        if self.total > self.accepts - self.kept:
            return Room.TIGHT
        return Room.UNKNOWN if self.at_least else Room.FITS

    @property
    def told(self) -> str:
        """Return the sum of what is stated, in words."""
        return " + ".join(one.told for one in self.openings if one.connections is not None)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the arithmetic, a line each."""
        sums = [f"{one.told}{_equals(one)}" for one in self.openings]
        return (*sums, self._server_line(), self._verdict_line())

    def _server_line(self) -> str:
        if self.accepts is None:
            return f"{self.server} accepts an unknown number of connections"
        left = f"{self.accepts} - {self.kept} kept for others = {self.accepts - self.kept}"
        return f"{self.server} accepts {left if self.kept else self.accepts} ({self.source})"

    def _verdict_line(self) -> str:
        total = f"at least {self.total}" if self.at_least else str(self.total)
        if self.accepts is None:
            return f"unknown: {total} of an unknown number"
        text = f"{self.room}: {total} of {self.accepts - self.kept}"
        if self.room in (Room.FITS, Room.UNKNOWN):
            return f"{text}, {self.accepts - self.kept - self.total} left"
        return f"{text}. {self._remedy()}"

    def _remedy(self) -> str:
        if self.idle:
            return "The phase expects no load, so that is not reached."
        if any(one.pooler != "none" for one in self.openings):
            return f"Let the pooler open {self.accepts - self.kept} at the most."  # type: ignore[operator]
        return "Put a pooler before it, or make the pools smaller."


def _equals(opening: Opening) -> str:
    if opening.connections is None or opening.pooler != "none":
        return ""
    return f" = {opening.connections}"


def kept_connections(accepts: int, kind: ComponentKind = ComponentKind.POSTGRES) -> int:
    """Return how many of a server's connections are not for applications."""
    if kind is not ComponentKind.POSTGRES:
        return 0
    return SUPERUSER_CONNECTIONS + accepts // _SHARE_FOR_OTHERS if accepts else 0


def connection_budgets(strategy: Strategy, topology: Topology) -> tuple[ConnectionBudget, ...]:
    """Return a budget for every database of a phase that a pool leads to, and for its replicas."""
    idle = not carries_load(strategy.phases[topology.phase])
    found = []
    for resource in topology.resources:
        openings = tuple(_openings(topology, resource))
        if any(one.each is not None for one in openings):
            found.append(_budget(topology, resource, resource.component, openings))
            found.extend(_copies(topology, strategy, resource, openings))
    return tuple(replace(one, idle=idle) for one in found)


def carries_load(phase: Phase) -> bool:
    """Return False for a phase that expects nothing: pools are sized for production."""
    expected = [spread.high for spread in phase.expects.values()]
    return bool(phase.serves) or not expected or any(expected)


def _openings(topology: Topology, database: Resource) -> Iterator[Opening]:
    for resource in topology.resources:
        pool = resource.spec.needs.pool
        most = max(resource.instances.maximum, 1)
        if pool is not None and pool.to == database.component:
            yield Opening(resource.component, most, pool.maximum, pool.pooler)
        elif pool is None and database.component in resource.spec.talks_to:
            yield Opening(resource.component, most, None, "none")


def _copies(
    topology: Topology, strategy: Strategy, database: Resource, openings: tuple[Opening, ...]
) -> Iterator[ConnectionBudget]:
    for routing in strategy.data_growth.replicas:
        if routing.component != database.component:
            continue
        if not is_reached(strategy, topology.phase, routing.from_phase):
            continue
        for name in routing.components:
            for resource in topology.of(name):
                yield _budget(topology, resource, name, openings, copy=True)
        for number in range(1, 0 if routing.components else routing.count + 1):
            name = f"{database.component}-replica-{number}"
            yield _budget(topology, database, name, openings, copy=True)


def _budget(
    topology: Topology,
    resource: Resource,
    server: str,
    openings: tuple[Opening, ...],
    *,
    copy: bool = False,
) -> ConnectionBudget:
    accepts, source, provenance = _accepts(resource)
    return ConnectionBudget(
        topology.phase, server, resource.offering_id, openings, accepts, source, provenance,
        resource.path, resource.spec.kind, copy,
    )  # fmt: skip


def _accepts(resource: Resource) -> tuple[int | None, str, Provenance | None]:
    for one in resource.limits:
        if one.limit.name == "connections" and one.limit.value is not None:
            source = f"limit of {resource.offering_id}"
            return int(one.limit.value), source, one.limit.provenance
    if resource.spec.needs.connections:
        return resource.spec.needs.connections, "needs/connections of the strategy", None
    offering = resource.offering
    if offering is not None and offering.service == _RDS and offering.memory_gib is not None:
        return connections_of_rds(offering.memory_gib), "what RDS sets for its memory", None
    return None, "", None


def connections_of_rds(memory_gib: Decimal) -> int:
    """Return the max_connections that RDS gives an instance with so much memory."""
    fits = int(memory_gib * _BYTES_PER_GIB / _RDS_BYTES_PER_CONNECTION)
    return min(fits, _RDS_MOST_CONNECTIONS)
