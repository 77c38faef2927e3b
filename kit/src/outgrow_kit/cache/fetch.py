"""The way of a call that found nothing simple: the process, the store, a lease, the function."""

from __future__ import annotations

import logging
from typing import Final, cast

from outgrow_kit.cache.core import Ask, Core, Seen
from outgrow_kit.cache.flights import Abandoned
from outgrow_kit.cache.link import LEASE_SECONDS
from outgrow_kit.cache.local import LocalEntry
from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Behind,
    Compute,
    Fill,
    Flow,
    Found,
    Join,
    Lease,
    Pause,
    Read,
    Release,
    ask,
)

_LOG = logging.getLogger("outgrow_kit.cache")
# How long one waits before looking again whether the holder of a lease is done.
_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.04
# How long a stale value is answered before another try to renew it.
_RETRY_SECONDS = 1.0
# A tag's generation outlives the entries that carry it: without it they are void.
_TAG_SECONDS = 3600.0
_MISSING: Final = object()


def fetch(core: Core, of: Ask) -> Flow[object]:
    """Return the value of a call, from wherever it is nearest."""
    while True:
        now = core.clock()
        kept = core.local.find(of.key)
        if kept is not None and core.is_believed(kept, now):
            return (yield from _from_process(core, of, kept))
        oldest = core.link.oldest_to_believe(now)
        flight, outcome = core.flights.join(of.key, of.tags, of.owner, now, oldest)
        if outcome is not None:
            if flight.owner == of.owner:  # the function calls itself: waiting would never end
                return (yield from ask(Compute(of.policy.replicas)))
            try:
                return (yield from ask(Join(outcome)))
            except Abandoned:
                continue
        try:
            value, old = yield from _lead(core, of)
        except BaseException as error:
            core.flights.fail(flight, error)
            raise
        core.flights.land(flight, value)
        if old is None:
            return value
        renewed = yield from _renew(core, of, old)
        return value if renewed is _MISSING else renewed


def _from_process(core: Core, of: Ask, kept: LocalEntry) -> Flow[object]:
    if of.index is not None and of.quick is not None:
        core.local.point(kept, of.index, of.quick)
    now = core.clock()
    of.counts.local_hits += 1
    if now < kept.until:
        return kept.value
    if now >= kept.fresh_until:
        of.counts.stale_hits += 1
    # Until it is renewed, hits are simple again.
    kept.until = min(now + _RETRY_SECONDS, kept.stale_until)
    renewed = yield from _renew(core, of, kept.token)
    return kept.value if renewed is _MISSING else renewed


def _lead(core: Core, of: Ask) -> Flow[tuple[object, str | None]]:
    """Return the value, and the token of the entry when it has to be renewed."""
    seen, since, read_at = yield from _look(core, of)
    pause = _FIRST_PAUSE_SECONDS
    missed = False
    while True:
        if seen is not None and seen.stored is not None:
            return _took(core, of, seen, since, read_at)
        if not missed:
            missed = True
            of.counts.misses += 1
        token = core.token()
        since, read_at = core.local.mark(), core.clock()
        begun = yield from _begin(core, of, token, seen.token if seen else "")
        if begun is None or begun.granted:
            return (yield from _computed(core, of, begun, token, since, read_at)), None
        if begun.value is not None:
            seen = core.opened_begun(begun, of.tags, of.counts)
            continue
        of.counts.waited += 1
        yield from ask(Pause(pause * (0.5 + core.chance())))
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        seen, since, read_at = yield from _look(core, of)


def _look(core: Core, of: Ask) -> Flow[tuple[Seen | None, int, float]]:
    since, read_at = core.local.mark(), core.clock()
    found = cast(Found | None, (yield from core.shared(Read((of.key,), of.tags))))
    seen = None if found is None else core.opened_found(found, of.tags, of.counts)
    return seen, since, read_at


def _took(core: Core, of: Ask, seen: Seen, since: int, read_at: float) -> tuple[object, str | None]:
    """Keep what the store has; say whether it has to be renewed."""
    stored = seen.stored
    assert stored is not None
    kept = core.keep_read(of, seen, since, read_at)
    of.counts.shared_hits += 1
    now = core.clock()
    if now < kept.until:
        return seen.value, None
    if now >= kept.fresh_until:
        of.counts.stale_hits += 1
    kept.until = min(now + _RETRY_SECONDS, kept.stale_until)
    return seen.value, stored.token


