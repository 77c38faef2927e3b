"""What every flow works with: the parts of one process's cache, and how they are combined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from outgrow_kit.cache.codec import Codec
from outgrow_kit.cache.errors import Undecodable
from outgrow_kit.cache.flights import Flights
from outgrow_kit.cache.keys import QuickKey
from outgrow_kit.cache.link import OWN_SECONDS, Link
from outgrow_kit.cache.local import Index, Local, LocalEntry
from outgrow_kit.cache.metrics import CacheMetrics, Counts
from outgrow_kit.cache.policy import Lifetime, Policy
from outgrow_kit.cache.steps import Begun, Flow, Found, Invalidate, Release, Step, ask
from outgrow_kit.cache.stored import Stored, token_in, unpacked
from outgrow_kit.clock import Clock, WallClock
from outgrow_kit.errors import StoreUnavailable


@dataclass(slots=True)
class Ask:
    """One call: its key and tags, its policy, and where a hit of the process finds it."""

    key: str
    tags: tuple[str, ...]
    policy: Policy
    counts: Counts
    owner: object = None
    index: Index | None = None
    quick: QuickKey | None = None


@dataclass(slots=True)
class Seen:
    """A valid entry of the store, decoded; or None, and the token of what was void."""

    stored: Stored | None
    value: object
    token: str


NOTHING = Seen(None, None, "")


@dataclass(slots=True)
class Core:
    """The parts of one process's cache; nothing here does any I/O."""

    local: Local
    flights: Flights
    link: Link
    codec: Codec
    metrics: CacheMetrics
    clock: Clock
    wall: WallClock
    chance: Callable[[], float]
    token: Callable[[], str]

    def shared(self, step: Step[object]) -> Flow[object | None]:
        """Return the store's answer; None when it is not asked or does not answer."""
        # An invalidation makes nothing believed, so it does not wait for those that are owed.
        telling = isinstance(step, (Invalidate, Release))
        if not (self.link.answers if telling else self.link.usable):
            if self.link.shared:
                self.metrics.shared_skipped += 1
            return None
        try:
            return (yield from ask(step))
        except StoreUnavailable:
            return None

    def opened(
        self, raw: bytes | None, epoch: str | None, tags: dict[str, str | None], counts: Counts
    ) -> Seen:
        """Return what `raw` holds when it was stored in this epoch with these generations.

        A tag that `tags` does not name counts as unchanged: the caller looks it up.
        """
        if raw is None:
            return NOTHING
        token = token_in(raw)
        try:
            stored = unpacked(raw, self.codec)
            current = zip(stored.tags, stored.generations, strict=True)
            if (
                stored.epoch != epoch
                or stored.stale_until <= self.wall()
                or any(tags.get(tag, generation) != generation for tag, generation in current)
            ):
                return Seen(None, None, token)
            return Seen(stored, self.codec.decode(stored.payload), token)
        except Undecodable:
            counts.undecodable += 1
            return Seen(None, None, token)

    def opened_found(self, found: Found, tags: tuple[str, ...], counts: Counts) -> Seen:
        """Return what a read of one key brought."""
        self.link.saw(found.epoch)
        generations = dict(zip(tags, found.generations, strict=True))
        return self.opened(found.values[0], found.epoch, generations, counts)

    def opened_begun(self, begun: Begun, tags: tuple[str, ...], counts: Counts) -> Seen:
        """Return what another stored while the lease was asked for."""
        self.link.saw(begun.epoch)
        generations: dict[str, str | None] = dict(zip(tags, begun.generations, strict=False))
        return self.opened(begun.value, begun.epoch, generations, counts)

    def stored(self, of: Ask, begun: Begun, token: str, payload: bytes, life: Lifetime) -> Stored:
        """Return the entry that a fill writes."""
        now = self.wall()
        return Stored(
            token,
            begun.epoch,
            begun.version,
            now + life.fresh,
            now + life.kept,
            of.tags,
            begun.generations,
            payload,
        )

    def keep_read(self, of: Ask, seen: Seen, since: int, read_at: float) -> LocalEntry:
        """Keep in the process what was read from the store."""
        stored = seen.stored
        assert stored is not None
        now, wall = self.clock(), self.wall()
        fresh = now + stored.fresh_until - wall
        ahead = of.policy.seconds * of.policy.refresh_ahead
        entry = LocalEntry(
            key=of.key,
            value=seen.value,
            until=max(fresh - ahead, 0),
            fresh_until=fresh,
            stale_until=now + stored.stale_until - wall,
            own_until=read_at + OWN_SECONDS,
            since=since,
            version=stored.version,
            token=stored.token,
            encoded_bytes=len(stored.payload),
            tags=stored.tags,
            index=of.index,
            quick=of.quick,
        )
        self.local.put(entry)
        return entry

    def keep_computed(
        self,
        of: Ask,
        value: object,
        life: Lifetime,
        *,
        size: int,
        since: int,
        read_at: float,
        trusted: bool,
        begun: Begun | None = None,
        token: str = "",
        supersede: bool = False,
    ) -> bool:
        """Keep in the process what the function returned; return whether it is kept.

        Without a fill that the store took, no message will say when it is void.
        """
        now = self.clock()
        own = read_at + OWN_SECONDS
        most = float("inf") if trusted else own
        entry = LocalEntry(
            key=of.key,
            value=value,
            until=min(now + life.renew, most),
            fresh_until=min(now + life.fresh, most),
            stale_until=min(now + life.kept, most),
            own_until=own,
            since=since,
            version=begun.version if begun else 0,
            token=token,
            encoded_bytes=size,
            tags=of.tags,
            index=of.index,
            quick=of.quick,
        )
        return self.local.put(entry, supersede=supersede)

    def is_believed(self, entry: LocalEntry, now: float) -> bool:
        """Return whether the entry may be answered, fresh or stale."""
        return now < entry.stale_until and (now < self.link.trusted_until or now < entry.own_until)
