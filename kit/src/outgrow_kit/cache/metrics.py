"""What the cache counts: plain numbers that only grow, for whoever exports them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

# Called after a call to the server with its kind (`read`, `begin`, `fill`, ...) and its seconds.
Timing = Callable[[str, float], None]


@dataclass(slots=True)
class Counts:
    """What happened to the calls of one name.

    An addition to an attribute is not interrupted by another thread between its reading and
    its writing in CPython, so none is lost and no lock is taken.
    """

    local_hits: int = 0
    shared_hits: int = 0
    stale_hits: int = 0
    misses: int = 0
    computed: int = 0
    errors: int = 0
    stale_on_error: int = 0
    refreshes: int = 0
    rejected_fills: int = 0
    waited: int = 0
    undecodable: int = 0


@dataclass(slots=True)
class CacheMetrics:
    """What one process counts; `items` and `bytes` are what it keeps now.

    `shared_timeouts` are calls that passed the deadline, `shared_errors` those that failed
    otherwise, `shared_skipped` those that were not made because the server was out. `shared_up`
    says whether it is being asked, `owed` how many invalidations wait for it. A `reset` is a
    moment at which everything kept in the process was dropped.
    """

    by_name: dict[str, Counts] = field(default_factory=dict)
    items: int = 0
    bytes: int = 0
    evictions: int = 0
    shared_up: bool = True
    shared_calls: int = 0
    shared_seconds: float = 0.0
    shared_timeouts: int = 0
    shared_errors: int = 0
    shared_skipped: int = 0
    invalidations_sent: int = 0
    invalidations_received: int = 0
    owed: int = 0
    resets: int = 0

    def of(self, name: str) -> Counts:
        """Return the counts of a name."""
        return self.by_name.setdefault(name, Counts())
