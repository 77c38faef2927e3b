"""Reading, writing and invalidating by key, for those who do not go through a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from outgrow_kit.cache.core import Ask, Core, Seen
from outgrow_kit.cache.link import LEASE_SECONDS
from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Compute,
    Fill,
    Flow,
    Found,
    Invalidate,
    Lease,
    Read,
    ask,
)

_TAG_SECONDS = 3600.0


def look_up(core: Core, asks: Sequence[Ask]) -> Flow[dict[str, object]]:
    """Return the fresh values of keys; a key without one is left out."""
    values: dict[str, object] = {}
    missing: list[Ask] = []
    for of in asks:
        kept = core.local.find(of.key)
        now = core.clock()
        if kept is not None and now < kept.fresh_until and core.is_believed(kept, now):
            of.counts.local_hits += 1
            values[of.key] = kept.value
        else:
            missing.append(of)
    if missing:
        values.update((yield from _from_store(core, missing)))
    return {of.key: values[of.key] for of in asks if of.key in values}


def _from_store(core: Core, asks: Sequence[Ask]) -> Flow[dict[str, object]]:
    since, read_at = core.local.mark(), core.clock()
    keys = tuple(of.key for of in asks)
    found = cast(Found | None, (yield from core.shared(Read(keys))))
    if found is None:
        _count_misses(asks)
        return {}
    core.link.saw(found.epoch)
    entries = [
        core.opened(raw, found.epoch, {}, of.counts)
        for of, raw in zip(asks, found.values, strict=True)
    ]
    # Only the entries know their tags, so these are looked up once the entries are here.
    tags = tuple({tag for seen in entries if seen.stored for tag in seen.stored.tags})
    current: dict[str, str | None] = {}
    if tags:
        again = cast(Found | None, (yield from core.shared(Read((), tags))))
        if again is None:
            _count_misses(asks)
            return {}
        current = dict(zip(tags, again.generations, strict=True))
    values = {}
    for of, seen in zip(asks, entries, strict=True):
        if _is_current(seen, current) and seen.stored and seen.stored.fresh_until > core.wall():
            of.counts.shared_hits += 1
            core.keep_read(of, seen, since, read_at)
            values[of.key] = seen.value
        else:
            of.counts.misses += 1
    return values


def _is_current(seen: Seen, current: dict[str, str | None]) -> bool:
    stored = seen.stored
    return stored is not None and all(
        current.get(tag) == generation
        for tag, generation in zip(stored.tags, stored.generations, strict=True)
    )


def _count_misses(asks: Sequence[Ask]) -> None:
    for of in asks:
        of.counts.misses += 1


def write_through(core: Core, of: Ask) -> Flow[object]:
    """Run the write, keep and announce what it returns, and return it.

    The lease is taken before the write. Whoever invalidates, or writes the same key meanwhile,
    takes it away; then nothing is kept, because nobody knows whose write came last.
    """
    token = core.token()
    since, read_at = core.local.mark(), core.clock()
    stored = False
    begin = Begin(
        of.key, of.tags, token, force=True, lease_seconds=LEASE_SECONDS,
        tag_seconds=of.policy.seconds + of.policy.stale_seconds + _TAG_SECONDS,
    )  # fmt: skip
    begun = cast(Begun | None, (yield from core.shared(begin)))
    if begun is not None:
        core.link.saw(begun.epoch)
    lease = Lease(of.key, token)
    core.link.hold(lease)
    try:
        value = yield from ask(Compute())
        stored = yield from _stored(core, of, begun, value, token, since, read_at)
    except Exception:  # whether the write took place is not known
        yield from invalidate(core, (of.key,))
        raise
    except BaseException:
        _owe(core, Invalidate((of.key,), (), core.link.origin))
        raise
    finally:
        core.link.let_go(lease)
    if not stored:
        yield from invalidate(core, (of.key,))
    return value


def _stored(
    core: Core, of: Ask, begun: Begun | None, value: object, token: str, since: int, read_at: float
) -> Flow[bool]:
    payload = core.codec.encode(value)
    life = of.policy.lifetime(value, core.chance())
    if life is None or (begun is None and core.link.shared):
        return False
    if begun is not None:
        raw = core.stored(of, begun, token, payload, life).packed(core.codec)
        fill = Fill(
            of.key, token, begun.epoch, raw, life.kept, of.tags, begun.generations,
            core.link.origin, announce=True,
        )  # fmt: skip
        if (yield from core.shared(fill)) is not True:
            of.counts.rejected_fills += 1
            return False
        core.metrics.invalidations_sent += 1
    core.flights.detach((of.key,))
    core.keep_computed(
        of, value, life, size=len(payload), since=since, read_at=read_at,
        trusted=True, begun=begun, token=token, supersede=True,
    )  # fmt: skip
    return True


def invalidate(
    core: Core, keys: Sequence[str] = (), tags: Sequence[str] = (), *, everything: bool = False
) -> Flow[None]:
    """Make keys and tags void everywhere; what the store cannot be told now, it is told later.

    The process forgets after the store has: before, it could read the old value again.
    """
    step = Invalidate(tuple(keys), tuple(tags), core.link.origin, everything)
    told = False
    try:
        told = (yield from core.shared(step)) is not None
    finally:
        if told or not core.link.shared:
            _forget(core, step)
        else:
            _owe(core, step)
    core.metrics.invalidations_sent += 1


def _owe(core: Core, step: Invalidate) -> None:
    if core.link.shared:
        core.link.owe(step)
    _forget(core, step)


def _forget(core: Core, step: Invalidate) -> None:
    if step.everything:
        core.local.clear()
        core.flights.detach_all()
    core.local.forget(step.keys, step.tags)
    core.flights.detach(step.keys, step.tags)
