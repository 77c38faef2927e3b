"""How many connections there are, and who gets them: the arithmetic behind pgbouncer.ini."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.analysis.connections import kept_connections
from outgrow.diagnostics import Path
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind, ConnectionPool

# What PostgreSQL has when nobody says otherwise (max_connections in its documentation).
_DEFAULT_MAX_CONNECTIONS = 100
_DEFAULT_POOL = 10
# Supabase and Neon put a pooler of their own before every database.
_WITHOUT_A_POOLER = frozenset({"self-hosted", "aws"})


@dataclass(frozen=True, slots=True)
class Client:
    """An application that connects, how many of it there are at the most, and its pool."""

    part: Part
    instances: int
    pool: int
    stated: bool

    @property
    def connections(self) -> int:
        """Return how many connections it opens at the most."""
        return self.instances * self.pool


@dataclass(frozen=True, slots=True)
class Budget:
    """The connections of one server: what it has, what is kept back, what is left.

    `source` is where the server's number comes from.
    """

    server: Part
    clients: tuple[Client, ...]
    max_connections: int
    source: str

    @property
    def kept(self) -> int:
        """Return how many connections PgBouncer leaves to others."""
        return kept_connections(self.max_connections)

    @property
    def server_connections(self) -> int:
        """Return how many connections PgBouncer opens at the most."""
        return max(self.max_connections - self.kept, 1)

    @property
    def client_connections(self) -> int:
        """Return how many connections the applications open at the most."""
        return sum(client.connections for client in self.clients)

    @property
    def pool_size(self) -> int:
        """Return the size of the pool of one user on one database."""
        return min(self.server_connections, max((c.pool for c in self.clients), default=1))


def budgets(system: System) -> tuple[Budget, ...]:
    """Return a budget for every PostgreSQL that applications of `system` connect to."""
    found = []
    for server in system.parts:
        if server.kind is not ComponentKind.POSTGRES:
            continue
        clients = tuple(_clients(system, server))
        if clients:
            found.append(Budget(server, clients, *_max_connections(system, server)))
    return tuple(found)


def asks_for_pgbouncer(system: System) -> bool:
    """Return whether an application wants PgBouncer before a database without one of its own."""
    return any(
        (pool := _pool_to(client.part, budget.server)) is not None
        and pool.pooler == "pgbouncer"
        and budget.server.provider in _WITHOUT_A_POOLER
        for budget in budgets(system)
        for client in budget.clients
    )


def _clients(system: System, server: Part) -> list[Client]:
    found = []
    for part in system.parts:
        if server.name not in part.links or part.kind is ComponentKind.POSTGRES:
            continue
        pool = _pool_to(part, server)
        size = pool.maximum if pool else _DEFAULT_POOL
        found.append(Client(part, max(part.instances.maximum, 1), size, stated=pool is not None))
    return found


def _pool_to(part: Part, server: Part) -> ConnectionPool | None:
    pool = part.spec.needs.pool
    return pool if pool is not None and pool.to == server.component else None


def stated_connections(server: Part) -> tuple[int, Path] | None:
    """Return how many connections a server takes, and the place that says so; None if none does."""
    for known in server.resource.limits:
        if known.limit.name == "connections" and known.limit.value is not None:
            return int(known.limit.value), known.path
    needed = server.spec.needs.connections
    return (needed, (*server.path, "needs", "connections")) if needed else None


def _max_connections(system: System, server: Part) -> tuple[int, str]:
    stated = stated_connections(server)
    if stated is None:
        return _DEFAULT_MAX_CONNECTIONS, "PostgreSQL's default; the strategy states none"
    return stated[0], system.where(*stated[1])
