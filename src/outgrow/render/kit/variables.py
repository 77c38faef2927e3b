"""The variables that hold the addresses of a kit part's stores, and its other secrets.

A phase may have more stores than the strategy names variables for: replicas, shards, a cache.
Those get one of their own, whose name follows from the component's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outgrow.render.system.defaults import address_variable
from outgrow.render.system.model import Connection, Part, System
from outgrow.strategy.bindings import in_environment
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.phase_order import is_reached
from outgrow.strategy.practices import ReplicaRouting, Sharding
from outgrow.strategy.strategy import Strategy

_USUAL_KEYS = {
    ComponentKind.POSTGRES: "DATABASE_URL",
    ComponentKind.MONGODB: "MONGODB_URL",
    ComponentKind.REDIS: "REDIS_URL",
}
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ADDRESS_END = re.compile(r"_?(URL|URI|DSN)$")


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy of the main database: its name in the settings, and the variable of its address."""

    name: str
    connection: Connection
    analytics: bool


@dataclass(frozen=True, slots=True)
class KitVariables:
    """Every variable that the settings of a part name.

    `shards` are the databases of the shards by name, `others` the references of secrets that
    are no addresses. None is what the phase does not have.
    """

    database: Connection | None
    mongodb: Connection | None
    redis: Connection | None
    replicas: tuple[Replica, ...]
    shards: tuple[tuple[str, Connection], ...]
    webhook_secret: tuple[str, str] | None
    otlp_headers: tuple[str, str] | None

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Return the addresses, each once, the main ones first."""
        main = [one for one in (self.database, self.redis, self.mongodb) if one is not None]
        copies = [one.connection for one in self.replicas]
        return tuple(dict.fromkeys((*main, *copies, *(one for _, one in self.shards))))

    @property
    def others(self) -> dict[str, str]:
        """Return the secrets that are no addresses, with the reference of each."""
        return dict(one for one in (self.webhook_secret, self.otlp_headers) if one is not None)


def kit_variables(system: System, part: Part) -> KitVariables:
    """Return the variables of a part of `system` whose code imports outgrow-kit."""
    keys = _Keys(part)
    postgres = _main_database(system, part)
    database = keys.of(postgres, ComponentKind.POSTGRES)
    strategy, settings = system.strategy, system.settings
    sign_in = in_environment(strategy.sign_in, settings.sign_in)
    tracing = in_environment(strategy.tracing, settings.tracing)
    return KitVariables(
        database=database,
        mongodb=keys.of(_first(system, part, ComponentKind.MONGODB), ComponentKind.MONGODB),
        redis=keys.of(_first(system, part, ComponentKind.REDIS), ComponentKind.REDIS),
        replicas=tuple(_replicas(system, part, keys, postgres, database)),
        shards=tuple(_shards(system, part, keys, postgres, database)),
        webhook_secret=keys.secret(sign_in.webhook_secret, "SIGN_IN_WEBHOOK_SECRET"),
        otlp_headers=keys.secret(tracing.otlp_headers, "OTEL_EXPORTER_OTLP_HEADERS"),
    )


def copies_of_databases(strategy: Strategy) -> frozenset[str]:
    """Return the components that are a replica or a shard, and no database of their own."""
    growth = strategy.data_growth
    copies = {name for one in growth.replicas for name in one.components}
    shards = {name for one in growth.sharding for name in one.databases}
    copied = {one.component for one in growth.replicas}
    spread = {one.component for one in growth.sharding}
    return frozenset((copies | shards) - copied - spread)


def sharding_of(system: System, database: Part) -> Sharding | None:
    """Return how the rows of a database are spread in this phase; None while they are not."""
    return next((one for one in system.strategy.data_growth.sharding
                 if one.component == database.component and _reached(system, one.from_phase)),
                None)  # fmt: skip


def routings_of(system: System, database: Part) -> tuple[ReplicaRouting, ...]:
    """Return what the strategy says of the replicas that a database has in this phase."""
    return tuple(
        one
        for one in system.strategy.data_growth.replicas
        if one.component == database.component and _reached(system, one.from_phase)
    )


def _main_database(system: System, part: Part) -> Part | None:
    """Return the PostgreSQL of a part: what its pool leads to, or the first it talks to."""
    linked = _linked(system, part, ComponentKind.POSTGRES)
    copies = copies_of_databases(system.strategy)
    pool = part.spec.needs.pool
    pooled = [one for one in linked if pool is not None and pool.to == one.component]
    return next((one for one in (*pooled, *linked) if one.component not in copies), None)


def _first(system: System, part: Part, kind: ComponentKind) -> Part | None:
    return next(iter(_linked(system, part, kind)), None)


def _linked(system: System, part: Part, kind: ComponentKind) -> list[Part]:
    return [one for name in part.links if (one := system.part(name)) and one.kind is kind]


def _reached(system: System, from_phase: str | None) -> bool:
    return is_reached(system.strategy, system.phase, from_phase)


def _replicas(
    system: System, part: Part, keys: _Keys, postgres: Part | None, database: Connection | None
) -> Iterator[Replica]:
    if postgres is None or database is None:
        return
    routings = routings_of(system, postgres)
    named = {name: one.analytics for one in reversed(routings) for name in one.components}
    for copy in _among_links(system, part, reversed(named)):
        connection = keys.of(copy, ComponentKind.POSTGRES)
        if connection is not None and copy is not postgres:
            yield Replica(copy.name, connection, named[copy.component])
    for number, analytics in enumerate(_numbered(routings, postgres), start=1):
        connection = keys.numbered(database, number)
        yield Replica(f"{postgres.name}-replica-{number}", connection, analytics)


def _numbered(routings: Iterable[ReplicaRouting], postgres: Part) -> list[bool]:
    """Return for each replica that belongs to its database whether it is for analytics.

    How many there are is the database's own setting; where it has none, what the strategy
    wants: a provider such as Supabase makes them on a page of its own.
    """
    wanted = [one.analytics for one in routings if not one.components for _ in range(one.count)]
    stated = postgres.setting("replicas")
    if stated is not None and not isinstance(stated, (bool, str)):
        return [*wanted, *[False] * int(stated)][: int(stated)]
    return [] if postgres.provider in ("self-hosted", "aws") else wanted


def _shards(
    system: System, part: Part, keys: _Keys, postgres: Part | None, database: Connection | None
) -> Iterator[tuple[str, Connection]]:
    sharding = sharding_of(system, postgres) if postgres is not None else None
    if postgres is None or database is None or sharding is None:
        return
    found = [
        (one.name, database if one is postgres else keys.of(one, ComponentKind.POSTGRES))
        for one in _among_links(system, part, sharding.databases)
    ]
    kept = [(name, connection) for name, connection in found if connection is not None]
    # Until the phase has more of them, every shard lies in the main database.
    yield from kept or [(postgres.name, database)]


def _among_links(system: System, part: Part, components: Iterable[str]) -> list[Part]:
    """Return those of `components` that are in this phase and that the part talks to."""
    present = [one for name in dict.fromkeys(components) if (one := system.part(name))]
    return [one for one in present if one.name in part.links and one.kind is ComponentKind.POSTGRES]


class _Keys:
    """Chooses a variable for each store: the strategy's own, or one that is not taken."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._by_store = {one.store: one for one in reversed(part.connections)}
        self._taken = {*part.secrets, *part.environment}

    def of(self, store: Part | None, kind: ComponentKind) -> Connection | None:
        """Return the variable with the address of a store."""
        if store is None:
            return None
        if store.name not in self._by_store:
            usual = _USUAL_KEYS[kind]
            first = kind not in {one.kind for one in self._by_store.values()}
            key = self._free(usual if first else address_variable(store.name))
            self._by_store[store.name] = Connection(key, store.name, kind)
        return self._by_store[store.name]

    def numbered(self, database: Connection, number: int) -> Connection:
        """Return the variable with the address of a replica that has no name of its own."""
        stem = _ADDRESS_END.sub("", database.key)
        key = f"{stem}_REPLICA_{number}_URL".lstrip("_")
        self._taken.add(key)
        return Connection(key, database.store, database.kind, replica=number)

    def secret(self, reference: str | None, usual: str) -> tuple[str, str] | None:
        """Return the variable of a secret with its reference; None without a reference."""
        if reference is None:
            return None
        own = next((key for key, one in self._part.secrets.items() if one == reference), None)
        source, _, name = reference.partition(":")
        named = name if source == "env" and _VARIABLE.fullmatch(name) else usual
        return own or self._free(named), reference

    def _free(self, key: str) -> str:
        names = (key, *(f"{key}_{number}" for number in range(2, len(self._taken) + 3)))
        found = next(name for name in names if name not in self._taken)
        self._taken.add(found)
        return found
