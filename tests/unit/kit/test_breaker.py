"""A server that does not answer is not asked by every request."""

from __future__ import annotations

from outgrow_kit.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_failure_keeps_others_from_asking_until_the_wait_is_over() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, clock=clock)
    breaker.failed()
    assert not breaker.allows()
    clock.now += 1
    assert breaker.allows()
    assert not breaker.allows(), "one caller tries, all others go on without"


def test_a_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, clock=clock)
    breaker.failed()
    clock.now += 1
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert not breaker.is_open


def test_each_failed_trial_doubles_the_wait_up_to_a_limit() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, longest_seconds=3, clock=clock)
    breaker.failed()
    waits = []
    for _ in range(3):
        start = clock.now
        while not breaker.allows():
            clock.now += 0.5
        waits.append(clock.now - start)
        breaker.failed()
    assert waits == [1.0, 2.0, 3.0]


def wait_of(breaker: Breaker, clock: Clock) -> float:
    """Return after how many seconds the breaker lets somebody try."""
    start = clock.now
    while not breaker.allows():
        clock.now += 0.5
    return clock.now - start


def test_calls_that_were_under_way_together_are_one_failure() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, longest_seconds=60, clock=clock)
    for _ in range(20):
        breaker.failed()
    assert wait_of(breaker, clock) == 1.0
    for _ in range(20):
        breaker.failed()
    assert wait_of(breaker, clock) == 2.0, "one trial, so twice as long and no longer"


def test_a_late_failure_does_not_count_as_the_trial_that_is_under_way() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, longest_seconds=60, clock=clock)
    began_before = clock.now
    breaker.failed(began_before)
    clock.now += 1
    assert breaker.allows()
    breaker.failed(began_before)
    assert wait_of(breaker, clock) == 1.0
    breaker.failed(clock.now)
    assert wait_of(breaker, clock) == 2.0


def test_a_success_makes_the_next_wait_short_again() -> None:
    clock = Clock()
    breaker = Breaker(open_seconds=1, longest_seconds=60, clock=clock)
    breaker.failed()
    assert wait_of(breaker, clock) == 1.0
    breaker.failed()
    assert wait_of(breaker, clock) == 2.0
    breaker.succeeded()
    breaker.failed()
    assert wait_of(breaker, clock) == 1.0
