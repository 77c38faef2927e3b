"""What this process keeps: bounded by items and bytes, and never filled with what is void.

Reading takes no lock. Whoever fetches a value notes `mark()` before it reads and hands it to
`put`, which refuses the value when its key or one of its tags was invalidated since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from outgrow_kit.cache.keys import QuickKey
from outgrow_kit.cache.metrics import CacheMetrics

Index = dict[QuickKey, "LocalEntry"]
NEVER = float("-inf")
# An entry's own objects, by measurement; and how much larger objects are than their encoding.
_ENTRY_BYTES = 600
_OBJECTS_PER_BYTE = 4
_REMEMBERED = 10_000


@dataclass(slots=True, eq=False)
class LocalEntry:
    """A value and until when it is answered, by the monotonic clock.

    `until` is when a hit stops being simple (renew ahead, stale, gone). Without a trusted
    subscription only `own_until` counts. `checked` is the newest tag invalidation it survived.
    """

    key: str
    value: object
    until: float
    fresh_until: float
    stale_until: float
    own_until: float
    since: int
    version: int = 0
    token: str = ""
    encoded_bytes: int = 0
    tags: tuple[str, ...] = ()
    checked: int = 0
    used: bool = False
    index: Index | None = None
    quick: QuickKey | None = None

    @property
    def weight(self) -> int:
        """Return about how many bytes of memory it takes."""
        factor = 1 if isinstance(self.value, (str, bytes)) else _OBJECTS_PER_BYTE
        return _ENTRY_BYTES + 2 * len(self.key) + factor * self.encoded_bytes


@dataclass(slots=True)
class _Removed:
    """When keys or tags were last invalidated; what is forgotten counts as `floor`."""

    at: OrderedDict[str, int] = field(default_factory=OrderedDict)
    floor: int = 0

    def note(self, name: str, generation: int) -> None:
        self.at[name] = generation
        self.at.move_to_end(name)
        if len(self.at) > _REMEMBERED:
            self.floor = self.at.popitem(last=False)[1]

    def since(self, name: str, mark: int) -> bool:
        return self.at.get(name, self.floor) > mark


class Local:
    """The cache of the process."""

    def __init__(self, items: int, size: int, metrics: CacheMetrics) -> None:
        self._most_items = items
        self._most_bytes = size
        self._metrics = metrics
        self._entries: OrderedDict[str, LocalEntry] = OrderedDict()
        self.tag_generation = 0
        self.reset()

    def reset(self) -> None:
        """Drop everything and every lock: for a process that was just forked."""
        self._lock = threading.RLock()
        self._generation = 0
        self.clear()

    def mark(self) -> int:
        """Return a number to hand to `put`: what happens from now on makes a value void."""
        return self._generation

    def find(self, key: str) -> LocalEntry | None:
        """Return what is kept and not void, however old."""
        entry = self._entries.get(key)
        if entry is None or (entry.checked != self.tag_generation and not self.recheck(entry)):
            return None
        entry.used = True
        return entry

    def recheck(self, entry: LocalEntry) -> bool:
        """Return whether no tag of the entry was invalidated since it was fetched."""
        with self._lock:
            if any(self._tags.since(tag, entry.since) for tag in entry.tags):
                self._drop(entry)
                return False
            entry.checked = self.tag_generation
            return True

    def put(self, entry: LocalEntry, *, supersede: bool = False) -> bool:
        """Keep an entry unless it is void; return whether it is kept.

        `supersede` makes void what others are fetching for this key, as a write does.
        """
        if entry.weight > self._most_bytes or self._most_items == 0:
            self.forget((entry.key,) if supersede else ())
            return False
        with self._lock:
            void = self._keys.since(entry.key, entry.since) or any(
                self._tags.since(tag, entry.since) for tag in entry.tags
            )
            if supersede:
                self._forget_key(entry.key)
            if void:
                return False
            if (old := self._entries.get(entry.key)) is not None:
                self._drop(old)
            entry.checked = self.tag_generation
            self._entries[entry.key] = entry
            if entry.index is not None and entry.quick is not None:
                entry.index[entry.quick] = entry
            self._metrics.bytes += entry.weight
            self._shrink()
            return True

    def point(self, entry: LocalEntry, index: Index, quick: QuickKey) -> None:
        """Let calls with these arguments find the entry at once."""
        with self._lock:
            if self._entries.get(entry.key) is entry and entry.index is None:
                entry.index, entry.quick = index, quick
                index[quick] = entry

    def forget(self, keys: Iterable[str] = (), tags: Iterable[str] = ()) -> None:
        """Make keys and tags void, and what is being fetched for them."""
        with self._lock:
            for key in keys:
                self._forget_key(key)
            for tag in tags:
                self._generation += 1
                self._tags.note(tag, self._generation)
                self.tag_generation = self._generation

    def heard(self, keys: Iterable[str], tags: Iterable[str], version: int) -> None:
        """Do as another process says, except to entries that were begun after its version.

        What is being fetched is refused all the same: that may have begun before it.
        """
        with self._lock:
            for key in keys:
                entry = self._entries.get(key)
                if entry is None or entry.version < version:
                    self._forget_key(key)
                else:
                    self._note_key(key)
            self.forget(tags=tags)

    def clear(self) -> None:
        """Make everything void."""
        with self._lock:
            for entry in list(self._entries.values()):
                self._drop(entry)
            self._generation += 1
            self._keys = _Removed(floor=self._generation)
            self._tags = _Removed(floor=self._generation)
            self.tag_generation = self._generation
            self._metrics.items = self._metrics.bytes = 0

    def _note_key(self, key: str) -> None:
        self._generation += 1
        self._keys.note(key, self._generation)

    def _forget_key(self, key: str) -> None:
        self._note_key(key)
        entry = self._entries.get(key)
        if entry is not None:
            self._drop(entry)

    def _shrink(self) -> None:
        """Drop the oldest that were not used since they were last looked at."""
        while len(self._entries) > self._most_items or self._metrics.bytes > self._most_bytes:
            entry = next(iter(self._entries.values()))
            if entry.used:
                entry.used = False
                self._entries.move_to_end(entry.key)
            else:
                self._drop(entry)
                self._metrics.evictions += 1
        self._metrics.items = len(self._entries)

    def _drop(self, entry: LocalEntry) -> None:
        # A call that has just found it in its index must not answer with it.
        entry.until = entry.fresh_until = entry.stale_until = NEVER
        if entry.index is not None and entry.index.get(entry.quick or ()) is entry:
            del entry.index[entry.quick or ()]
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]
            self._metrics.bytes -= entry.weight
            self._metrics.items = len(self._entries)
