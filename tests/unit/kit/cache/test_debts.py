"""What the store was not told of stays unbelieved until it was; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.kit.cache.fakes import MemoryStore, Process

from outgrow_kit.cache.change import invalidate
from outgrow_kit.cache.debts import beat, pay
from outgrow_kit.cache.fetch import fetch
from outgrow_kit.cache.steps import Fill, Invalidate
from outgrow_kit.cache.store import carried_out
from outgrow_kit.errors import StoreUnavailable


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class Truth:
    """What the database would say; each test changes it before it invalidates."""

    def __init__(self) -> None:
        self.value = "old"

    def __call__(self) -> object:
        return self.value


def believe(process: Process) -> Callable[[float], None]:
    """Return what a pong does after the store was out."""

    def confirmed(sent: float) -> None:
        process.clock.now += 1
        process.link.confirmed(process.clock())

    return confirmed


def test_what_was_owed_while_debts_were_told_is_told_before_anything_is_read(
    store: MemoryStore,
) -> None:
    one, other, truth = Process(store), Process(store, origin="other"), Truth()
    other.run(fetch(other.core, other.ask("k")), truth)
    store.out = True
    one.run(invalidate(one.core, ("before",)))
    store.out = False
    beating = beat(one.link, one.clock(), believe(one))
    answer = store.perform(next(beating))
    # While the first debts are told the breaker is open, so this is owed as well.
    truth.value = "new"
    one.run(invalidate(one.core, ("k",)))
    step = beating.send(answer)
    assert isinstance(step, Invalidate)
    assert one.run(fetch(one.core, one.ask("k")), truth) == "new", "the store has the old one"
    answer = store.perform(step)
    with pytest.raises(StopIteration):
        beating.send(answer)
    assert one.run(fetch(one.core, one.ask("k")), truth) == "new"
    one.link.confirmed(one.clock())
    assert one.run(fetch(one.core, one.ask("k")), truth) == "new"


def test_one_who_found_the_store_out_as_it_came_back_makes_this_process_wait(
    store: MemoryStore,
) -> None:
    one, other, truth = Process(store), Process(store, origin="other"), Truth()
    other.run(fetch(other.core, other.ask("k")), truth)
    # The caller had looked at the breaker before the heartbeat closed it.
    truth.value = "new"
    one.link.owe(Invalidate(("k",), (), one.link.origin))
    one.local.forget(("k",))
    assert not one.link.usable
    assert one.run(fetch(one.core, one.ask("k")), truth) == "new"
    carried_out(beat(one.link, one.clock(), one.link.confirmed), store)
    assert one.link.usable
    assert "k" not in store.values
    one.clock.now += 1
    one.run(fetch(one.core, one.ask("k")), truth)
    assert store.values["k"]


def test_an_invalidation_is_told_at_once_while_others_are_owed(store: MemoryStore) -> None:
    process = Process(store)
    process.link.owe(Invalidate(("a",), (), process.link.origin))
    process.run(invalidate(process.core, ("b",)))
    assert process.metrics.owed == 1
    assert isinstance(store.performed[-1], Invalidate)


def test_nothing_is_filled_while_anything_is_owed(store: MemoryStore) -> None:
    process = Process(store)

    def function() -> object:
        process.link.owe(Invalidate(("k",), (), process.link.origin))
        return "read before it was void"

    process.run(fetch(process.core, process.ask("k")), function)
    assert not any(isinstance(step, Fill) for step in store.performed)


def test_what_could_not_be_told_stays_owed(store: MemoryStore) -> None:
    process = Process(store)
    keys = tuple(map(str, range(1200)))
    process.link.owe(Invalidate(keys, ("t",), process.link.origin))
    paying = pay(process.link)
    paying.send(store.perform(next(paying)))
    with pytest.raises(StoreUnavailable):
        paying.throw(StoreUnavailable("out"))
    assert process.metrics.owed == 1201
    assert process.link.owes


def test_a_beat_that_always_finds_more_owed_ends_all_the_same(store: MemoryStore) -> None:
    process = Process(store)
    beating = beat(process.link, process.clock(), process.link.confirmed)
    told = 0
    process.link.owe(Invalidate(("k",), (), process.link.origin))
    try:
        step = next(beating)
        while True:
            told += 1
            process.link.owe(Invalidate(("k",), (), process.link.origin))
            step = beating.send(store.perform(step))
    except StopIteration:
        assert told > 1
    assert process.link.owes
    assert not process.link.usable


def test_a_lease_that_was_never_asked_for_is_not_given_back(store: MemoryStore) -> None:
    process = Process(store)
    store.out = True
    for key in ("a", "b", "c"):
        process.run(fetch(process.core, process.ask(key)), lambda: "value")
    _, leases = process.link.take_owed()
    assert leases == (), "the first call was told that the store is out; it asked for no lease"
