"""The thread that hears invalidations, feels the pulse of the store and pays what is owed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from outgrow_kit.cache.core import Core
from outgrow_kit.cache.debts import beat, pay
from outgrow_kit.cache.link import BEAT_SECONDS, LEASE_SECONDS
from outgrow_kit.cache.steps import Flow, Lease, Release, Renew
from outgrow_kit.cache.store import Message, Pong, Store, Subscription, carried_out
from outgrow_kit.errors import StoreUnavailable

_LOG = logging.getLogger("outgrow_kit.cache")
# A store that has not answered a ping for this long counts as out, before a caller finds out.
_SLOW_SECONDS = 0.1
# After this long without a pong the connection itself is given up.
_HUNG_SECONDS = 5.0
_RECONNECT_SECONDS = 0.1
_SWEEP_SECONDS = 30.0


class Watch:
    """One thread a process, started by the first call that needs the shared store."""

    def __init__(self, core: Core, store: Store) -> None:
        self._core = core
        self._store = store
        self._swept_at = core.clock()
        self.reset()

    def reset(self) -> None:
        """Forget the thread: after a fork it runs in the parent only."""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._was_out = False

    def ensure(self) -> None:
        """Start the thread unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._stop.clear()
                    self._thread = threading.Thread(
                        target=self._run, name="outgrow-cache-watch", daemon=True
                    )
                    self._thread.start()

    def close(self) -> None:
        """End the thread; what is owed is paid when the store takes it now."""
        self._stop.set()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        self._core.link.left()
        self._told(pay(self._core.link))

    # --- the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                subscription = self._store.subscribe()
                if subscription is None:
                    self._beat_alone()
                else:
                    self._attend(subscription)
            except StoreUnavailable as error:
                self._out(error)
            except Exception:
                # Without this thread the process trusts nothing it keeps, so it goes on.
                _LOG.exception("the watch of the cache failed; it starts again")
            if not self._stop.is_set():
                self._core.link.lost()
                self._stop.wait(_RECONNECT_SECONDS)

    def _attend(self, subscription: Subscription) -> None:
        try:
            self._core.link.joined()
            self._listen(subscription)
        finally:
            subscription.close()

    def _listen(self, subscription: Subscription) -> None:
        clock = self._core.clock
        sent: float | None = None
        beat_at = clock()
        while not self._stop.is_set():
            now = clock()
            if sent is None and now >= beat_at:
                subscription.ping()
                sent = now
            heard = subscription.next(_SLOW_SECONDS if sent is not None else beat_at - now)
            if isinstance(heard, Message):
                self.receive(heard)
            elif isinstance(heard, Pong) and sent is not None:
                self._beat(sent, self._core.link.confirmed)
                beat_at, sent = sent + BEAT_SECONDS, None
            elif sent is not None and clock() - sent > _SLOW_SECONDS:
                self._late(clock() - sent)

    def _late(self, seconds: float) -> None:
        if seconds > _HUNG_SECONDS:
            raise StoreUnavailable("no pong")
        self._out(StoreUnavailable("the shared cache does not answer"))
        self._core.link.failed()

    def _beat_alone(self) -> None:
        """Feel the pulse of a store that has no subscriptions; nothing is trusted then."""
        while not self._stop.wait(BEAT_SECONDS):
            sent = self._core.clock()
            self._store.perform(Release(()))
            self._beat(sent, self._core.link.answered)

    def receive(self, message: Message) -> None:
        """Do as another process says."""
        core = self._core
        if message.origin == core.link.origin:
            return
        core.metrics.invalidations_received += 1
        if message.everything:
            core.link.joined()
            return
        core.local.heard(message.keys, message.tags, message.version)
        core.flights.detach(message.keys, message.tags)

    # --- at each beat -----------------------------------------------------------------------

    def _beat(self, sent: float, believe: Callable[[float], None]) -> None:
        if self._told(beat(self._core.link, sent, believe)):
            self._in()
            self._tend()

    def _told(self, flow: Flow[None]) -> bool:
        try:
            carried_out(flow, self._store)
        except StoreUnavailable as error:
            self._out(error)
            self._core.link.failed()
            return False
        return True

    def _tend(self) -> None:
        leases: tuple[Lease, ...] = self._core.link.leases_to_renew()
        if leases:
            self._store.perform(Renew(leases, LEASE_SECONDS))
        if self._core.clock() - self._swept_at > _SWEEP_SECONDS * (0.5 + self._core.chance()):
            self._swept_at = self._core.clock()
            self._store.sweep()

    def _out(self, error: Exception) -> None:
        if not self._was_out:
            self._was_out = True
            _LOG.warning("going on without the shared cache: %s", error)

    def _in(self) -> None:
        if self._was_out:
            self._was_out = False
            _LOG.info("the shared cache answers again")
