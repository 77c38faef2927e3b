"""What `@cached` makes of a function: the quick way of a hit, and its other verbs."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Generic, ParamSpec, Protocol, TypeVar, cast

from outgrow_kit.cache.assembly import Parts
from outgrow_kit.cache.change import invalidate, write_through
from outgrow_kit.cache.core import Ask
from outgrow_kit.cache.fetch import fetch
from outgrow_kit.cache.keys import Keys
from outgrow_kit.cache.local import Index
from outgrow_kit.cache.metrics import Counts
from outgrow_kit.cache.policy import Policy

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Cached(Protocol, Generic[P, R_co]):
    """A cached function; `invalidate` and `write_through` are awaited when it is."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Return what the function returns for these arguments."""

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """Return the key of these arguments, for `get` and `delete`."""

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> object:
        """Make void what is kept for these arguments, everywhere."""

    def write_through(
        self, write: Callable[[], object], *args: P.args, **kwargs: P.kwargs
    ) -> object:
        """Run `write`, keep what it returns for these arguments, and return it."""


class Decorated:
    """The calls of one function, beside the hit that `wrapped` answers by itself."""

    def __init__(
        self,
        parts: Parts,
        function: Callable[..., object],
        keys: Keys,
        policy: Policy,
        counts: Counts,
    ) -> None:
        self._parts = parts
        self._function = function
        self._keys = keys
        self._policy = policy
        self._counts = counts
        self.index: Index = {}

    def key(self, *args: object, **kwargs: object) -> str:
        """Return the key of these arguments."""
        return self._keys.text(self._keys.bound(self._bound(args, kwargs)))

    def ask(self, owner: object, args: tuple[object, ...], kwargs: dict[str, object]) -> Ask:
        """Return what a call asks for."""
        quick = self._bound(args, kwargs)
        bound = self._keys.bound(quick)
        exact = self._keys.is_exact(quick)
        return Ask(
            self._keys.text(bound),
            self._keys.tags_of(bound),
            self._policy,
            self._counts,
            owner,
            self.index if exact else None,
            quick if exact else None,
        )

    def _bound(self, args: tuple[object, ...], kwargs: dict[str, object]) -> tuple[object, ...]:
        try:
            return self._keys.quick(*args, **kwargs)
        except TypeError:
            # Raises the same with the function's own name; Python's text for a lambda helps nobody.
            inspect.signature(self._function).bind(*args, **kwargs)
            raise

    # --- blocking ---------------------------------------------------------------------------

    def call(self, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Return the value of a call that was no simple hit."""
        self._watched()
        of = self.ask(threading.get_ident(), args, kwargs)
        function = self._function
        return self._parts.blocking.run(
            fetch(self._parts.core, of), lambda: function(*args, **kwargs)
        )

    def invalidate(self, *args: object, **kwargs: object) -> None:
        """Make void what is kept for these arguments, everywhere."""
        self._watched()
        flow = invalidate(self._parts.core, (self.key(*args, **kwargs),))
        self._parts.blocking.run(flow)

    def write_through(self, write: Callable[[], object], *args: object, **kwargs: object) -> object:
        """Run `write`, keep what it returns for these arguments, and return it."""
        self._watched()
        of = self.ask(threading.get_ident(), args, kwargs)
        return self._parts.blocking.run(write_through(self._parts.core, of), write)

    # --- awaiting ---------------------------------------------------------------------------

    async def acall(self, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Return the value of a call that was no simple hit."""
        self._watched()
        of = self.ask(asyncio.current_task(), args, kwargs)
        function = cast(Callable[..., Awaitable[object]], self._function)
        return await self._parts.awaiting.run(
            fetch(self._parts.core, of), lambda: function(*args, **kwargs)
        )

    async def ainvalidate(self, *args: object, **kwargs: object) -> None:
        """Make void what is kept for these arguments, everywhere."""
        self._watched()
        flow = invalidate(self._parts.core, (self.key(*args, **kwargs),))
        await self._parts.awaiting.run(flow)

    async def awrite_through(
        self, write: Callable[[], Awaitable[object]], *args: object, **kwargs: object
    ) -> object:
        """Await `write`, keep what it returns for these arguments, and return it."""
        self._watched()
        of = self.ask(asyncio.current_task(), args, kwargs)
        return await self._parts.awaiting.run(write_through(self._parts.core, of), write)

    def _watched(self) -> None:
        if self._parts.watch is not None:
            self._parts.watch.ensure()


def wrapped(
    parts: Parts, function: Callable[P, R], keys: Keys, policy: Policy, counts: Counts
) -> Cached[P, R]:
    """Return the cached function: a simple hit costs one dict lookup and one look at the clock."""
    decorated = Decorated(parts, function, keys, policy, counts)
    result: Callable[..., object]
    verbs: dict[str, object]
    if inspect.iscoroutinefunction(function):
        result = wraps(function)(_awaiting(parts, decorated, keys, counts))
        verbs = {
            "invalidate": decorated.ainvalidate,
            "write_through": decorated.awrite_through,
        }
    else:
        result = wraps(function)(_blocking(parts, decorated, keys, counts))
        verbs = {
            "invalidate": decorated.invalidate,
            "write_through": decorated.write_through,
        }
    result.__dict__.update(verbs, key=decorated.key)
    return cast(Cached[P, R], result)


def _blocking(
    parts: Parts, decorated: Decorated, keys: Keys, counts: Counts
) -> Callable[..., object]:
    find, quick, call = decorated.index.get, keys.quick, decorated.call
    local, link, clock = parts.core.local, parts.core.link, parts.core.clock

    def cached(*args: object, **kwargs: object) -> object:
        try:
            entry = find(quick(*args, **kwargs))
        except TypeError:  # an argument that cannot be looked up, or the wrong arguments
            entry = None
        if (
            entry is not None
            and (now := clock()) < entry.until
            and (now < link.trusted_until or now < entry.own_until)
            and (entry.checked == local.tag_generation or local.recheck(entry))
        ):
            entry.used = True
            counts.local_hits += 1
            return entry.value
        return call(args, kwargs)

    return cached


def _awaiting(
    parts: Parts, decorated: Decorated, keys: Keys, counts: Counts
) -> Callable[..., Awaitable[object]]:
    find, quick, call = decorated.index.get, keys.quick, decorated.acall
    local, link, clock = parts.core.local, parts.core.link, parts.core.clock

    # The same as above: a function that both called would cost a third of the hit.
    async def cached(*args: object, **kwargs: object) -> object:
        try:
            entry = find(quick(*args, **kwargs))
        except TypeError:
            entry = None
        if (
            entry is not None
            and (now := clock()) < entry.until
            and (now < link.trusted_until or now < entry.own_until)
            and (entry.checked == local.tag_generation or local.recheck(entry))
        ):
            entry.used = True
            counts.local_hits += 1
            return entry.value
        return await call(args, kwargs)

    return cached
