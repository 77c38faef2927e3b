"""What waits for a lock lets others pass, and gives up in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.partitions.tables import EVENTS, STRUCTURE

from outgrow.errors import OutsideError
from outgrow.partitions.conversion import Conversion
from outgrow.partitions.copying import Copying, Pace
from outgrow.partitions.patience import patiently, run_patiently
from outgrow.partitions.ports import SHORT, Limits, LockNotGranted, NoPartition, Values

CONVERSION = Conversion(EVENTS, "created_at", "month", STRUCTURE, (), None)


@dataclass
class Time:
    passed: float = 0
    waits: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return self.passed

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds


@dataclass
class Scripted:
    """A database that answers by the beginning of a statement, and fails as told."""

    answers: dict[str, list[Any]]
    failures: list[Exception] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    @contextmanager
    def transaction(self, limits: Limits, *, snapshot: bool = False) -> Iterator[Scripted]:
        yield self
        if self.failures:
            raise self.failures.pop(0)

    def rows(self, query: str, values: Values = ()) -> list[Any]:
        found = next(key for key in self.answers if query.startswith(key))
        left = self.answers[found]
        return [left.pop(0) if len(left) > 1 else left[0]]

    def run(self, statement: str, values: Values = ()) -> int:
        self.ran.append(statement)
        return 0


class Watched:
    def __init__(self) -> None:
        self.counts: list[int] = []

    def step(self, name: str) -> None: ...

    def note(self, text: str) -> None: ...

    def rows(self, done: int, of: int | None = None) -> None:
        self.counts.append(done)


def test_a_lock_that_is_granted_late_is_waited_for_with_longer_pauses() -> None:
    time, database = Time(), Scripted({}, [LockNotGranted("busy")] * 3)
    run_patiently(database, time, SHORT, ["do it"])  # type: ignore[arg-type]
    assert database.ran == ["do it"] * 4
    assert time.waits == pytest.approx([0.1, 0.2, 0.3])


def test_a_lock_that_is_never_granted_ends_with_what_to_do() -> None:
    time, database = Time(), Scripted({}, [LockNotGranted("busy")] * 10_000)
    with pytest.raises(OutsideError, match="never free") as ended:
        patiently(database, time, SHORT, lambda session: None)  # type: ignore[arg-type,return-value]
    assert "pg_stat_activity" in ended.value.remedy
    assert 300 < time.passed < 1200


def copying(database: Scripted, time: Time, watched: Watched, pace: Pace) -> Copying:
    return Copying(CONVERSION, database, watched, time, pace)  # type: ignore[arg-type]


def test_a_table_that_is_written_to_too_fast_is_not_followed_for_ever() -> None:
    database = Scripted({"select exists": [(False,)], "select count(*)": [(5000,)]})
    with pytest.raises(OutsideError, match="faster than it can be followed: 5000 rows wait"):
        copying(database, Time(), Watched(), Pace()).settle()


def test_following_goes_on_while_less_and_less_waits() -> None:
    left = [(count,) for count in range(30_000, 0, -700)]
    database = Scripted({"select exists": [(False,)], "select count(*)": [*left, (0,)]})
    copying(database, Time(), Watched(), Pace()).settle()
    assert any(statement.startswith("delete from") for statement in database.ran)


def test_the_copy_goes_on_from_what_was_copied_and_rests_in_between() -> None:
    class Slow(Scripted):
        def rows(self, query: str, values: Values = ()) -> list[Any]:
            if query.startswith("with batch"):
                time.passed += 0.4
            return super().rows(query, values)

    time, watched = Time(), Watched()
    database = Slow(
        {
            "select og_copied": [(500, False), (2500, False)],
            "with batch": [(2000,), (10,)],
            "select nullif": [(2510,)],
        }
    )
    copying(
        database, time, watched, Pace(first_rows=2000, batch_seconds=0.1, rest_share=0.5)
    ).copy()
    assert watched.counts == [2500, 2510]
    assert time.waits == pytest.approx([0.2, 0.2])
    assert [one for one in database.ran if "og_over = true" in one]


def test_dates_that_keep_surprising_end_with_what_to_do() -> None:
    class Surprised(Scripted):
        @contextmanager
        def transaction(self, limits: Limits, *, snapshot: bool = False) -> Iterator[Scripted]:
            asked = len(self.ran)
            yield self
            if len(self.ran) > asked:
                raise NoPartition("none")

    database = Surprised({"select (select min": [(None, None, False, False)]})
    one = copying(database, Time(), Watched(), Pace())
    with pytest.raises(OutsideError, match="no partition"):
        one.with_partitions(SHORT, lambda session: session.run("insert"))
    assert len(database.ran) == 20
