"""Keeps a lease while its holder works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from outgrow.errors import OutgrowError
from outgrow.store.errors import LeaseLost
from outgrow.store.leases import Lease, Leases
from outgrow.store.owner import Owner

_BEATS_IN_A_LIFE = 3


class Held:
    """A lease that is renewed in the background; ask `check` before each step."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.lost: LeaseLost | None = None

    def check(self) -> None:
        """Raise LeaseLost once another process has taken the lease."""
        if self.lost is not None:
            raise self.lost


@contextmanager
def held(leases: Leases, name: str, owner: Owner, ttl_seconds: float = 60) -> Iterator[Held]:
    """Hold the lease of `name` during the block, renewed each third of `ttl_seconds`.

    Raises LeaseTaken while another process has it. A state that cannot be reached for a beat
    is tried again at the next.
    """
    one = Held(leases.take(name, owner, ttl_seconds))
    over = Event()

    def beat() -> None:
        while not over.wait(ttl_seconds / _BEATS_IN_A_LIFE):
            try:
                one.lease = leases.renew(one.lease, ttl_seconds)
            except LeaseLost as lost:
                one.lost = lost
                return
            except OutgrowError:
                continue

    thread = Thread(target=beat, name=f"lease of {name}", daemon=True)
    thread.start()
    try:
        yield one
    finally:
        over.set()
        thread.join()
        leases.release(one.lease)
