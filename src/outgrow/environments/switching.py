"""A switch of the active environment: one file is replaced at one moment, and that is the switch.

The journal is written before and after. A switch that was killed is told from one that happened
by the file alone: its block carries the number of the switch that wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from outgrow.environments.active_file import read_active
from outgrow.environments.profile import Kind

WRITE = "write the active file"
POINT = "note which environment is active"
STEPS = (WRITE, POINT)


class Live(StrEnum):
    """Whether the endpoints were asked before the switch."""

    CHECKED = "checked"
    NOTHING_TO_CHECK = "nothing to check"
    LEFT_OUT = "left out with --no-live"


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A variable of a switch: its name, where its value came from, and its keyed hash."""

    key: str
    kind: Kind
    found_in: str
    digest: str


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What the journal keeps of a switch; no value is in it.

    `environment` is None when the block was taken out again; `previous` is None when no
    environment was active before. `undo_of` is the operation that this one takes back.
    """

    environment: str | None
    component: str | None
    path: str
    switch: str
    previous: str | None
    keys: tuple[KeyFact, ...]
    live: Live
    taken_over: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    undo_of: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A switch that has been checked: what the file must still be, and what it becomes."""

    facts: SwitchFacts
    expected: str | None = field(repr=False)
    text: str = field(repr=False)


class ActiveFile(Protocol):
    """The file that programs read; replaced whole or not at all."""

    def read(self) -> str | None:
        """Return its text, None when there is no such file."""

    def replace(self, text: str) -> None:
        """Let it be `text`, on the disk when this returns."""


class Pointer(Protocol):
    """What says where the active file lies and what is active in it."""

    def write(self, facts: SwitchFacts) -> None:
        """Keep what `facts` say."""


class Record(Protocol):
    """The journal of one switch."""

    def started(self, step: str) -> None:
        """Note that a step is about to be done; raise when another process took over."""

    def done(self, step: str) -> None:
        """Note that it has been done."""

    def is_done(self, step: str) -> bool:
        """Return whether it has been done, by whichever process."""


class ChangedMeanwhile(Exception):
    """The file is not what the plan was made from; nothing was written."""


def carry_out(change: Change, file: ActiveFile, pointer: Pointer, record: Record) -> None:
    """Make the switch. Raises ChangedMeanwhile when somebody else wrote the file."""
    if file.read() != change.expected:
        raise ChangedMeanwhile
    record.started(WRITE)
    file.replace(change.text)
    record.done(WRITE)
    go_on(change.facts, pointer, record)


def go_on(facts: SwitchFacts, pointer: Pointer, record: Record) -> None:
    """Do what comes after the file has been replaced; doing it again changes nothing."""
    if not record.is_done(WRITE):
        record.done(WRITE)
    record.started(POINT)
    pointer.write(facts)
    record.done(POINT)


def has_happened(facts: SwitchFacts, text: str | None) -> bool:
    """Return whether the switch of `facts` is the one that `text` was written by."""
    block = read_active(text or "").block
    if facts.environment is None:
        return block is None
    return block is not None and block.switch == facts.switch


@dataclass(frozen=True, slots=True)
class PastSwitch:
    """A switch that happened, with its number in the journal."""

    number: int
    facts: SwitchFacts


def standing(history: Sequence[PastSwitch]) -> tuple[PastSwitch, ...]:
    """Return the switches that nobody has taken back, oldest first: the last one is active."""
    stack: list[PastSwitch] = []
    for one in history:
        if one.facts.undo_of is None:
            stack.append(one)
            continue
        while stack and stack.pop().number != one.facts.undo_of:
            pass
    return tuple(stack)


def changed_keys(before: Sequence[KeyFact], now: Sequence[KeyFact]) -> tuple[str, ...]:
    """Return the variables whose values are not what they were, those that came or went too."""
    old = {one.key: one.digest for one in before}
    new = {one.key: one.digest for one in now}
    return tuple(key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key))
