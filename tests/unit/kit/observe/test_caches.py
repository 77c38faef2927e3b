"""A cache's own numbers, carried over into metrics."""

from __future__ import annotations

from dataclasses import dataclass, field

from outgrow_kit.cache.metrics import CacheMetrics
from outgrow_kit.observe import Metrics
from outgrow_kit.observe.caches import CacheCounts


@dataclass
class FakeCache:
    metrics: CacheMetrics = field(default_factory=CacheMetrics)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(metrics: Metrics, start: str) -> list[str]:
    return [one for one in metrics.exposition().decode().splitlines() if one.startswith(start)]


def test_numbers_are_carried_over_when_they_are_read_and_none_twice() -> None:
    metrics, cache = Metrics(), FakeCache()
    CacheCounts(metrics).watch(cache)
    cache.metrics.of("projects").local_hits += 3
    cache.metrics.evictions += 2
    hits = 'cache_results_total{cache="main",name="projects",result="local_hits"}'
    assert lines(metrics, hits) == [f"{hits} 3.0"]
    assert lines(metrics, hits) == [f"{hits} 3.0"]
    cache.metrics.of("projects").local_hits += 1
    assert lines(metrics, hits) == [f"{hits} 4.0"]
    assert lines(metrics, 'cache_events_total{cache="main",event="evictions"}')[0].endswith(" 2.0")


def test_what_is_owed_now_is_told() -> None:
    metrics, cache = Metrics(), FakeCache()
    CacheCounts(metrics).watch(cache)
    cache.metrics.owed = 3
    assert lines(metrics, 'cache_owed{cache="main"}') == ['cache_owed{cache="main"} 3.0']
    cache.metrics.owed = 0
    assert lines(metrics, 'cache_owed{cache="main"}') == ['cache_owed{cache="main"} 0.0']


def test_a_process_that_began_anew_counts_from_zero() -> None:
    metrics, cache = Metrics(), FakeCache()
    CacheCounts(metrics).watch(cache)
    cache.metrics.of("a").misses = 5
    metrics.exposition()
    cache.metrics = CacheMetrics()
    cache.metrics.of("a").misses = 2
    assert lines(metrics, 'cache_results_total{cache="main",name="a",result="misses"}')[0].endswith(
        " 7.0"
    )


def test_what_counts_by_itself_is_carried_once_a_second() -> None:
    clock, carried = Clock(), []
    metrics = Metrics(clock=clock)
    metrics.before_reading(lambda: carried.append(clock.now))
    for now in (0.5, 0.9, 1.0, 1.5, 2.1):
        clock.now = now
        metrics.carry_when_due()
    assert carried == [1.0, 2.1]
