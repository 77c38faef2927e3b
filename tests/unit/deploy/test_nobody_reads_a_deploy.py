"""A deploy that has begun goes on where nobody reads, and hears Ctrl-C where it asks."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from tests.unit.deploy.commanding import shop
from tests.unit.deploy.fake_fleet import FakeClock

from outgrow.cli.commands.deploy import TerminalPerson
from outgrow.cli.views.deploy_events import JsonEvents, events_on_stderr
from outgrow.errors import OutsideError


class ClosedAfter(StringIO):
    """A pipe whose reader goes away after so many writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes

    def write(self, text: str) -> int:
        if self._left <= 0:
            raise BrokenPipeError
        self._left -= 1
        return super().write(text)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_deploy_goes_on_when_its_reader_goes_away(tmp_path: Path, as_json: bool) -> None:
    one = shop(tmp_path)
    # The plan is one write as JSON, and one for each of its lines for people.
    with redirect_stdout(ClosedAfter(1 if as_json else 40)):
        assert one.deploy("shop/api:2", as_json=as_json) == 0
    assert one.fleet.taking.keys() == {"green1", "green2"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_plan_that_nobody_reads_changes_nothing(tmp_path: Path, as_json: bool) -> None:
    one = shop(tmp_path)
    with (
        redirect_stdout(ClosedAfter(0)),
        pytest.raises(OutsideError, match="nobody reads the plan, and nothing was changed"),
    ):
        one.deploy("shop/api:2", as_json=as_json)
    assert one.fleet.calls == []


class Interrupted(FakeClock):
    """Time in which somebody has pressed Ctrl-C."""

    def wait(self, seconds: float) -> None:
        raise KeyboardInterrupt


@contextmanager
def typed(keys: str) -> Iterator[TerminalPerson]:
    """Yield somebody at a terminal who types `keys`, or Ctrl-C where they type nothing."""
    ours, theirs = pty.openpty()
    os.write(ours, keys.encode())
    try:
        with os.fdopen(theirs) as keyboard, events_on_stderr(JsonEvents("deploy")) as events:
            pause = FakeClock() if keys else Interrupted()
            yield TerminalPerson(events, pause, asks=True, keyboard=keyboard)
    finally:
        os.close(ours)


@pytest.mark.parametrize(("keys", "agrees"), [("y\n", True), ("no\n", False), ("\n", False)])
def test_a_person_answers_in_a_line(keys: str, agrees: bool) -> None:
    with typed(keys) as person:
        assert person.agrees("Go on?") is agrees


def test_ctrl_c_is_an_answer_too() -> None:
    with typed("") as person, pytest.raises(KeyboardInterrupt):
        person.agrees("Go on?")


def test_whoever_gave_yes_is_not_asked() -> None:
    person = TerminalPerson(JsonEvents("deploy"), FakeClock(), asks=False)
    assert person.agrees("Go on?") is None
