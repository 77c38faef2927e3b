"""The steps of a switch, how one that was killed is told, and which switches stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from outgrow.environments.active_file import Block
from outgrow.environments.in_flight import Running, running_in
from outgrow.environments.profile import Kind
from outgrow.environments.switching import (
    POINT,
    WRITE,
    Change,
    ChangedMeanwhile,
    KeyFact,
    Live,
    PastSwitch,
    SwitchFacts,
    carry_out,
    changed_keys,
    go_on,
    has_happened,
    standing,
)


@dataclass
class FakeOutside:
    """A file, a pointer and a journal in memory, with the order in which they were used."""

    text: str | None = "old"
    log: list[str] = field(default_factory=list)

    def read(self) -> str | None:
        return self.text

    def replace(self, text: str) -> None:
        self.log.append("file")
        self.text = text

    def write(self, facts: SwitchFacts) -> None:
        self.log.append(f"pointer {facts.environment}")

    def started(self, step: str) -> None:
        self.log.append(f"started {step}")

    def done(self, step: str) -> None:
        self.log.append(f"done {step}")

    def is_done(self, step: str) -> bool:
        return f"done {step}" in self.log


def facts(environment: str | None, switch: str = "aa11", undo_of: int | None = None) -> SwitchFacts:
    return SwitchFacts(environment, None, ".env", switch, None, (), Live.CHECKED, undo_of=undo_of)


def test_the_journal_is_written_before_and_after_each_step() -> None:
    outside = FakeOutside()
    carry_out(Change(facts("dev"), "old", "new"), outside, outside, outside)
    assert outside.text == "new"
    assert outside.log == [
        f"started {WRITE}", "file", f"done {WRITE}",
        f"started {POINT}", "pointer dev", f"done {POINT}",
    ]  # fmt: skip


def test_a_file_that_somebody_changed_meanwhile_stays_as_it_is() -> None:
    outside = FakeOutside("somebody's")
    with pytest.raises(ChangedMeanwhile):
        carry_out(Change(facts("dev"), "old", "new"), outside, outside, outside)
    assert (outside.text, outside.log) == ("somebody's", [])


def test_the_file_alone_tells_whether_a_switch_has_happened() -> None:
    text = "A=1\n" + Block("dev", "aa11", ("KEY=1",)).text
    assert has_happened(facts("dev", "aa11"), text)
    assert not has_happened(facts("dev", "bb22"), text)
    assert not has_happened(facts("dev", "aa11"), None)
    assert has_happened(facts(None), "A=1\n")
    assert not has_happened(facts(None), text)


def test_what_comes_after_the_file_can_be_done_again() -> None:
    outside = FakeOutside()
    go_on(facts("dev"), outside, outside)
    go_on(facts("dev"), outside, outside)
    assert outside.log.count(f"done {WRITE}") == 1
    assert outside.log.count("pointer dev") == 2


def test_a_switch_that_was_taken_back_stands_no_more() -> None:
    history = [
        PastSwitch(1, facts("dev")),
        PastSwitch(2, facts("prod")),
        PastSwitch(3, facts("dev", undo_of=2)),
        PastSwitch(4, facts("staging")),
        PastSwitch(5, facts("dev", undo_of=4)),
        PastSwitch(6, facts(None, undo_of=1)),
    ]
    stands = [[one.number for one in standing(history[:count])] for count in range(1, 7)]
    assert stands == [[1], [1, 2], [1], [1, 4], [1], []]


def test_variables_that_came_went_or_changed_are_named() -> None:
    def keys(**digests: str) -> list[KeyFact]:
        return [KeyFact(key, Kind.SECRET, "file", digest) for key, digest in digests.items()]

    before, now = keys(A="1", B="2", C="3"), keys(A="1", B="x", D="4")
    assert changed_keys(before, now) == ("B", "C", "D")


def test_work_of_every_kind_stays_with_its_environment_oldest_first() -> None:
    class FakeSandboxes:
        def __init__(self, *days: int) -> None:
            self.days = days

        def begun_in(self, environment: str) -> Sequence[Running]:
            return [
                Running(f"sandbox {day}", environment, "me", datetime(2026, 1, day, tzinfo=UTC), "")
                for day in self.days
            ]

    found = running_in("dev", [FakeSandboxes(3, 9), FakeSandboxes(5)])
    assert [one.what for one in found] == ["sandbox 3", "sandbox 5", "sandbox 9"]
