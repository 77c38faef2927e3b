"""Ids grow, and never come twice, whatever clocks and processes do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outgrow_kit.shards.errors import NoIds
from outgrow_kit.shards.ids import EPOCH, SPAN_MS, Allocator, Span, Wait, first_id_at, id_parts
from outgrow_kit.shards.placement import logical_shard


@dataclass
class Reservations:
    """The table of slots, with a clock that may also go back."""

    ms: int = 1_000_000_000
    until: list[int] = field(default_factory=lambda: [0] * 4)

    def reserve(self) -> Span:
        slot = self.until.index(min(self.until))
        start = max(self.until[slot], self.ms)
        self.until[slot] = start + SPAN_MS
        return Span(slot, start, start + SPAN_MS)


@dataclass
class Worker:
    """A process with a clock of its own that only grows, and may stand for long."""

    table: Reservations
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.ids = Allocator(lambda: self.seconds)

    def take(self, shard: int) -> int | None:
        for _ in range(8):
            try:
                found = self.ids.take(shard)
                if found is None:
                    self.ids.use(self.table.reserve(), self.table.ms, self.seconds)
                else:
                    return found
            except Wait as wait:
                self.seconds += wait.seconds
            except NoIds:
                return None
        raise AssertionError("no id after eight tries")


_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["take", "many", "pause", "database clock", "restart", "give back"]),
        st.integers(0, 1030),
        st.integers(-200_000, 200_000),
    ),
    max_size=40,
)


@given(_EVENTS)
def test_no_two_processes_give_the_same_id_and_each_gives_growing_ones(
    events: list[tuple[int, str, int, int]],
) -> None:
    table = Reservations()
    workers = [Worker(table) for _ in range(3)]
    seen: set[int] = set()
    for number, what, shard, amount in events:
        worker = workers[number]
        if what in {"take", "many"}:
            given_now = [worker.take(shard) for _ in range(1 if what == "take" else 50)]
            ids = [one for one in given_now if one is not None]
            assert ids == sorted(set(ids))
            assert not seen & set(ids)
            assert {id_parts(one).logical for one in ids} <= {shard % 1024}
            seen.update(ids)
        elif what == "pause":
            worker.seconds += abs(amount) / 1000
        elif what == "database clock":
            table.ms = max(table.ms + amount, 0)
        elif what == "restart":
            workers[number] = Worker(table, worker.seconds)
        else:
            back = worker.ids.give_back()
            if back is not None and table.until[back[0].slot] == back[0].end_ms:
                table.until[back[0].slot] = back[1]


@given(st.integers(0, (1 << 63) - 1))
def test_an_id_says_when_it_was_made(number: int) -> None:
    parts = id_parts(number)
    assert EPOCH <= parts.at
    assert first_id_at(parts.at) <= number < first_id_at(parts.at) + (1 << 22)
    assert 0 <= parts.sequence < 4096


def test_ids_run_ahead_of_the_clock_for_a_second_and_then_wait() -> None:
    worker = Worker(Reservations())
    worker.ids.use(Span(1, 0, SPAN_MS), 0, 0.0)
    for _ in range(1001 * 16):
        assert worker.ids.take(5) is not None
    with pytest.raises(Wait) as caught:
        worker.ids.take(5)
    assert 0 < caught.value.seconds <= 0.002


def test_ids_of_a_later_moment_are_greater_than_all_of_an_earlier_one() -> None:
    table = Reservations()
    first, second = Worker(table), Worker(table)
    early = [first.take(shard) for shard in range(100)]
    table.ms += 5_000
    first.seconds += 5
    late = [second.take(shard) for shard in range(100)]
    assert max(one for one in early if one) < min(one for one in late if one)
    moment = EPOCH + timedelta(milliseconds=table.ms)
    assert all(one >= first_id_at(moment) for one in late if one)


@given(st.text(min_size=1).filter(lambda text: "\0" not in text), st.integers(1, 100_000))
def test_a_key_always_has_the_same_logical_shard(key: str, logical: int) -> None:
    encodable = key.encode("utf-8", "ignore").decode()
    if encodable:
        assert logical_shard(encodable, logical) == logical_shard(encodable, logical)
        assert 0 <= logical_shard(encodable, logical) < logical


def test_the_logical_shard_of_a_key_is_as_documented_for_ever() -> None:
    assert [logical_shard(key, 1024) for key in ("acme", 42, "42", "Zürich")] == [
        _by_hand("acme"), _by_hand("42"), _by_hand("42"), _by_hand("Zürich"),
    ]  # fmt: skip
    assert logical_shard("acme", 1 << 56) == 0x822B33AD87C148


def _by_hand(key: str) -> int:
    from hashlib import sha256

    return int(sha256(key.encode()).hexdigest()[:14], 16) % 1024
