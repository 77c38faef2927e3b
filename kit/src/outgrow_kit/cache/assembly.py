"""Puts the parts of one process's cache together, as the settings say."""

from __future__ import annotations

import os
import secrets
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from outgrow_kit.cache.codec import Codec
from outgrow_kit.cache.core import Core
from outgrow_kit.cache.drive import Awaiting, Blocking
from outgrow_kit.cache.flights import Flights
from outgrow_kit.cache.link import Link
from outgrow_kit.cache.local import Local
from outgrow_kit.cache.metrics import CacheMetrics, Timing
from outgrow_kit.cache.store import Guard, Store
from outgrow_kit.cache.watch import Watch
from outgrow_kit.clock import Clock, WallClock
from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.model import CacheSettings, DatabaseSettings


def new_token() -> str:
    """Return 16 characters that were never used before."""
    return secrets.token_hex(8)


@dataclass(slots=True, weakref_slot=True)
class Parts:
    """The parts, of which `store` and `watch` exist only in a phase with a shared store."""

    core: Core
    blocking: Blocking
    awaiting: Awaiting
    store: Store | None
    watch: Watch | None

    def reset(self) -> None:
        """Begin again in a process that was just forked: no threads, no connections."""
        self.core.local.reset()
        self.core.flights.reset()
        self.core.link.reset(new_token())
        self.blocking.reset()
        self.awaiting.reset()
        if self.store is not None and self.watch is not None:
            self.store.reset()
            self.watch.reset()


def assembled(
    settings: CacheSettings,
    database: DatabaseSettings | None,
    *,
    codec: Codec,
    clock: Clock,
    wall: WallClock,
    chance: Callable[[], float],
    timing: Timing | None,
) -> Parts:
    """Return the parts; raises InvalidSettings when the shared store has no address."""
    metrics = CacheMetrics()
    local = Local(settings.local_items, settings.local_bytes, metrics)
    flights = Flights()
    link = Link(
        shared=settings.shared != "none",
        local=local,
        flights=flights,
        metrics=metrics,
        origin=new_token(),
        clock=clock,
    )
    core = Core(local, flights, link, codec, metrics, clock, wall, chance, new_token)
    store = _store(settings, database, link)
    guard = Guard(store, link, metrics, clock, timing) if store else None
    watch = Watch(core, store) if store else None
    parts = Parts(core, Blocking(guard), Awaiting(guard), store, watch)
    _reset_after_fork(parts)
    return parts


def _store(settings: CacheSettings, database: DatabaseSettings | None, link: Link) -> Store | None:
    if settings.shared == "redis":
        if settings.redis_url is None:
            raise InvalidSettings(["the cache is shared by redis, and redis_url is not set"])
        from outgrow_kit.cache.redis_store import RedisStore

        return RedisStore(
            settings.redis_url,
            namespace=settings.namespace,
            deadline_seconds=settings.deadline_seconds,
            token=new_token,
            answers=lambda: link.answers,
        )
    if settings.shared == "postgres":
        if database is None:
            raise InvalidSettings(
                ["the cache is shared by postgres: give Cache(..., database=settings.database)"]
            )
        from outgrow_kit.cache.postgres_store import PostgresStore

        return PostgresStore(
            database,
            namespace=settings.namespace,
            deadline_seconds=settings.deadline_seconds,
            token=new_token,
        )
    return None


def _reset_after_fork(parts: Parts) -> None:
    alive = weakref.ref(parts)

    def reset() -> None:
        found = alive()
        if found is not None:
            found.reset()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)
