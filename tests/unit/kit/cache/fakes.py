"""A shared store in memory, clocks that stand, and a process's cache made of plain parts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from outgrow_kit.cache.codec import codec_for
from outgrow_kit.cache.core import Ask, Core
from outgrow_kit.cache.drive import Blocking
from outgrow_kit.cache.flights import Flights
from outgrow_kit.cache.link import Link
from outgrow_kit.cache.local import Local
from outgrow_kit.cache.metrics import CacheMetrics
from outgrow_kit.cache.policy import Policy
from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Behind,
    Compute,
    Fill,
    Flow,
    Found,
    Invalidate,
    Join,
    Pause,
    Read,
    Release,
    Renew,
    Step,
)
from outgrow_kit.cache.store import Guard, Message, Subscription
from outgrow_kit.cache.stored import token_in
from outgrow_kit.cache.types import TypeRegistry
from outgrow_kit.errors import StoreUnavailable


class Clock:
    """Time that moves when the test says so."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class MemoryStore:
    """What Redis and PostgreSQL do, held to the same contract as they are."""

    clock: Clock = field(default_factory=Clock)
    out: bool = False
    messages: list[Message] = field(default_factory=list)
    performed: list[Step[object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        # Grows over restarts, as a version does that begins at the server's time.
        self.version = 0
        self.restart()

    def restart(self) -> None:
        """Lose everything."""
        self.epoch: str | None = None
        self.values: dict[str, tuple[bytes, float]] = {}
        self.leases: dict[str, tuple[str, float]] = {}
        self.tags: dict[str, str] = {}

    def _unique(self) -> str:
        return f"{next(self._numbers):016x}"

    def perform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        self.performed.append(step)
        if self.out:
            raise StoreUnavailable("out")
        return getattr(self, f"_{type(step).__name__.lower()}")(step)

    async def aperform(self, step: Step[object]) -> object:
        """Carry a step out and return its answer."""
        return self.perform(step)

    def _value(self, key: str) -> bytes | None:
        value, until = self.values.get(key, (None, 0.0))
        return value if until > self.clock() else None

    def _lease(self, key: str) -> str | None:
        token, until = self.leases.get(key, (None, 0.0))
        return token if until > self.clock() else None

    def _read(self, step: Read) -> Found:
        values = tuple(map(self._value, step.keys))
        return Found(self.epoch, values, tuple(map(self.tags.get, step.tags)))

    def _begin(self, step: Begin) -> Begun:
        if self.epoch is None:
            self.epoch = self._unique()
        generations = tuple(self.tags.setdefault(tag, self._unique()) for tag in step.tags)
        value = None if step.force else self._value(step.key)
        if value is not None and token_in(value) == step.seen:
            value = None
        granted = step.force or (value is None and self._lease(step.key) in (None, step.token))
        if granted:
            self.leases[step.key] = (step.token, self.clock() + step.lease_seconds)
        return Begun(granted, self.epoch, self.version, generations, value)

    def _fill(self, step: Fill) -> bool:
        if self._lease(step.key) != step.token:
            return False
        del self.leases[step.key]
        current = tuple(map(self.tags.get, step.tags))
        if self.epoch != step.epoch or current != step.generations:
            return False
        self.values[step.key] = (step.raw, self.clock() + step.seconds)
        if step.announce:
            self._announce(step.origin, (step.key,), (), False)
        return True

    def _invalidate(self, step: Invalidate) -> bool:
        for key in step.keys:
            self.values.pop(key, None)
            self.leases.pop(key, None)
        for tag in step.tags:
            self.tags.pop(tag, None)
        if step.everything:
            self.epoch = None
        self._announce(step.origin, step.keys, step.tags, step.everything)
        return True

    def _announce(
        self, origin: str, keys: tuple[str, ...], tags: tuple[str, ...], everything: bool
    ) -> None:
        self.version += 1
        self.messages.append(Message(self.version, origin, keys, tags, everything))

    def _renew(self, step: Renew) -> bool:
        for lease in step.leases:
            if self._lease(lease.key) == lease.token:
                self.leases[lease.key] = (lease.token, self.clock() + step.lease_seconds)
        return True

    def _release(self, step: Release) -> bool:
        for lease in step.leases:
            if self._lease(lease.key) == lease.token:
                del self.leases[lease.key]
        return True

    def subscribe(self) -> Subscription | None:
        """Return nothing: tests hand messages on by themselves."""
        return None

    def sweep(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""

    def reset(self) -> None:
        """Do nothing."""


class Process:
    """One process's cache over a store, its clock in the test's hand, its threads left out."""

    def __init__(
        self, store: MemoryStore | None = None, clock: Clock | None = None, origin: str = "one"
    ) -> None:
        self.store = store
        self.clock = clock or (store.clock if store else Clock())
        self.metrics = CacheMetrics()
        self.local = Local(100, 1_000_000, self.metrics)
        flights = Flights()
        self.link = Link(
            shared=store is not None, local=self.local, flights=flights, metrics=self.metrics,
            origin=origin, clock=self.clock,
        )  # fmt: skip
        numbers = itertools.count(1)
        self.core = Core(
            self.local, flights, self.link, codec_for("msgpack", TypeRegistry()), self.metrics,
            self.clock, self.clock, lambda: 0.0, lambda: f"{origin:_<6.6}{next(numbers):010x}",
        )  # fmt: skip
        self.guard = Guard(store, self.link, self.metrics, self.clock) if store else None
        self.blocking = Blocking(self.guard)
        self.behind: list[tuple[Flow[object], Callable[[], object] | None]] = []
        if store is not None:
            self.subscribed()

    def subscribed(self) -> None:
        """Subscribe, and believe what is kept from now on."""
        self.link.joined()
        self.link.confirmed(self.clock())

    def ask(self, key: str = "k", *tags: str, seconds: float = 60.0, **policy: float) -> Ask:
        """Return what a call asks for."""
        made = Policy(seconds=seconds, jitter=0.0, **policy)  # type: ignore[arg-type]
        # Each call from another thread, as it were.
        return Ask(key, tags, made, self.metrics.of("test"), owner=object())

    def run(self, flow: Flow[object], compute: Callable[[], object] | None = None) -> object:
        """Carry a flow out; what is to be done behind the caller waits in `behind`."""
        answer: object = None
        try:
            step = next(flow)
            while True:
                try:
                    answer = self.perform(step, compute)
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return cast(object, done.value)

    def perform(self, step: Step[object], compute: Callable[[], object] | None) -> object:
        """Carry one step out."""
        if isinstance(step, Compute):
            assert compute is not None
            return compute()
        if isinstance(step, Behind):
            self.behind.append((step.flow, compute))
            return None
        assert not isinstance(step, (Pause, Join)), "nothing in this test waits"
        assert self.guard is not None
        return self.guard.perform(step)

    def catch_up(self) -> None:
        """Do what was left to be done behind callers."""
        while self.behind:
            self.run(*self.behind.pop(0))
