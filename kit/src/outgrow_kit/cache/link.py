"""What this process may believe about the shared store, and what it owes it.

The subscription's heartbeat decides. An answer to a ping on the subscription's own connection
proves that every invalidation before that ping has arrived, so what the process keeps is
trusted for TRUST_SECONDS after the ping was sent. Without that, an entry is answered for
OWN_SECONDS after its value was read. Either way a lost message shows for less than a second.

While anything is owed, this process asks the store for nothing: the store still holds what the
process knows is void, and nobody would tell the process a second time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from outgrow_kit.breaker import Breaker
from outgrow_kit.cache.flights import Flights
from outgrow_kit.cache.local import NEVER, Local
from outgrow_kit.cache.metrics import CacheMetrics
from outgrow_kit.cache.steps import Invalidate, Lease
from outgrow_kit.clock import Clock, monotonic

BEAT_SECONDS = 0.2
TRUST_SECONDS = 0.6
OWN_SECONDS = 0.5
LEASE_SECONDS = 3.0
_MOST_OWED = 10_000


@dataclass(slots=True)
class Owed:
    """Invalidations and leases that the store was not told of yet."""

    keys: dict[str, None] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    everything: bool = False
    released: dict[Lease, None] = field(default_factory=dict)


class Link:
    """The state of the connection to the shared store; `shared` says whether there is one."""

    def __init__(
        self,
        *,
        shared: bool,
        local: Local,
        flights: Flights,
        metrics: CacheMetrics,
        origin: str,
        clock: Clock = monotonic,
    ) -> None:
        self.shared = shared
        self.origin = origin
        self._local = local
        self._flights = flights
        self._metrics = metrics
        self._clock = clock
        self.reset(origin)

    def reset(self, origin: str) -> None:
        """Begin again: for a process that was just forked."""
        self.origin = origin
        self.trusted_until = NEVER if self.shared else float("inf")
        self._breaker = Breaker(open_seconds=0.05, longest_seconds=0.2, clock=self._clock)
        self._failed_at = NEVER
        self._epoch: str | None = None
        self._lock = threading.Lock()
        self._owed = Owed()
        # Until it was told, not until it was taken to be told.
        self._owes = False
        self._leases: dict[Lease, float] = {}

    @property
    def usable(self) -> bool:
        """Return whether to ask the store for values: it answers, and is owed nothing."""
        return self.shared and not self._owes and not self._breaker.is_open

    @property
    def answers(self) -> bool:
        """Return whether to tell the store anything: only a heartbeat closes the breaker again."""
        return self.shared and not self._breaker.is_open

    @property
    def owes(self) -> bool:
        """Return whether the store was not told yet of some invalidation."""
        return self._owes

    def oldest_to_believe(self, now: float) -> float:
        """Return when what is believed now may have been read at the earliest."""
        return NEVER if now < self.trusted_until else now - OWN_SECONDS

    def failed(self) -> None:
        """Note that the store did not answer in time, or refused."""
        self._failed_at = self._clock()
        self._breaker.failed()
        self._metrics.shared_up = False

    def joined(self) -> None:
        """Note a new subscription: what was kept before may have missed an invalidation."""
        self._metrics.resets += 1
        self._local.clear()
        self._flights.detach_all()

    def confirmed(self, sent: float) -> None:
        """Note the answer to a ping that was sent at `sent`."""
        self.trusted_until = sent + TRUST_SECONDS
        self.answered(sent)

    def answered(self, sent: float) -> None:
        """Note that the store answered something that was sent at `sent`."""
        if sent > self._failed_at:
            self._breaker.succeeded()
            self._metrics.shared_up = True

    def lost(self) -> None:
        """Note that the subscription broke: no message can be relied on."""
        self.left()
        self.failed()

    def left(self) -> None:
        """Note that nobody listens any more; the store itself may be as well as before."""
        if self.shared:
            self.trusted_until = NEVER

    def saw(self, epoch: str | None) -> None:
        """Note the store's life; a new one voids what was kept from the last."""
        if epoch is not None and epoch != self._epoch:
            if self._epoch is not None:
                self.joined()
            self._epoch = epoch

    # --- what is owed ---------------------------------------------------------------------

    def owe(self, step: Invalidate) -> None:
        """Remember an invalidation that the store was not told of."""
        with self._lock:
            self._owes = True
            owed = self._owed
            owed.keys.update(dict.fromkeys(step.keys))
            owed.tags.update(dict.fromkeys(step.tags))
            owed.everything |= step.everything or len(owed.keys) + len(owed.tags) > _MOST_OWED
            if owed.everything:
                owed.keys, owed.tags = {}, {}
            self._count_owed()

    def owe_release(self, lease: Lease) -> None:
        """Remember a lease that could not be given back where it was used."""
        with self._lock:
            self._owed.released[lease] = None

    def take_owed(self) -> tuple[Invalidate | None, tuple[Lease, ...]]:
        """Return what is owed; whoever takes it says `told`, or owes it again."""
        with self._lock:
            owed, self._owed = self._owed, Owed()
        void = None
        if owed.keys or owed.tags or owed.everything:
            void = Invalidate(tuple(owed.keys), tuple(owed.tags), self.origin, owed.everything)
        return void, tuple(owed.released)

    def told(self) -> None:
        """Note that the store was told what was taken; more may be owed since."""
        with self._lock:
            self._count_owed()
            self._owes = self._metrics.owed > 0

    def _count_owed(self) -> None:
        owed = self._owed
        self._metrics.owed = len(owed.keys) + len(owed.tags) + owed.everything

    # --- leases -----------------------------------------------------------------------------

    def hold(self, lease: Lease) -> None:
        """Keep a lease alive while its function runs."""
        with self._lock:
            self._leases[lease] = self._clock()

    def let_go(self, lease: Lease) -> None:
        """Keep a lease alive no longer."""
        with self._lock:
            self._leases.pop(lease, None)

    def leases_to_renew(self) -> tuple[Lease, ...]:
        """Return the leases that were last renewed a third of their time ago."""
        now = self._clock()
        with self._lock:
            due = [one for one, at in self._leases.items() if now - at > LEASE_SECONDS / 3]
            self._leases.update(dict.fromkeys(due, now))
        return tuple(due)
