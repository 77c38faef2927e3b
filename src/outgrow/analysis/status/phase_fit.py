"""Which phases the measured demand fits, and why each of the others does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from outgrow.analysis.figures import figure, spread
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.usage.readings import Missing, Reading, Readings, why_missing
from outgrow.strategy.fields import Range
from outgrow.strategy.phases import Phase
from outgrow.strategy.strategy import Strategy


class Side(StrEnum):
    """Where a value lies to a range; open where an estimate reaches over an end."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class VariableFit:
    """One demand variable against the range that a phase serves, or what it can hold."""

    variable: str
    span: Range
    side: Side
    reason: str
    because: str
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class PhaseFit:
    """Whether a phase fits (`holds`), does not (`no`), or cannot be known."""

    phase: str
    state: State
    reason: str
    serves: tuple[VariableFit, ...] = ()
    holds: tuple[VariableFit, ...] = ()

    @property
    def variables(self) -> tuple[VariableFit, ...]:
        """Return everything that was compared."""
        return (*self.serves, *self.holds)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Return what would have to be measured to know."""
        return tuple(one.missing for one in self.variables if one.missing is not None)

    @property
    def outgrown(self) -> bool:
        """Return whether something measured lies above what the phase serves."""
        return any(one.side is Side.ABOVE for one in self.variables)


def fit_phases(strategy: Strategy, readings: Readings) -> tuple[PhaseFit, ...]:
    """Return how each phase fits the demand, in the order of the file."""
    fits = tuple(fit_phase(name, phase, readings) for name, phase in strategy.phases.items())
    if any(one.state is not State.NO for one in fits):
        return fits
    large_enough = next((one for one in fits if _carries(one)), None)
    return tuple(_as_the_smallest(one) if one is large_enough else one for one in fits)


def _carries(fit: PhaseFit) -> bool:
    """Return whether nothing is too much for a phase, and some of it needs the phase."""
    sides = {one.side for one in fit.serves}
    return Side.INSIDE in sides and not fit.outgrown and Side.OPEN not in sides


def _as_the_smallest(fit: PhaseFit) -> PhaseFit:
    """Return that the phase fits: several variables grow, and none smaller serves them all."""
    reason = f"{_joined(fit.serves)}; no smaller phase serves it all"
    return replace(fit, state=State.HOLDS, reason=reason)


def fit_phase(name: str, phase: Phase, readings: Readings) -> PhaseFit:
    """Return whether the demand lies in every range of `phase` and below what it holds."""
    begins = phase.weeks.from_date if phase.weeks else None
    if begins is not None and readings.now.date() < begins:
        return PhaseFit(name, State.NO, f"it begins on {begins.isoformat()}")
    ends = phase.weeks.to_date if phase.weeks else None
    if ends is not None and readings.now.date() > ends:
        return PhaseFit(name, State.NO, f"it ended on {ends.isoformat()}")
    serves = tuple(_serves(variable, span, readings) for variable, span in phase.serves.items())
    holds = tuple(_holds(variable, span, readings) for variable, span in phase.holds.items())
    if not serves:
        reason = f"unknown because {name} names no range of demand that it serves"
        return PhaseFit(name, State.UNKNOWN, reason, serves, holds)
    rejecting = [one for one in (*serves, *holds) if one.side in (Side.BELOW, Side.ABOVE)]
    if rejecting:
        return PhaseFit(name, State.NO, _joined(rejecting), serves, holds)
    # What a phase can hold only ever rejects it; a phase fits by what it serves.
    open_ones = [one for one in serves if one.side is Side.OPEN]
    state = State.UNKNOWN if open_ones else State.HOLDS
    return PhaseFit(name, state, _joined(open_ones or serves), serves, holds)


def serves_more(one: PhaseFit, other: PhaseFit) -> bool:
    """Return whether `one` begins, for some variable of both, where `other` already serves."""
    starts = {each.variable: each.span.low for each in other.serves}
    return any(each.span.low > starts.get(each.variable, each.span.low) for each in one.serves)


def _joined(variables: Sequence[VariableFit]) -> str:
    return "; ".join(one.reason for one in variables)


def _serves(variable: str, span: Range, readings: Readings) -> VariableFit:
    reading = readings.read(variable)
    if isinstance(reading, Missing):
        return _open(variable, span, reading)
    low, high = _side(span, reading, low=True), _side(span, reading, low=False)
    if low is not high:
        reason = f"{_words(reading)}, which may or may not lie in the {span} it serves"
        return VariableFit(variable, span, Side.OPEN, f"unknown because {reason}", reading.because)
    relation = {Side.INSIDE: "within", Side.BELOW: "below", Side.ABOVE: "above"}[low]
    reason = f"{_words(reading)}, {relation} the {span} it serves"
    return VariableFit(variable, span, low, reason, reading.because)


def _holds(variable: str, span: Range, readings: Readings) -> VariableFit:
    reading = readings.read(variable)
    if isinstance(reading, Missing):
        return _open(variable, span, reading)
    too_much = span.high is not None and reading.value.low > span.high
    if too_much and span.high is not None:
        reason = f"{_words(reading)}, more than the {figure(span.high)} it holds at most"
        return VariableFit(variable, span, Side.ABOVE, reason, reading.because)
    reason = f"{_words(reading)}, and it holds {span}"
    return VariableFit(variable, span, Side.INSIDE, reason, reading.because)


def _open(variable: str, span: Range, missing: Missing) -> VariableFit:
    return VariableFit(variable, span, Side.OPEN, why_missing(missing), missing.because, missing)


def _side(span: Range, reading: Reading, *, low: bool) -> Side:
    value = reading.value.low if low else reading.value.high
    if span.holds(value):
        return Side.INSIDE
    return Side.BELOW if value < span.low else Side.ABOVE


def _words(reading: Reading) -> str:
    estimated = "" if reading.measured else "estimated "
    return f"{reading.metric} is {estimated}{spread(reading.value)}"
