"""Ranges that phases serve: holes, overlaps, and transitions that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule
from outgrow.diagnostics import Severity
from outgrow.strategy.fields import Range
from outgrow.strategy.phases import Transition
from outgrow.strategy.strategy import Strategy
from outgrow.units import format_number

_ONE = Decimal(1)


def holes(inspection: Inspection) -> Iterator[Finding]:
    """Find values between the least and the most served that no phase serves."""
    for variable, served in _served(inspection.strategy).items():
        reached, before = Decimal(0), ""
        for phase, span in sorted(served.items(), key=lambda one: one[1].low):
            if before and _apart(reached, span.low):
                gap = f"{format_number(reached)} and {format_number(span.low)}"
                reason = f"no phase serves {variable} between {gap}: {before} ends, {phase} begins"
                remedy = f"Let one of {before} and {phase} serve them."
                yield Finding(("phases", phase, "serves", variable), reason, remedy)
            if span.high is None:
                break
            if not before or span.high > reached:
                reached, before = span.high, phase


def overlaps(inspection: Inspection) -> Iterator[Finding]:
    """Find a phase and its next one that serve the same values, unless one replaces the other."""
    for start, end, variable, first, second in _steps(inspection.strategy):
        if (first.low, first.high) == (second.low, second.high) or second.low < first.low:
            continue
        if inspection.strategy.phases[end].weeks is not None:
            continue  # the calendar tells them apart
        if first.high is None or second.low < first.high:
            until = "on" if first.high is None else f"to {format_number(first.high)}"
            reason = (
                f"{start} serves {variable} {first} and its next phase {end} {second}: "
                f"from {format_number(second.low)} {until} both do"
            )
            remedy = f"End {start} where {end} begins."
            yield Finding(("phases", end, "serves", variable), reason, remedy)


def backwards(inspection: Inspection) -> Iterator[Finding]:
    """Find transitions upwards to a phase that serves less."""
    for start, end, variable, first, second in _steps(inspection.strategy):
        if second.low < first.low:
            reason = f"{end} is reached from {start} ({variable} {first}) but serves {second}"
            remedy = "Write `direction: down`, or correct the ranges."
            yield Finding(("phases", start, "next", end), reason, remedy)


def skips(inspection: Inspection) -> Iterator[Finding]:
    """Find phases none of whose transitions leads to the next range."""
    for variable, served in _served(inspection.strategy).items():
        for start, span in served.items():
            ways = [end for end, _ in _upwards(inspection.strategy, start) if end in served]
            if span.high is None or not ways:
                continue
            nearest = min(ways, key=lambda end: served[end].low)
            after = served[nearest].low
            between = [
                name
                for name, one in served.items()
                if name != start and span.high <= one.low < after
            ]
            if _apart(span.high, after) and between:
                reason = (
                    f"{start} ends at {variable} {format_number(span.high)} and leads to "
                    f"{nearest}, which begins at {format_number(after)}; "
                    f"{between[0]} serves what lies between"
                )
                yield Finding(("phases", start, "next"), reason, f"Lead to {between[0]} first.")


def transitions_without_when(inspection: Inspection) -> Iterator[Finding]:
    """Find transitions that neither a condition nor the next range triggers."""
    strategy = inspection.strategy
    for start, phase in strategy.phases.items():
        for end, transition in phase.next.items():
            target = strategy.phases.get(end)
            if target is None or transition.when is not None or transition.direction != "up":
                continue
            if not set(phase.serves) & set(target.serves) and target.weeks is None:
                reason = f"nothing says when {start} moves to {end}"
                remedy = "Give the transition a `when`, or both phases a range they serve."
                yield Finding(("phases", start, "next", end), reason, remedy)


def unreachable_phases(inspection: Inspection) -> Iterator[Finding]:
    """Find phases that no way and no calendar leads to and no environment uses."""
    strategy = inspection.strategy
    if not any(phase.next for phase in strategy.phases.values()):
        return
    reached = {strategy.first_phase, strategy.current or strategy.first_phase}
    reached |= {setting.phase for setting in strategy.environments.values()}
    reached |= {name for name, phase in strategy.phases.items() if phase.weeks}
    waiting = list(reached)
    while waiting:
        phase = strategy.phases.get(waiting.pop())
        new = set(phase.next if phase else ()) - reached
        reached |= new
        waiting += new
    for name in strategy.phases:
        if name not in reached:
            reason = f"no phase leads to {name}, and no environment uses it"
            remedy = f"Name it under `next` of the phase before it, or remove {name}."
            yield Finding(("phases", name), reason, remedy)


def _served(strategy: Strategy) -> dict[str, dict[str, Range]]:
    """Return, for each demand variable, the phases that serve a range of it."""
    found: dict[str, dict[str, Range]] = {}
    for name, phase in strategy.phases.items():
        for variable, span in phase.serves.items():
            found.setdefault(variable, {})[name] = span
    return found


def _upwards(strategy: Strategy, start: str) -> Iterator[tuple[str, Transition]]:
    """Yield the phases that lie upwards of `start`, as written or in the order of the file."""
    for end, transition in strategy.phases[start].next.items():
        if transition.direction == "up":
            yield end, transition


def _steps(strategy: Strategy) -> Iterator[tuple[str, str, str, Range, Range]]:
    """Yield each step upwards with the ranges of a variable on both of its sides."""
    for start, phase in strategy.phases.items():
        for end, _ in _upwards(strategy, start):
            target = strategy.phases.get(end)
            for variable, span in phase.serves.items():
                if target is not None and variable in target.serves:
                    yield start, end, variable, span, target.serves[variable]


def _apart(end: Decimal, start: Decimal) -> bool:
    """Return whether values lie between; 0-20 and 21-50 leave none among whole numbers."""
    whole = end == end.to_integral_value() and start == start.to_integral_value()
    return start - end > (_ONE if whole else 0)


RULES = (
    Rule("range-hole", Severity.ERROR, holes),
    Rule("range-overlap", Severity.WARNING, overlaps),
    Rule("range-backwards", Severity.WARNING, backwards),
    Rule("range-skipped", Severity.WARNING, skips),
    Rule("transition-without-when", Severity.NOTE, transitions_without_when),
    Rule("unreachable-phase", Severity.WARNING, unreachable_phases),
)
