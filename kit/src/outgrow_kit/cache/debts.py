"""Telling the store what it is owed, before anything of it is believed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from outgrow_kit.cache.link import Link
from outgrow_kit.cache.steps import Flow, Invalidate, Release, ask

_KEYS_AT_ONCE = 500
_ROUNDS = 8


def beat(link: Link, sent: float, believe: Callable[[float], None]) -> Flow[None]:
    """Pay, then believe the store as of `sent`, when a ping went out; raises StoreUnavailable.

    While the first round is told, the breaker is open and callers go on owing. Once it is
    closed they tell the store themselves, so that what they owed meanwhile is the last.
    """
    yield from pay(link)
    believe(sent)
    for _ in range(_ROUNDS):
        if not link.owes:
            return
        yield from pay(link)


def pay(link: Link) -> Flow[None]:
    """Tell the store what it is owed now; what it was not told stays owed."""
    void, leases = link.take_owed()
    try:
        for part in _parts(void):
            yield from ask(part)
        for start in range(0, len(leases), _KEYS_AT_ONCE):
            yield from ask(Release(leases[start : start + _KEYS_AT_ONCE]))
    except BaseException:
        if void is not None:
            link.owe(void)
        raise
    link.told()


def _parts(void: Invalidate | None) -> Iterator[Invalidate]:
    """Yield the invalidation in parts that a store carries out within its deadline."""
    if void is None:
        return
    whole = max(len(void.keys), len(void.tags), 1)
    for start in range(0, whole, _KEYS_AT_ONCE):
        yield Invalidate(
            void.keys[start : start + _KEYS_AT_ONCE],
            void.tags[start : start + _KEYS_AT_ONCE],
            void.origin,
            void.everything,
        )