def _begin(core: Core, of: Ask, token: str, seen: str) -> Flow[Begun | None]:
    lasts = of.policy.seconds + of.policy.stale_seconds + _TAG_SECONDS
    step = Begin(of.key, of.tags, token, seen=seen, lease_seconds=LEASE_SECONDS, tag_seconds=lasts)
    begun: Begun | None = None
    asked = core.link.usable
    try:
        begun = cast(Begun | None, (yield from core.shared(step)))
    finally:
        # Cancelled, or no answer in time: the lease may have been granted all the same.
        if begun is None and asked:
            core.link.owe_release(Lease(of.key, token))
    if begun is not None:
        core.link.saw(begun.epoch)
    return begun


def _computed(
    core: Core, of: Ask, begun: Begun | None, token: str, since: int, read_at: float
) -> Flow[object]:
    """Run the function and store what it returns, unless that is void by then."""
    lease = Lease(of.key, token)
    if begun is not None:
        core.link.hold(lease)
    try:
        value = yield from ask(Compute(of.policy.replicas))
        of.counts.computed += 1
        payload = core.codec.encode(value)
    except Exception:
        of.counts.errors += 1
        core.link.let_go(lease)
        if begun is not None:
            yield from core.shared(Release((lease,)))
        raise
    except BaseException:  # cancelled: nothing more may be awaited here
        if begun is not None:
            core.link.let_go(lease)
            core.link.owe_release(lease)
        raise
    core.link.let_go(lease)
    life = of.policy.lifetime(value, core.chance())
    if life is None:
        if begun is not None:
            yield from core.shared(Release((lease,)))
        return value
    accepted: object = not core.link.shared
    if begun is not None:
        raw = core.stored(of, begun, token, payload, life).packed(core.codec)
        fill = Fill(
            of.key, token, begun.epoch, raw, life.kept, of.tags, begun.generations, core.link.origin
        )
        accepted = yield from core.shared(fill)
        if accepted is False:
            of.counts.rejected_fills += 1
            return value
        if accepted is None:  # whether the store has given the lease back is not known
            core.link.owe_release(lease)
    core.keep_computed(
        of, value, life, size=len(payload), since=since, read_at=read_at,
        trusted=accepted is True, begun=begun, token=token,
    )  # fmt: skip
    return value


def _renew(core: Core, of: Ask, old: str) -> Flow[object]:
    """Renew a value behind the caller, or by it where the policy says so."""
    if not of.policy.behind:
        return (yield from renewed(core, of, old))
    yield from ask(Behind(renewed(core, of, old)))
    return _MISSING


def renewed(core: Core, of: Ask, old: str) -> Flow[object]:
    """Return the renewed value; what fails leaves the old one in place and is logged."""
    now = core.clock()
    oldest = core.link.oldest_to_believe(now)
    flight, outcome = core.flights.join(of.key, of.tags, of.owner, now, oldest)
    if outcome is not None:
        return _MISSING
    try:
        token = core.token()
        since, read_at = core.local.mark(), core.clock()
        begun = yield from _begin(core, of, token, old)
        if begun is not None and not begun.granted:
            seen = core.opened_begun(begun, of.tags, of.counts)
            if seen.stored is None:  # another process is at it
                raise Abandoned
            core.keep_read(of, seen, since, read_at)
            value = seen.value
        else:
            value = yield from _computed(core, of, begun, token, since, read_at)
            of.counts.refreshes += 1
    except Abandoned as error:
        core.flights.fail(flight, error)
        return _MISSING
    except Exception as error:
        of.counts.stale_on_error += 1
        # Those who wait for this flight have nothing stale to answer with; they try themselves.
        core.flights.fail(flight, Abandoned())
        _LOG.warning("%s stays stale: renewing it failed with %r", of.key, error)
        return _MISSING
    except BaseException as error:
        core.flights.fail(flight, error)
        raise
    core.flights.land(flight, value)
    return value
