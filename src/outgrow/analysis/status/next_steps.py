"""What to do now: the steps of the strategy whose moment has come, and the one after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from outgrow.analysis.figures import figure, spread
from outgrow.analysis.usage.readings import Missing, Reading, Readings, why_missing
from outgrow.strategy.practices import NextStep
from outgrow.strategy.strategy import Strategy


class Due(StrEnum):
    """Whether the moment of a step has come."""

    REACHED = "reached"
    NEXT = "next"  # of those ahead, the one at the smallest value
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StepDue:
    """A step of the strategy and its moment; whether it was done, no file says."""

    do: str
    due: Due
    reason: str
    phase: str | None = None


def steps_due(strategy: Strategy, readings: Readings) -> tuple[StepDue, ...]:
    """Return every step in the order of the file, with whether its values are reached."""
    judged = [(step, *_due(step, readings)) for step in strategy.next_steps]
    ahead = [step for step, due, _ in judged if due is Due.LATER]
    first = min(ahead, key=lambda step: sorted(step.at.values()), default=None)
    return tuple(
        StepDue(step.do, Due.NEXT if step is first else due, reason, step.phase)
        for step, due, reason in judged
    )


def _due(step: NextStep, readings: Readings) -> tuple[Due, str]:
    if not step.at:
        return Due.UNKNOWN, f"{step.when or 'its moment'}: no metric tells when"
    dues, reasons = [], []
    for metric, value in step.at.items():
        due, reason = _against(readings.read(metric), value)
        dues.append(due)
        reasons.append(reason)
    worst = next((due for due in (Due.LATER, Due.UNKNOWN) if due in dues), Due.REACHED)
    return worst, "; ".join(reasons)


def _against(reading: Reading | Missing, value: Decimal) -> tuple[Due, str]:
    if isinstance(reading, Missing):
        return Due.UNKNOWN, why_missing(reading)
    words = f"{reading.metric} is {spread(reading.value)} of {figure(value)}"
    if reading.value.low >= value:
        return Due.REACHED, words
    return (Due.LATER, words) if reading.value.high < value else (Due.UNKNOWN, words)
