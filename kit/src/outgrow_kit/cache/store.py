"""What a shared store is to the cache, and the guard that every call to it passes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from outgrow_kit.cache.link import Link
from outgrow_kit.cache.metrics import CacheMetrics, Timing
from outgrow_kit.cache.steps import Flow, Step
from outgrow_kit.clock import Clock
from outgrow_kit.errors import StoreUnavailable

T = TypeVar("T")


class StoreRefused(StoreUnavailable):
    """The store answered, but refused this one call (full, no permission)."""


class StoreLate(StoreUnavailable):
    """The store did not answer within the deadline."""


@dataclass(frozen=True, slots=True)
class Message:
    """An invalidation that some process sent; `version` orders it among fills."""

    version: int
    origin: str
    keys: tuple[str, ...]
    tags: tuple[str, ...]
    everything: bool

    @classmethod
    def read(cls, text: str | bytes) -> Message:
        """Return the message; one that cannot be read makes everything void."""
        try:
            version, body = (text.decode() if isinstance(text, bytes) else text).split(" ", 1)
            origin, keys, tags, everything = json.loads(body)
            return cls(int(version), str(origin), tuple(keys), tuple(tags), bool(everything))
        except (ValueError, TypeError):
            return cls(0, "", (), (), True)


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping: every message that was sent before the ping has been returned."""


class Subscription(Protocol):
    """One connection that hears invalidations; used by one thread."""

    def ping(self) -> None:
        """Ask for a Pong."""

    def next(self, timeout_seconds: float) -> Message | Pong | None:
        """Return what comes next, or None; raises StoreUnavailable when it is broken."""

    def close(self) -> None:
        """Close the connection."""


class Store(Protocol):
    """Redis or PostgreSQL; every method raises StoreUnavailable within the deadline."""

    def perform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""

    def subscribe(self) -> Subscription | None:
        """Return a new subscription to invalidations; None where there can be none."""

    def sweep(self) -> None:
        """Remove what is over, where the store does not do so by itself."""

    def close(self) -> None:
        """Close the connections that block."""

    async def aclose(self) -> None:
        """Close the connections of this event loop."""

    def reset(self) -> None:
        """Forget every connection, without closing it: for a process that was just forked."""


def carried_out(flow: Flow[T], store: Store) -> T:
    """Return what a flow returns that asks nothing but the store."""
    try:
        step = next(flow)
        while True:
            try:
                answer = store.perform(step)
            except Exception as error:
                step = flow.throw(error)
            else:
                step = flow.send(answer)
    except StopIteration as done:
        return cast(T, done.value)


@dataclass(slots=True)
class Guard:
    """Counts and times what the store does, and opens the breaker when it does not answer."""

    store: Store
    link: Link
    metrics: CacheMetrics
    clock: Clock
    timing: Timing | None = None

    def perform(self, step: Step[object]) -> object:
        """Carry a step out, blocking."""
        started = self.clock()
        try:
            return self.store.perform(step)
        except StoreUnavailable as error:
            self._failed(error)
            raise
        finally:
            self._timed(step, self.clock() - started)

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out, awaiting."""
        started = self.clock()
        try:
            return await self.store.aperform(step)
        except StoreUnavailable as error:
            self._failed(error)
            raise
        finally:
            self._timed(step, self.clock() - started)

    def _failed(self, error: StoreUnavailable) -> None:
        if isinstance(error, StoreLate):
            self.metrics.shared_timeouts += 1
        else:
            self.metrics.shared_errors += 1
        if not isinstance(error, StoreRefused):
            self.link.failed()

    def _timed(self, step: Step[object], seconds: float) -> None:
        self.metrics.shared_calls += 1
        self.metrics.shared_seconds += seconds
        if self.timing is not None:
            self.timing(type(step).__name__.lower(), seconds)
