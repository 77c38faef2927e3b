"""`Cache`: what an application holds one of, whatever is behind it in its phase."""

from __future__ import annotations

import asyncio
import inspect
import random
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from outgrow_kit.cache.assembly import assembled
from outgrow_kit.cache.change import invalidate, look_up, write_through
from outgrow_kit.cache.codec import Format, codec_for
from outgrow_kit.cache.core import Ask
from outgrow_kit.cache.decorated import Cached, wrapped
from outgrow_kit.cache.key_text import bounded
from outgrow_kit.cache.keys import keys_of
from outgrow_kit.cache.metrics import CacheMetrics, Timing
from outgrow_kit.cache.policy import Policy
from outgrow_kit.cache.steps import Flow
from outgrow_kit.cache.types import TypeRegistry
from outgrow_kit.clock import Clock, WallClock, monotonic, wall
from outgrow_kit.settings.model import CacheSettings, DatabaseSettings

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
# What plain keys are counted under.
_PLAIN = "get"


class Cache:
    """A cache of the process, with Redis, PostgreSQL or nothing behind it.

    A method blocks; its twin that begins with `a` is awaited. Values are those of JSON, bytes,
    tuples, sets, dates, Decimal, UUID, and `types` (dataclasses, enums, pydantic models). What
    a hit returns is shared with every other caller of the process: do not change it.

    Nothing here raises because the shared store is out. Use it as a context manager, or end
    it with `close()` or `await aclose()`; used again, it opens again. After a fork the child
    begins with an empty process cache and connections of its own.
    """

    def __init__(
        self,
        settings: CacheSettings | None = None,
        *,
        database: DatabaseSettings | None = None,
        types: Iterable[type] = (),
        format: Format | None = None,
        timing: Timing | None = None,
        clock: Clock = monotonic,
        wall_clock: WallClock = wall,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings or CacheSettings()
        self.types = TypeRegistry(types)
        self._parts = assembled(
            self._settings,
            database,
            codec=codec_for(format, self.types),
            clock=clock,
            wall=wall_clock,
            chance=chance,
            timing=timing,
        )
        self._names: set[str] = set()

    @property
    def metrics(self) -> CacheMetrics:
        """Return what this process has counted."""
        return self._parts.core.metrics

    def cached(
        self,
        *,
        seconds: float,
        tags: Sequence[str] = (),
        name: str | None = None,
        version: int = 1,
        ignore: Iterable[str] = (),
        stale_seconds: float = 0.0,
        none_seconds: float | None = None,
        refresh_ahead: float = 0.0,
        jitter: float = 0.05,
        behind: bool | None = None,
        replicas: bool = False,
    ) -> Callable[[Callable[P, R]], Cached[P, R]]:
        """Return a decorator that keeps what a function returns, plain or async.

        `tags` may name arguments (`project:{project_id}`). `name` (else the function's own)
        is what a rule of the settings applies to; raise `version` when the result changes its
        shape. Arguments in `ignore` are no part of the key. `none_seconds` is how long None
        is kept; the other times are those of `Policy`. `behind=False` lets a caller renew
        instead of a thread or task behind it; it is the default with `ignore`, because such an
        argument (a session, a request) may be over by then.

        What the function reads with `database.read()` it reads from the primary, because what
        a replica does not have yet would be kept. `replicas=True` lets it read from them.
        """
        ignored = tuple(ignore)
        policy = Policy(
            seconds=seconds,
            stale_seconds=stale_seconds,
            none_seconds=none_seconds,
            refresh_ahead=refresh_ahead,
            jitter=jitter,
            behind=not ignored if behind is None else behind,
            replicas=replicas,
        )

        def decorate(function: Callable[P, R]) -> Cached[P, R]:
            if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
                raise TypeError("a generator cannot be cached: return a list")
            named = name or f"{function.__module__}.{function.__qualname__}"
            self._claim(named)
            keys = keys_of(function, named, version, tags, ignored)
            ruled = policy.under(self._settings.rules.get(named))
            return wrapped(self._parts, function, keys, ruled, self.metrics.of(named))

        return decorate

    def _claim(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"two cached functions are called {name}: give one another name=")
        self._names.add(name)

    # --- blocking ---------------------------------------------------------------------------

    def get(self, key: str, default: T | None = None) -> object | T | None:
        """Return the value of a key, or `default`."""
        return self.get_many((key,)).get(key, default)

    def get_many(self, keys: Iterable[str]) -> dict[str, object]:
        """Return the values of those keys that have one."""
        asks = self._asks(keys, None)
        return _by_name(asks, self._run(look_up(self._parts.core, list(asks.values()))))

    def set(self, key: str, value: object, *, seconds: float, tags: Sequence[str] = ()) -> None:
        """Keep a value everywhere; raises Unstorable for a type that is not registered."""
        self.write_through(key, lambda: value, seconds=seconds, tags=tags)

    def write_through(
        self, key: str, write: Callable[[], R], *, seconds: float, tags: Sequence[str] = ()
    ) -> R:
        """Run `write`, which stores the truth and returns it; keep that, and return it.

        When another writes or invalidates the same key meanwhile, nothing is kept.
        """
        of = self._ask(key, threading.get_ident(), seconds, tags)
        self._watched()
        flow = write_through(self._parts.core, of)
        return cast(R, self._parts.blocking.run(flow, write))

    def delete(self, *keys: str) -> None:
        """Make keys void everywhere; when this returns, this process has forgotten them."""
        self._run(invalidate(self._parts.core, tuple(map(bounded, keys))))

    def invalidate_tag(self, *tags: str) -> None:
        """Make void whatever carries one of the tags; the cost does not depend on how much."""
        self._run(invalidate(self._parts.core, (), tuple(map(bounded, tags))))

    def clear(self) -> None:
        """Make void everything in this namespace."""
        self._run(invalidate(self._parts.core, everything=True))

    def close(self) -> None:
        """End the threads and the connections that block."""
        self._parts.blocking.close()
        if self._parts.watch is not None and self._parts.store is not None:
            self._parts.watch.close()
            self._parts.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # --- awaiting ---------------------------------------------------------------------------

    async def aget(self, key: str, default: T | None = None) -> object | T | None:
        """Return the value of a key, or `default`."""
        return (await self.aget_many((key,))).get(key, default)

    async def aget_many(self, keys: Iterable[str]) -> dict[str, object]:
        """Return the values of those keys that have one."""
        asks = self._asks(keys, None)
        return _by_name(asks, await self._arun(look_up(self._parts.core, list(asks.values()))))

    async def aset(
        self, key: str, value: object, *, seconds: float, tags: Sequence[str] = ()
    ) -> None:
        """Keep a value everywhere; raises Unstorable for a type that is not registered."""

        async def write() -> object:
            return value

        await self.awrite_through(key, write, seconds=seconds, tags=tags)

    async def awrite_through(
        self,
        key: str,
        write: Callable[[], Awaitable[R]],
        *,
        seconds: float,
        tags: Sequence[str] = (),
    ) -> R:
        """Await `write`, which stores the truth and returns it; keep that, and return it."""
        of = self._ask(key, asyncio.current_task(), seconds, tags)
        self._watched()
        flow = write_through(self._parts.core, of)
        return cast(R, await self._parts.awaiting.run(flow, write))

    async def adelete(self, *keys: str) -> None:
        """Make keys void everywhere; when this returns, this process has forgotten them."""
        await self._arun(invalidate(self._parts.core, tuple(map(bounded, keys))))

    async def ainvalidate_tag(self, *tags: str) -> None:
        """Make void whatever carries one of the tags; the cost does not depend on how much."""
        await self._arun(invalidate(self._parts.core, (), tuple(map(bounded, tags))))

    async def aclear(self) -> None:
        """Make void everything in this namespace."""
        await self._arun(invalidate(self._parts.core, everything=True))

    async def aclose(self) -> None:
        """End the tasks, threads and connections."""
        await self._parts.awaiting.aclose()
        if self._parts.store is not None:
            await self._parts.store.aclose()
        await asyncio.to_thread(self.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.aclose()

    # --- both -------------------------------------------------------------------------------

    def _run(self, flow: Flow[T]) -> T:
        self._watched()
        return self._parts.blocking.run(flow)

    async def _arun(self, flow: Flow[T]) -> T:
        self._watched()
        return await self._parts.awaiting.run(flow)

    def _watched(self) -> None:
        if self._parts.watch is not None:
            self._parts.watch.ensure()

    def _ask(self, key: str, owner: object, seconds: float, tags: Sequence[str]) -> Ask:
        policy = Policy(seconds=seconds, behind=False)
        return Ask(bounded(key), tuple(map(bounded, tags)), policy, self.metrics.of(_PLAIN), owner)

    def _asks(self, keys: Iterable[str], owner: object) -> dict[str, Ask]:
        return {key: self._ask(key, owner, 0, ()) for key in keys}


def _by_name(asks: dict[str, Ask], found: dict[str, object]) -> dict[str, object]:
    return {name: found[of.key] for name, of in asks.items() if of.key in found}
