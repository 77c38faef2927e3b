"""What a process keeps is bounded, and what is void is not put back."""

from __future__ import annotations

from outgrow_kit.cache.local import Local, LocalEntry
from outgrow_kit.cache.metrics import CacheMetrics

FOREVER = float("inf")


def entry(key: str, value: object = "v", size: int = 10, since: int = 99, *tags: str) -> LocalEntry:
    return LocalEntry(
        key, value, FOREVER, FOREVER, FOREVER, FOREVER, since, encoded_bytes=size, tags=tags
    )


def test_the_number_of_items_is_bounded_and_used_ones_stay() -> None:
    metrics = CacheMetrics()
    local = Local(10, 1 << 30, metrics)
    for number in range(10):
        local.put(entry(str(number)))
    assert local.find("3") is not None
    for number in range(10, 19):
        local.put(entry(str(number)))
    assert local.find("3") is not None, "it was used"
    assert local.find("4") is None
    assert (metrics.items, metrics.evictions) == (10, 9)


def test_the_bytes_are_bounded_and_a_huge_value_is_not_kept() -> None:
    metrics = CacheMetrics()
    local = Local(1000, 100_000, metrics)
    for number in range(100):
        local.put(entry(str(number), "x" * 9_000, 9_000))
    assert metrics.items == 10
    assert metrics.bytes <= 100_000
    assert not local.put(entry("huge", "x" * 200_000, 200_000))
    assert local.find("99") is not None


def test_the_bytes_of_what_is_replaced_or_dropped_are_given_back() -> None:
    metrics = CacheMetrics()
    local = Local(10, 1 << 30, metrics)
    for _ in range(3):
        local.put(entry("a", size=1000))
    one = metrics.bytes
    local.put(entry("b", size=1000))
    assert metrics.bytes == 2 * one
    local.forget(("a", "b"))
    assert (metrics.bytes, metrics.items) == (0, 0)


def test_without_items_nothing_is_kept() -> None:
    local = Local(0, 1 << 30, CacheMetrics())
    assert not local.put(entry("a"))
    assert local.find("a") is None


def test_what_was_fetched_before_an_invalidation_is_refused() -> None:
    local = Local(10, 1 << 30, CacheMetrics())
    mark = local.mark()
    local.forget(("a",), ("t",))
    assert not local.put(entry("a", since=mark))
    assert not local.put(entry("b", "v", 1, mark, "t"))
    assert local.put(entry("c", since=mark))
    assert local.put(entry("a", since=local.mark()))


def test_what_was_forgotten_to_be_void_counts_as_void() -> None:
    local = Local(10, 1 << 30, CacheMetrics())
    local.forget(("a",))
    mark = local.mark()
    local.forget(map(str, range(20_000)))
    assert not local.put(entry("never named", since=mark)), "its name may be among those dropped"
    assert local.put(entry("never named", since=local.mark()))


def test_an_entry_that_was_dropped_is_not_answered_by_who_still_holds_it() -> None:
    local = Local(10, 1 << 30, CacheMetrics())
    held = entry("a")
    held.index, held.quick = {}, (1,)
    local.put(held)
    assert held.index == {(1,): held}
    local.forget(("a",))
    assert held.until < 0
    assert held.index == {}


def test_clearing_makes_everything_void_and_what_is_being_fetched() -> None:
    metrics = CacheMetrics()
    local = Local(10, 1 << 30, metrics)
    local.put(entry("a"))
    mark = local.mark()
    local.clear()
    assert local.find("a") is None
    assert not local.put(entry("b", since=mark))
    assert (metrics.items, metrics.bytes) == (0, 0)


def test_what_was_begun_before_an_invalidation_does_not_replace_what_was_begun_after_it() -> None:
    local = Local(10, 1 << 30, CacheMetrics())
    slow = entry("k", "read before it", since=local.mark())
    quick = entry("k", "read after it", since=local.mark())
    slow.version, quick.version = 6, 7
    local.put(quick)
    local.heard(("k",), (), 7)
    assert not local.put(slow)
    found = local.find("k")
    assert found is not None
    assert found.value == "read after it"
