"""Counts in this process: for a phase without a store, and while a store is out."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from math import floor

from limits.aio.storage import MovingWindowSupport, SlidingWindowCounterSupport, Storage

from outgrow_kit.clock import WallClock, wall
from outgrow_kit.limits.counts import Algorithm, Count, fixed_count, moving_count, sliding_count

MOST_KEYS = 10_000


@dataclass(slots=True)
class _Entry:
    """What is known of one key; the two kinds of windows are never mixed under one key."""

    window: int = -1
    previous: int = 0
    current: int = 0
    expires_at: float = 0.0
    hits: deque[float] = field(default_factory=deque)


class LocalStorage(Storage, MovingWindowSupport, SlidingWindowCounterSupport):
    """A storage of the `limits` library that keeps at most `most_keys`, the latest used ones.

    The library's own one has no bound, and looks through all keys after each request.
    """

    STORAGE_SCHEME = None

    def __init__(self, most_keys: int = MOST_KEYS, clock: WallClock = wall) -> None:
        super().__init__()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._most_keys = most_keys
        self._clock = clock

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return what it may raise."""
        return ValueError

    def now(self) -> float:
        """Return the clock's time."""
        return self._clock()

    def _entry(self, key: str) -> _Entry:
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry()
            if len(self._entries) > self._most_keys:
                self._entries.popitem(last=False)
        else:
            self._entries.move_to_end(key)
        return entry

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Return the count of a fixed window that begins with its first request."""
        entry, now = self._entry(key), self._clock()
        if entry.expires_at <= now:
            entry.current, entry.expires_at = 0, now + expiry
        entry.current += amount
        return entry.current

    async def get(self, key: str) -> int:
        """Return the count of a fixed window."""
        entry = self._entries.get(key)
        return entry.current if entry and entry.expires_at > self._clock() else 0

    async def get_expiry(self, key: str) -> float:
        """Return when a fixed window ends."""
        entry = self._entries.get(key)
        return entry.expires_at if entry else self._clock()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Return whether `amount` fits into the moving window, and count it."""
        hits, now = self._hits(key, expiry), self._clock()
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    async def get_moving_window(self, key: str, _limit: int, expiry: int) -> tuple[float, int]:
        """Return the time of the oldest request in the window, and how many there are."""
        hits = self._hits(key, expiry)
        return (hits[0], len(hits)) if hits else (self._clock(), 0)

    def _hits(self, key: str, expiry: int) -> deque[float]:
        hits, since = self._entry(key).hits, self._clock() - expiry
        while hits and hits[0] <= since:
            hits.popleft()
        return hits

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Return whether `amount` fits into the weighted windows, and count it."""
        entry, left = self._windows(key, expiry)
        if floor(entry.previous * left / expiry) + entry.current + amount > limit:
            return False
        entry.current += amount
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return count and remaining seconds of the previous and of the current window."""
        entry, left = self._windows(key, expiry)
        return entry.previous, left if entry.previous else 0.0, entry.current, left + expiry

    def _windows(self, key: str, expiry: int) -> tuple[_Entry, float]:
        entry, now = self._entry(key), self._clock()
        window = int(now // expiry)
        if window != entry.window:
            entry.previous = entry.current if window == entry.window + 1 else 0
            entry.current, entry.window = 0, window
        return entry, (window + 1) * expiry - now

    async def clear_sliding_window(self, key: str, _expiry: int) -> None:
        """Forget a key."""
        self._entries.pop(key, None)

    async def clear(self, key: str) -> None:
        """Forget a key."""
        self._entries.pop(key, None)

    async def check(self) -> bool:
        """Return True: it is always there."""
        return True

    async def reset(self) -> int:
        """Forget everything; return how many keys that were."""
        forgotten = len(self._entries)
        self._entries.clear()
        return forgotten


class LocalCounts:
    """Counts of this process alone: N processes let N times the limit pass."""

    def __init__(
        self,
        algorithm: Algorithm = "sliding_window",
        most_keys: int = MOST_KEYS,
        clock: WallClock = wall,
    ) -> None:
        self._algorithm = algorithm
        self.storage = LocalStorage(most_keys, clock)

    async def hit(self, key: str, limit: int, window_seconds: int) -> Count:
        """Count one request, unless it is over the limit."""
        storage, now = self.storage, self.storage.now()
        if self._algorithm == "sliding_window":
            fits = await storage.acquire_sliding_window_entry(key, limit, window_seconds)
            windows = await storage.get_sliding_window(key, window_seconds)
            return sliding_count(fits, limit, window_seconds, *windows)
        if self._algorithm == "moving_window":
            fits = await storage.acquire_entry(key, limit, window_seconds)
            oldest, entries = await storage.get_moving_window(key, limit, window_seconds)
            return moving_count(fits, limit, window_seconds, entries, now - oldest)
        hits = await storage.incr(key, window_seconds)
        return fixed_count(limit, hits, await storage.get_expiry(key) - now)

    async def prepare(self) -> None:
        """Do nothing: there is nothing to connect."""

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
