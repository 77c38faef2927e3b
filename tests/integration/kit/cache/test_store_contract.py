"""What every shared store does alike: in memory (for the other tests), Redis and PostgreSQL."""

from __future__ import annotations

from typing import cast

import pytest
from tests.unit.kit.cache.fakes import MemoryStore

from outgrow_kit.cache.assembly import new_token
from outgrow_kit.cache.codec import codec_for
from outgrow_kit.cache.steps import (
    Begin,
    Begun,
    Fill,
    Found,
    Invalidate,
    Lease,
    Read,
    Release,
    Renew,
)
from outgrow_kit.cache.store import Message, Pong, Store, Subscription
from outgrow_kit.cache.stored import Stored, token_in
from outgrow_kit.cache.types import TypeRegistry

CODEC = codec_for("msgpack", TypeRegistry())


def begin(store: Store, key: str = "k", *tags: str, seen: str = "", force: bool = False) -> Begun:
    step = Begin(key, tags, new_token(), seen=seen, force=force, tag_seconds=60)
    begun = cast(Begun, store.perform(step))
    TOKENS[id(begun)] = step.token
    return begun


TOKENS: dict[int, str] = {}


def fill(store: Store, begun: Begun, key: str = "k", *tags: str, announce: bool = False) -> bool:
    token = TOKENS[id(begun)]
    stored = Stored(token, begun.epoch, begun.version, 1e9, 2e9, tags, begun.generations, b"value")
    step = Fill(
        key, token, begun.epoch, stored.packed(CODEC), 60.0, tags, begun.generations, "me", announce
    )
    return bool(store.perform(step))


def read(store: Store, *keys: str, tags: tuple[str, ...] = ()) -> Found:
    return cast(Found, store.perform(Read(keys, tags)))


def invalidate(store: Store, *keys: str, tags: tuple[str, ...] = (), all_: bool = False) -> None:
    store.perform(Invalidate(keys, tags, "me", all_))


def test_what_was_filled_is_read_with_its_token(store: Store) -> None:
    begun = begin(store)
    assert begun.granted
    assert fill(store, begun)
    found = read(store, "other", "k")
    assert found.values[0] is None
    assert found.values[1] is not None
    assert token_in(found.values[1]) == TOKENS[id(begun)]
    assert found.epoch == begun.epoch


def test_an_empty_store_has_no_values_and_no_generations(store: Store) -> None:
    found = read(store, "k", tags=("t",))
    assert found == Found(found.epoch, (None,), (None,))


def test_one_lease_a_key_at_a_time(store: Store) -> None:
    first, second, other = begin(store), begin(store), begin(store, "other")
    assert (first.granted, second.granted, other.granted) == (True, False, True)
    assert second.value is None


def test_who_asks_twice_for_a_lease_has_it(store: Store) -> None:
    step = Begin("k", (), new_token(), tag_seconds=60)
    twice = [cast(Begun, store.perform(step)).granted for _ in range(2)]
    assert twice == [True, True]
    assert not begin(store).granted


def test_who_comes_after_the_fill_gets_the_value_instead_of_a_lease(store: Store) -> None:
    first = begin(store)
    fill(store, first)
    second = begin(store)
    assert not second.granted
    assert second.value is not None
    renewing = begin(store, seen=token_in(second.value))
    assert renewing.granted
    assert renewing.value is None


def test_a_fill_is_stale_after_its_key_was_invalidated(store: Store) -> None:
    begun = begin(store)
    invalidate(store, "k")
    assert not fill(store, begun)
    assert read(store, "k").values == (None,)
    assert begin(store).granted


def test_a_fill_is_stale_after_one_of_its_tags_was_invalidated(store: Store) -> None:
    begun = begin(store, "k", "a", "b")
    invalidate(store, tags=("b",))
    assert not fill(store, begun, "k", "a", "b")
    again = begin(store, "k", "a", "b")
    assert again.granted
    assert again.generations[0] == begun.generations[0]
    assert again.generations[1] != begun.generations[1]
    assert fill(store, again, "k", "a", "b")


def test_the_generation_of_a_tag_changes_when_it_is_invalidated(store: Store) -> None:
    begun = begin(store, "k", "a")
    assert fill(store, begun, "k", "a")
    assert read(store, tags=("a",)).generations == begun.generations
    invalidate(store, tags=("a",))
    assert read(store, tags=("a",)).generations != begun.generations


def test_a_fill_is_stale_in_another_life_of_the_store(store: Store) -> None:
    begun = begin(store)
    invalidate(store, all_=True)
    assert not fill(store, begun)
    after = begin(store)
    assert after.epoch != begun.epoch


def test_who_forces_a_lease_makes_the_fill_of_its_holder_stale(store: Store) -> None:
    reader = begin(store)
    writer = begin(store, force=True)
    assert writer.granted
    assert not fill(store, reader)
    assert fill(store, writer, announce=True)


def test_a_lease_that_was_given_back_is_free(store: Store) -> None:
    begun = begin(store)
    store.perform(Release((Lease("k", "somebody else's"),)))
    assert not begin(store).granted
    store.perform(Release((Lease("k", TOKENS[id(begun)]),)))
    assert begin(store).granted
    assert not fill(store, begun)


def test_a_lease_that_is_held_longer_still_fills(store: Store) -> None:
    begun = begin(store)
    store.perform(Renew((Lease("k", TOKENS[id(begun)]),), 30.0))
    assert fill(store, begun)


def test_versions_grow_with_each_invalidation(store: Store) -> None:
    first = begin(store, "a")
    invalidate(store, "b")
    second = begin(store, "b")
    invalidate(store, all_=True)
    third = begin(store, "c")
    assert first.version < second.version <= third.version


@pytest.mark.parametrize("count", [600])
def test_many_keys_are_invalidated_at_once(store: Store, count: int) -> None:
    keys = tuple(f"{number:0150d}" for number in range(count))
    for key in keys[:3]:
        fill(store, begin(store, key), key)
    invalidate(store, *keys)
    assert read(store, *keys).values == (None,) * count


def heard(store: Store, subscription: Subscription) -> list[Message]:
    """Return the messages that come before the answer to a ping."""
    subscription.ping()
    messages = []
    for _ in range(100):
        one = subscription.next(5)
        if isinstance(one, Pong):
            return messages
        if isinstance(one, Message):
            messages.append(one)
    pytest.fail("the ping was not answered")


def test_a_subscription_hears_each_message_before_the_answer_to_a_ping(store: Store) -> None:
    begun = begin(store)
    subscription = store.subscribe()
    if subscription is None:
        assert isinstance(store, MemoryStore)
        return
    try:
        assert heard(store, subscription) == []
        invalidate(store, "a", "b", tags=("t",))
        fill(store, begun, announce=True)
        invalidate(store, all_=True)
        found = heard(store, subscription)
    finally:
        subscription.close()
    assert [(one.origin, one.keys, one.tags, one.everything) for one in found] == [
        ("me", ("a", "b"), ("t",), False),
        ("me", ("k",), (), False),
        ("me", (), (), True),
    ]
    assert begun.version < found[0].version < found[1].version < found[2].version
