"""The way of a call through the process, the store, a lease and the function; no I/O, no clock."""

from __future__ import annotations

import logging

import pytest
from tests.unit.kit.cache.fakes import Clock, MemoryStore, Process

from outgrow_kit.cache.change import invalidate, look_up, write_through
from outgrow_kit.cache.errors import Unstorable
from outgrow_kit.cache.fetch import fetch
from outgrow_kit.cache.steps import Begin, Compute, Fill, Read, Release
from outgrow_kit.errors import StoreUnavailable


class Counter:
    """A function that counts its calls, and fails when it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails = False

    def __call__(self) -> object:
        self.calls += 1
        if self.fails:
            raise LookupError("the database is out")
        return f"value {self.calls}"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def function() -> Counter:
    return Counter()


def test_the_second_call_is_answered_by_the_process(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    of = process.ask()
    assert process.run(fetch(process.core, of), function) == "value 1"
    asked = len(store.performed)
    assert process.run(fetch(process.core, of), function) == "value 1"
    assert (function.calls, len(store.performed)) == (1, asked)
    assert (of.counts.misses, of.counts.local_hits, of.counts.computed) == (1, 1, 1)


def test_another_process_is_answered_by_the_store(store: MemoryStore, function: Counter) -> None:
    one, two = Process(store), Process(store, origin="two")
    one.run(fetch(one.core, one.ask()), function)
    of = two.ask()
    assert two.run(fetch(two.core, of), function) == "value 1"
    assert of.counts.shared_hits == 1


def test_a_value_is_fresh_for_its_seconds_and_no_longer(
    store: MemoryStore, function: Counter
) -> None:
    process = Process(store)
    for passed, wanted in ((0, "value 1"), (59.9, "value 1"), (0.1, "value 2")):
        process.clock.now += passed
        process.link.confirmed(process.clock())
        assert process.run(fetch(process.core, process.ask(seconds=60)), function) == wanted


def test_jitter_only_shortens_a_life() -> None:
    policy = Process().ask(seconds=100).policy
    jittered = [policy.under(None).lifetime("v", chance) for chance in (0.0, 0.5, 1.0)]
    assert [life.fresh for life in jittered if life] == [100, 100, 100]
    from dataclasses import replace

    lives = [replace(policy, jitter=0.1).lifetime("v", chance) for chance in (0.0, 0.5, 1.0)]
    assert [life.fresh for life in lives if life] == [100, 95, 90]


def test_none_is_kept_for_its_own_time(store: MemoryStore) -> None:
    process, calls = Process(store), []

    def nothing() -> object:
        calls.append(1)

    of = process.ask(seconds=60, none_seconds=5)
    process.run(fetch(process.core, of), nothing)
    process.run(fetch(process.core, of), nothing)
    assert len(calls) == 1
    process.clock.now += 5
    process.run(fetch(process.core, of), nothing)
    assert len(calls) == 2


def test_none_is_not_kept_for_zero_seconds_and_gives_its_lease_back(store: MemoryStore) -> None:
    process = Process(store)
    process.run(fetch(process.core, process.ask(none_seconds=0)), lambda: None)
    assert not store.values
    assert not store.leases


@pytest.mark.parametrize("shared", [True, False])
def test_a_stale_value_is_answered_while_it_is_renewed_behind(
    shared: bool, function: Counter
) -> None:
    process = Process(MemoryStore() if shared else None)
    of = process.ask(seconds=10, stale_seconds=30)
    process.run(fetch(process.core, of), function)
    process.clock.now += 15
    process.link.confirmed(process.clock())
    assert process.run(fetch(process.core, of), function) == "value 1"
    assert len(process.behind) == 1
    assert process.run(fetch(process.core, of), function) == "value 1"
    assert len(process.behind) == 1, "one renews, not everyone"
    process.catch_up()
    assert process.run(fetch(process.core, of), function) == "value 2"
    assert (of.counts.stale_hits, of.counts.refreshes) == (1, 1)


def test_a_stale_value_of_the_store_is_renewed_behind_as_well(
    store: MemoryStore, function: Counter
) -> None:
    one, two = Process(store), Process(store, origin="two")
    one.run(fetch(one.core, one.ask(seconds=10, stale_seconds=30)), function)
    store.clock.now += 15
    of = two.ask(seconds=10, stale_seconds=30)
    assert two.run(fetch(two.core, of), function) == "value 1"
    two.catch_up()
    assert two.run(fetch(two.core, of), function) == "value 2"


def test_two_processes_do_not_both_renew(store: MemoryStore, function: Counter) -> None:
    one, two = Process(store), Process(store, origin="two")
    for process in (one, two):
        process.run(fetch(process.core, process.ask(seconds=10, stale_seconds=30)), function)
    store.clock.now += 15
    for process in (one, two):
        process.link.confirmed(store.clock())
        process.run(fetch(process.core, process.ask(seconds=10, stale_seconds=30)), function)
    one.catch_up()
    two.catch_up()
    assert function.calls == 2
    assert two.run(fetch(two.core, two.ask()), function) == "value 2"


def test_a_stale_value_outlives_a_function_that_fails(
    store: MemoryStore, function: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    process = Process(store)
    of = process.ask(seconds=10, stale_seconds=30)
    process.run(fetch(process.core, of), function)
    function.fails = True
    process.clock.now += 15
    with caplog.at_level(logging.WARNING, "outgrow_kit.cache"):
        for _ in range(3):
            process.link.confirmed(process.clock())
            assert process.run(fetch(process.core, of), function) == "value 1"
            process.catch_up()
            process.clock.now += 2
    assert of.counts.stale_on_error == 3
    assert "stays stale" in caplog.text
    assert not store.leases, "who failed gave the lease back"
    process.clock.now += 30
    with pytest.raises(LookupError):
        process.run(fetch(process.core, of), function)


def test_without_renewing_behind_one_caller_renews(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    of = process.ask(seconds=10, stale_seconds=30, behind=False)
    process.run(fetch(process.core, of), function)
    process.clock.now += 15
    assert process.run(fetch(process.core, of), function) == "value 2"
    process.clock.now += 15
    function.fails = True
    assert process.run(fetch(process.core, of), function) == "value 2"
    assert not process.behind


def test_a_hit_near_the_end_renews_ahead(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    of = process.ask(seconds=10, refresh_ahead=0.2)
    for passed, renewing in ((0.0, 0), (7.9, 0), (0.2, 1)):
        process.clock.now += passed
        process.link.confirmed(process.clock())
        assert process.run(fetch(process.core, of), function) == "value 1"
        assert len(process.behind) == renewing
    process.catch_up()
    process.clock.now += 5
    process.link.confirmed(process.clock())
    assert process.run(fetch(process.core, of), function) == "value 2", "nobody had to wait"
    assert of.counts.misses == 1


def test_a_tag_makes_everything_that_carries_it_void(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    tagged, other = process.ask("a", "t1", "t2"), process.ask("b", "t3")
    for of in (tagged, other):
        process.run(fetch(process.core, of), function)
    process.run(invalidate(process.core, tags=("t2",)))
    assert process.run(fetch(process.core, tagged), function) == "value 3"
    assert process.run(fetch(process.core, other), function) == "value 2"


def test_a_fill_that_began_before_an_invalidation_is_kept_nowhere(store: MemoryStore) -> None:
    process = Process(store)
    of = process.ask()

    def overtaken() -> object:
        process.run(invalidate(process.core, ("k",)))
        return "old"

    assert process.run(fetch(process.core, of), overtaken) == "old"
    assert of.counts.rejected_fills == 1
    assert process.run(fetch(process.core, of), lambda: "new") == "new"


def test_who_comes_after_an_invalidation_does_not_join_what_began_before(
    store: MemoryStore,
) -> None:
    process = Process(store)
    early = fetch(process.core, process.ask())
    step = next(early)
    while not isinstance(step, Compute):
        step = early.send(process.perform(step, None))
    process.run(invalidate(process.core, ("k",)))
    assert process.run(fetch(process.core, process.ask()), lambda: "new") == "new"
    early.close()


def test_a_message_of_another_process_makes_a_key_void(
    store: MemoryStore, function: Counter
) -> None:
    one, two = Process(store), Process(store, origin="two")
    for process in (one, two):
        process.run(fetch(process.core, process.ask()), function)
    one.run(invalidate(one.core, ("k",)))
    message = store.messages[-1]
    two.local.heard(message.keys, message.tags, message.version)
    assert two.run(fetch(two.core, two.ask()), function) == "value 2"


def test_a_late_message_leaves_what_was_filled_after_it(
    store: MemoryStore, function: Counter
) -> None:
    one, two = Process(store), Process(store, origin="two")
    two.run(fetch(two.core, two.ask()), function)
    one.run(invalidate(one.core, ("k",)))
    two.local.forget(("k",))
    two.run(fetch(two.core, two.ask()), function)
    message = store.messages[-1]
    two.local.heard(message.keys, message.tags, message.version)
    asked = len(store.performed)
    assert two.run(fetch(two.core, two.ask()), function) == "value 2"
    assert len(store.performed) == asked, "still kept in the process"


def test_without_a_heartbeat_the_process_believes_itself_for_half_a_second(
    store: MemoryStore, function: Counter
) -> None:
    process = Process(store)
    process.run(fetch(process.core, process.ask()), function)
    process.link.lost()
    store.out = True
    process.clock.now += 0.4
    assert process.run(fetch(process.core, process.ask()), function) == "value 1"
    process.clock.now += 0.2
    assert process.run(fetch(process.core, process.ask()), function) == "value 2"


def test_a_store_that_is_out_is_asked_once_and_the_function_runs(
    store: MemoryStore, function: Counter
) -> None:
    process = Process(store)
    store.out = True
    for key in "abc":
        process.run(fetch(process.core, process.ask(key)), function)
    assert function.calls == 3
    assert len(store.performed) == 1
    assert process.metrics.shared_errors == 1
    assert not process.metrics.shared_up
    process.clock.now += 1
    store.out = False
    assert not process.link.usable, "only a heartbeat says that it is back"
    process.link.confirmed(process.clock())
    process.run(fetch(process.core, process.ask("d")), function)
    assert store.values


def test_an_invalidation_that_the_store_was_not_told_of_is_owed(store: MemoryStore) -> None:
    process = Process(store)
    store.out = True
    process.run(invalidate(process.core, ("a",), ("t",)))
    process.run(invalidate(process.core, ("b",)))
    assert process.metrics.owed == 3
    owed, _ = process.link.take_owed()
    assert owed is not None
    assert (owed.keys, owed.tags) == (("a", "b"), ("t",))
    assert process.metrics.owed == 3, "until the store was told"
    process.link.told()
    assert process.metrics.owed == 0


def test_more_than_can_be_remembered_is_owed_as_everything(store: MemoryStore) -> None:
    process = Process(store)
    store.out = True
    process.run(invalidate(process.core, tuple(map(str, range(10_001)))))
    owed, _ = process.link.take_owed()
    assert owed is not None
    assert (owed.everything, owed.keys) == (True, ())


def test_a_new_life_of_the_store_voids_what_the_process_keeps(
    store: MemoryStore, function: Counter
) -> None:
    process = Process(store)
    process.run(fetch(process.core, process.ask("a")), function)
    store.restart()
    process.run(fetch(process.core, process.ask("b")), function)
    assert process.run(fetch(process.core, process.ask("a")), function) == "value 3"


def test_a_value_of_a_type_that_is_not_registered_is_refused_and_leaves_no_lease(
    store: MemoryStore,
) -> None:
    process = Process(store)
    with pytest.raises(Unstorable, match="cannot be cached"):
        process.run(fetch(process.core, process.ask()), object)
    assert not store.leases


def test_bytes_of_another_format_are_a_miss(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    process.run(fetch(process.core, process.ask("other")), function)
    store.values["k"] = (b"\x09 not ours", store.clock() + 60)
    of = process.ask()
    assert process.run(fetch(process.core, of), function) == "value 2"
    assert process.run(fetch(process.core, of), function) == "value 2"


def test_a_function_that_asks_for_itself_runs_instead_of_waiting_for_itself() -> None:
    process = Process()
    of = process.ask()

    def outer() -> object:
        return process.run(fetch(process.core, of), lambda: "inner")

    assert process.run(fetch(process.core, of), outer) == "inner"


def test_a_caller_that_is_cancelled_leaves_a_lease_to_be_given_back(store: MemoryStore) -> None:
    process = Process(store)
    flow = fetch(process.core, process.ask())
    step = next(flow)
    while not isinstance(step, Compute):
        step = flow.send(process.perform(step, None))
    flow.close()
    _, leases = process.link.take_owed()
    store.perform(Release(leases))
    assert not store.leases


def test_a_fill_without_an_answer_leaves_a_lease_to_be_given_back(store: MemoryStore) -> None:
    process = Process(store)

    def function() -> object:
        store.out = True
        return "value"

    assert process.run(fetch(process.core, process.ask()), function) == "value"
    store.out = False
    _, leases = process.link.take_owed()
    store.perform(Release(leases))
    assert not store.leases


# --- by key ---------------------------------------------------------------------------------


def test_what_was_written_through_is_found_by_every_process(store: MemoryStore) -> None:
    one, two = Process(store), Process(store, origin="two")
    two.run(write_through(two.core, two.ask()), lambda: "old")
    assert one.run(write_through(one.core, one.ask()), lambda: "new") == "new"
    message = store.messages[-1]
    two.local.heard(message.keys, message.tags, message.version)
    for process in (one, two):
        assert process.run(look_up(process.core, [process.ask()])) == {"k": "new"}


def test_when_two_write_one_key_at_once_nothing_is_kept(store: MemoryStore) -> None:
    one, two = Process(store), Process(store, origin="two")

    def first() -> object:
        two.run(write_through(two.core, two.ask()), lambda: "second")
        return "first, committed last"

    one.run(write_through(one.core, one.ask()), first)
    message = store.messages[-1]
    two.local.heard(message.keys, message.tags, message.version)
    for process in (one, two):
        assert process.run(look_up(process.core, [process.ask()])) == {}


def test_a_write_that_fails_makes_the_key_void(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    process.run(write_through(process.core, process.ask()), function)
    function.fails = True
    with pytest.raises(LookupError):
        process.run(write_through(process.core, process.ask()), function)
    assert process.run(look_up(process.core, [process.ask()])) == {}


def test_looking_up_many_keys_asks_the_store_once(store: MemoryStore, function: Counter) -> None:
    one, two = Process(store), Process(store, origin="two")
    for key in "abc":
        one.run(write_through(one.core, one.ask(key)), function)
    store.performed.clear()
    found = two.run(look_up(two.core, [two.ask(key) for key in "axbc"]))
    assert found == {"a": "value 1", "b": "value 2", "c": "value 3"}
    assert [type(step) for step in store.performed] == [Read]


def test_a_looked_up_value_is_void_when_its_tag_was_invalidated(store: MemoryStore) -> None:
    one, two = Process(store), Process(store, origin="two")
    one.run(write_through(one.core, one.ask("k", "t")), lambda: 1)
    assert two.run(look_up(two.core, [two.ask()])) == {"k": 1}
    one.run(invalidate(one.core, tags=("t",)))
    two.local.clear()
    assert two.run(look_up(two.core, [two.ask()])) == {}


def test_looking_up_gives_no_stale_value(store: MemoryStore) -> None:
    process = Process(store)
    of = process.ask(seconds=10, stale_seconds=60)
    process.run(write_through(process.core, of), lambda: 1)
    process.clock.now += 11
    assert process.run(look_up(process.core, [process.ask()])) == {}


def test_without_a_shared_store_the_process_is_believed_alone() -> None:
    process = Process(clock=Clock())
    process.run(write_through(process.core, process.ask()), lambda: 1)
    process.clock.now += 30
    assert process.run(look_up(process.core, [process.ask()])) == {"k": 1}
    process.run(invalidate(process.core, everything=True))
    assert process.run(look_up(process.core, [process.ask()])) == {}


def test_a_refused_fill_is_no_reason_to_stop_asking(store: MemoryStore, function: Counter) -> None:
    from outgrow_kit.cache.store import StoreRefused

    class Full(MemoryStore):
        def perform(self, step: object) -> object:
            if isinstance(step, Fill):
                raise StoreRefused("full")
            return super().perform(step)  # type: ignore[arg-type]

    process = Process(Full())
    assert process.run(fetch(process.core, process.ask()), function) == "value 1"
    assert process.link.usable
    assert isinstance(StoreRefused("full"), StoreUnavailable)


def test_tags_of_a_lease_outlive_what_it_fills(store: MemoryStore, function: Counter) -> None:
    process = Process(store)
    process.run(fetch(process.core, process.ask("k", "t", seconds=600)), function)
    begun = next(step for step in store.performed if isinstance(step, Begin))
    assert begun.tag_seconds > 600
