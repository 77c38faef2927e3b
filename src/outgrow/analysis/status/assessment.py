"""What `outgrow status` says: plain values, each with its reason and its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.crossings import Reached, first_crossing
from outgrow.analysis.status.findings import Finding
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.next_steps import Due, StepDue
from outgrow.analysis.status.phase_fit import PhaseFit
from outgrow.analysis.status.totals import PhaseTotal
from outgrow.analysis.status.waiting import Money
from outgrow.analysis.status.watch import AlertResult, TargetResult
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, EXIT_WRONG_INPUT
from outgrow.strategy.phases import Transition


class Verdict(StrEnum):
    """What to do: nothing, get ready, move, or measure first."""

    STAY = "stay"
    PREPARE = "prepare"
    MOVE = "move"
    UNKNOWN = "unknown"


_NO_WAY_ON = "Write the next phase: the strategy names none to move to."
_EXIT_CODES = {
    Verdict.STAY: EXIT_DONE,
    Verdict.PREPARE: EXIT_DONE,
    Verdict.MOVE: EXIT_ANSWER_IS_NO,
    Verdict.UNKNOWN: EXIT_WRONG_INPUT,  # too little was given to tell yes from no
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be told: why, and where to measure what is missing."""

    about: str
    because: str
    measure: str = ""


@dataclass(frozen=True, slots=True)
class WayOn:
    """A phase that can follow the current one, whether it is due, and what it takes.

    `state` is that of its transition's condition, or whether the phase fits where none is
    written. `transition` is the one that leads into it, past the phases in `via`; None where
    none does. `cost` is at the measured demand.
    """

    phase: str
    direction: Literal["up", "down", "aside"]
    state: State
    reason: str
    transition: Transition | None
    cost: PhaseTotal
    via: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the steps of the move, else what it changes, else the move itself."""
        past = f", past {', '.join(self.via)}" if self.via else ""
        move = f"Move to {self.phase}{past}."
        if self.transition is None:
            return (move,)
        steps = [step.do for step in self.transition.steps] or self.transition.changes
        return (move, *steps) if self.via or not steps else tuple(steps)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A strategy and its measured usage at one moment: where one is, and what to do."""

    strategy: str
    environment: str
    now: datetime
    measured_until: datetime | None
    phase: str | None
    phase_because: str
    fits: tuple[PhaseFit, ...]
    verdict: Verdict
    because: str
    headroom: tuple[Headroom, ...] = ()
    findings: tuple[Finding, ...] = ()
    targets: tuple[TargetResult, ...] = ()
    alerts: tuple[AlertResult, ...] = ()
    ways_on: tuple[WayOn, ...] = ()  # every way out, and before them a move past several phases
    move: WayOn | None = None
    steps: tuple[StepDue, ...] = ()
    cost_now: PhaseTotal | None = None
    moving_early: Money | None = None
    waiting: Money | None = None
    crossings: tuple[Reached, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return 0 to stay or prepare, 1 to move now, 2 when too little is given to tell."""
        return _EXIT_CODES[self.verdict]

    @property
    def fitting(self) -> tuple[str, ...]:
        """Return the phases that the measured demand fits; several are a branch."""
        return tuple(one.phase for one in self.fits if one.state is State.HOLDS)

    @property
    def firing(self) -> tuple[Finding, ...]:
        """Return the findings that hold."""
        return tuple(one for one in self.findings if one.state is State.HOLDS)

    @property
    def near(self) -> tuple[Finding, ...]:
        """Return the findings that nearly hold."""
        return tuple(one for one in self.findings if one.state is State.WARN)

    @property
    def first_crossing(self) -> Reached | None:
        """Return what is likely reached first, or None."""
        return first_crossing(self.crossings)

    @property
    def next(self) -> WayOn | None:
        """Return the way to the phase to move to, or to the one that comes next."""
        upward = (way for way in self.ways_on if way.direction == "up")
        return self.move or next(upward, None) or next(iter(self.ways_on), None)

    @property
    def to_do(self) -> tuple[str, ...]:
        """Return what to do now: the move's steps when it is due, else the next step written."""
        if self.verdict is Verdict.MOVE:
            return self.move.steps if self.move else (_NO_WAY_ON,)
        reached = [step.do for step in self.steps if step.due is Due.REACHED]
        ahead = [f"{step.do} ({step.reason})" for step in self.steps if step.due is Due.NEXT]
        return (*reached[-1:], *ahead)
