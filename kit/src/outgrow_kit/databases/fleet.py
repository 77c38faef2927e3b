"""What one process has of the servers: engines, their sizes, and the router over the copies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine, text

from outgrow_kit.breaker import Breaker
from outgrow_kit.clock import Clock
from outgrow_kit.databases.begin import Begin, isolation_level
from outgrow_kit.databases.budget import PoolBudget, pool_budget
from outgrow_kit.databases.copies import Copy
from outgrow_kit.databases.engines import Server
from outgrow_kit.databases.gate import Gate
from outgrow_kit.databases.routing import Router, Tolerance
from outgrow_kit.secret import Secret
from outgrow_kit.settings.model import DatabaseSettings

_log = logging.getLogger("outgrow_kit.databases")
_E = TypeVar("_E")

_LIMITS = text(
    "SELECT current_setting('max_connections')::int AS most,"
    " current_setting('superuser_reserved_connections')::int"
    " + coalesce(current_setting('reserved_connections', true)::int, 0) AS reserved,"
    " (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS of_role,"
    " (SELECT nullif(datconnlimit, -1) FROM pg_database"
    " WHERE datname = current_database()) AS of_database"
)


class Tools(Protocol[_E]):
    """How engines are made and seen: for threads, or for asyncio."""

    def make(self, server: Server) -> _E:
        """Return an engine."""

    def sync(self, engine: _E) -> Engine:
        """Return the engine as the router uses it."""

    def begins_with(self, engine: _E, begin: Begin) -> _E:
        """Return the same engine whose transactions begin so."""

    def pause(self, seconds: float) -> object:
        """Let time pass."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a session."""

    read_only: bool
    isolation: str | None = None
    statement_timeout_seconds: float | None = None


class Fleet(Generic[_E]):
    """The engines of one process, and the sessions' options on them."""

    def __init__(
        self,
        settings: DatabaseSettings,
        tools: Tools[_E],
        tolerance: Tolerance,
        application_name: str,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self._tools = tools
        self._begins: dict[Asked, Begin] = {}
        self._primaries: dict[Asked, _E] = {}
        self._name, self._clock = application_name, clock
        share = max(warned(pool_budget(settings.pool)).per_process, 1)
        # With copies, one of the connections to the primary watches where its log ends.
        watched = 1 if settings.replicas and share > 1 else 0
        primary = self._server(settings.url, share - watched, Gate(clock=clock))
        self._default = primary.default_begin()
        self.primary = tools.make(primary)
        watcher = tools.make(self._server(settings.url, 1)) if watched else self.primary
        replicas = [tools.make(self._server(one.url, share)) for one in settings.replicas]
        self.engines = [self.primary, *([watcher] if watched else []), *replicas]
        self.router = self._router(watcher, replicas, tolerance) if replicas else None

    def _server(self, url: Secret, size: int, gate: Gate | None = None) -> Server:
        return Server(url, self.settings.pool, size, gate, self._name, self._clock)

    def _router(self, watcher: _E, replicas: Sequence[_E], tolerance: Tolerance) -> Router:
        sync, clock = self._tools.sync, self._clock
        copies = [
            Copy(one.name, one.analytics, sync(engine), _breaker(clock))
            for one, engine in zip(self.settings.replicas, replicas, strict=True)
        ]
        return Router(sync(watcher), copies, tolerance, self._tools.pause, clock)

    def begin(self, asked: Asked) -> Begin:
        """Return how a transaction begins that is asked for so."""
        found = self._begins.get(asked)
        if found is None:
            timeouts = self._default.timeouts
            if asked.statement_timeout_seconds is not None:
                timeouts = replace(timeouts, statement_seconds=asked.statement_timeout_seconds)
            found = Begin(asked.read_only, isolation_level(asked.isolation), timeouts)
            self._begins[asked] = found
        return found

    def primary_engine(self, asked: Asked) -> _E:
        """Return the primary's engine, whose transactions begin as asked."""
        found = self._primaries.get(asked)
        if found is None:
            found = self._tools.begins_with(self.primary, self.begin(asked))
            self._primaries[asked] = found
        return found

    def router_for(self, asked: Asked) -> Router | None:
        """Return the router; None where only the primary can answer."""
        # A hot standby cannot take part in the bookkeeping of SERIALIZABLE.
        return None if self.begin(asked).isolation == "SERIALIZABLE" else self.router

    def live_budget(self, connection: Connection) -> PoolBudget:
        """Return the budget against what the server itself says that it takes."""
        row = connection.execute(_LIMITS).one()
        limits = [one for one in (row.most, row.of_role, row.of_database) if one is not None]
        most = min(limits)
        # A limit of the role or the database has nothing reserved in it.
        reserved = row.reserved if most == row.most else 0
        return pool_budget(self.settings.pool, max_connections=most, reserved=reserved)


def warned(budget: PoolBudget) -> PoolBudget:
    """Return the budget, after a warning where the connections do not fit."""
    if budget.verdict == "too many":
        _log.warning("the pools do not fit into the server:\n%s", budget)
    return budget


def _breaker(clock: Clock) -> Breaker:
    return Breaker(open_seconds=0.25, longest_seconds=5.0, clock=clock)
