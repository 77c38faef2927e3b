"""A server that is down is tried by one caller at a time."""

from __future__ import annotations

import pytest

from outgrow_kit.databases.gate import Gate, ServerDown


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_everyone_passes_while_the_server_answers() -> None:
    gate = Gate()
    assert list(gate.pauses()) == []
    assert list(gate.pauses()) == []


def test_after_a_failure_one_caller_tries_and_the_others_share_its_outcome() -> None:
    clock = Clock()
    gate = Gate(retry_seconds=1, clock=clock)
    gate.failed("connection refused\nmore")
    first, second = gate.pauses(), gate.pauses()
    assert next(first) > 0
    assert next(second) > 0
    clock.now += 1
    assert list(first) == [], "its turn to try"
    assert next(second) > 0
    gate.failed("connection refused\nmore")
    with pytest.raises(ServerDown, match=r"connections: connection refused$"):
        next(second)


def test_a_success_lets_everyone_pass() -> None:
    clock = Clock()
    gate = Gate(retry_seconds=1, clock=clock)
    gate.failed("x")
    waiting = gate.pauses()
    next(waiting)
    clock.now += 1
    assert list(gate.pauses()) == []
    gate.succeeded()
    assert list(waiting) == []
    assert list(gate.pauses()) == []
