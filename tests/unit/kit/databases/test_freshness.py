"""What a copy must have replayed to be young enough."""

from __future__ import annotations

from outgrow_kit.databases import Position
from outgrow_kit.databases.freshness import PrimaryLog


def test_nothing_is_known_before_the_primary_was_asked_and_long_after() -> None:
    log = PrimaryLog(10)
    assert log.floor(100) is None
    log.note(Position(1, 50), 100)
    assert log.floor(110) == Position(1, 50)
    assert log.floor(110.1) is None
    assert log.newest == Position(1, 50)


def test_a_copy_needs_what_was_there_when_the_allowed_lag_began() -> None:
    log = PrimaryLog(10)
    for second in range(8):
        log.note(Position(1, 50 + second), 100 + second * 2)
    assert log.floor(114) == Position(1, 52), "noted at 104, ten seconds before"


def test_a_promotion_begins_a_new_log_and_the_old_primary_counts_no_more() -> None:
    log = PrimaryLog(10)
    log.note(Position(1, 900), 100)
    log.note(Position(2, 500), 101)
    log.note(Position(1, 990), 102)
    assert log.floor(103) == Position(2, 500)
    assert log.newest == Position(2, 500)
