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
