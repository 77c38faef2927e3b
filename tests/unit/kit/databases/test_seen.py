"""What a request has seen, and for how long that matters."""

from __future__ import annotations

import contextvars
import threading

from outgrow_kit.databases import Position
from outgrow_kit.databases.deadline import remaining, within
from outgrow_kit.databases.seen import Memory


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_thread_that_works_for_a_request_tells_it_what_it_wrote() -> None:
    memory = Memory(10, Clock())
    with memory.remembering() as seen:
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(lambda: memory.here().add(Position(1, 5)),)
        )
        thread.start()
        thread.join(10)
        assert seen.position == Position(1, 5)


def test_requests_do_not_see_each_others_positions() -> None:
    memory = Memory(10, Clock())
    with memory.remembering(Position(1, 5)), memory.remembering() as inner:
        assert inner.position is None
        assert memory.here() is inner


def test_two_databases_are_remembered_apart() -> None:
    one, other = Memory(10, Clock()), Memory(10, Clock())
    with one.remembering(), other.remembering():
        one.here().add(Position(1, 5))
        assert other.here().position is None


def test_a_position_is_forgotten_when_every_copy_within_the_lag_has_it() -> None:
    clock = Clock()
    memory = Memory(10, clock)
    with memory.remembering() as seen:
        seen.add(Position(1, 5))
        clock.now += 10
        assert seen.position == Position(1, 5)
        clock.now += 0.1
        assert seen.position is None


def test_deadlines_nest_and_the_nearest_holds() -> None:
    clock = Clock()
    assert remaining(clock) is None
    with within(10, clock):
        with within(60, clock):
            assert remaining(clock) == 10
        with within(3, clock):
            clock.now += 4
            assert remaining(clock) == 0
        assert remaining(clock) == 6
    assert remaining(clock) is None
