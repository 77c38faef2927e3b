"""What a cache counts, as metrics: hits and misses by name, and how its server does."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Protocol

from outgrow_kit.cache.metrics import CacheMetrics, Counts
from outgrow_kit.observe.metrics import Metrics

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1)
_RESULTS = tuple(one.name for one in fields(Counts))
_EVENTS = (
    "evictions", "shared_timeouts", "shared_errors", "shared_skipped", "invalidations_sent",
    "invalidations_received", "resets",
)  # fmt: skip


class _Counting(Protocol):
    """A cache, as far as it is watched."""

    @property
    def metrics(self) -> CacheMetrics: ...


class CacheCounts:
    """Watches caches; one for the whole process.

    `timing` goes to the Cache when it is made (`Cache(settings.cache, timing=counts.timing)`)
    and times each call to its server. Counting a hit costs the cache an addition; the sums
    are carried over once a second, and when the metrics are looked at.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._results: Counter = metrics.counter(
            "cache_results_total",
            "What became of the calls, by the name of what is cached.",
            {"cache": (), "name": (), "result": ()},
        )
        self._events: Counter = metrics.counter(
            "cache_events_total", "What happened to a cache.", {"cache": (), "event": ()}
        )
        self._items: Gauge = metrics.gauge(
            "cache_items", "Values kept in processes.", {"cache": ()}, across="livesum"
        )
        self._bytes: Gauge = metrics.gauge(
            "cache_bytes", "Bytes kept in processes.", {"cache": ()}, across="livesum"
        )
        self._up: Gauge = metrics.gauge(
            "cache_shared_up", "1 while the shared server is asked.", {"cache": ()},
            across="livemin",
        )  # fmt: skip
        self._owed: Gauge = metrics.gauge(
            "cache_owed", "Invalidations that wait for the shared server.", {"cache": ()},
            across="livesum",
        )  # fmt: skip
        self._seconds: Histogram = metrics.histogram(
            "cache_call_duration_seconds",
            "The time of a call to the shared server.",
            {"call": ()},
            buckets=_BUCKETS,
        )

    def timing(self, call: str, seconds: float) -> None:
        """Note how long a call to the shared server took."""
        self._seconds.labels(call).observe(seconds)

    def watch(self, cache: _Counting, name: str = "main") -> None:
        """Carry the numbers of a cache over from now on."""
        told: dict[tuple[str, str], int] = {}

        def carry() -> None:
            counted = cache.metrics
            for of, counts in list(counted.by_name.items()):
                for result in _RESULTS:
                    grown = _growth(told, (of, result), getattr(counts, result))
                    self._results.labels(name, of, result).inc(grown)
            for event in _EVENTS:
                grown = _growth(told, ("", event), getattr(counted, event))
                self._events.labels(name, event).inc(grown)
            self._items.labels(name).set(counted.items)
            self._bytes.labels(name).set(counted.bytes)
            self._up.labels(name).set(counted.shared_up)
            self._owed.labels(name).set(counted.owed)

        self._metrics.before_reading(carry)


def _growth(told: dict[tuple[str, str], int], key: tuple[str, str], now: int) -> int:
    """Return by how much a number has grown; one that fell began anew after a fork."""
    before = told.get(key, 0)
    told[key] = now
    return now - before if now >= before else now
