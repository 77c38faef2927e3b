"""Everything that speaks for leaving the current phase, or for preparing to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from outgrow.analysis.figures import figure, percent
from outgrow.analysis.signals.comparison import NEAR_SHARE
from outgrow.analysis.signals.conditions import NEAR_DATE, Evidence, evaluate
from outgrow.analysis.signals.outcome import Outcome, State
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.phase_fit import PhaseFit, Side, VariableFit
from outgrow.analysis.usage.readings import Missing, Reading
from outgrow.strategy.phases import Phase
from outgrow.strategy.signals import Condition
from outgrow.strategy.strategy import Strategy


class FindingKind(StrEnum):
    """What a finding is about."""

    TRANSITION = "transition"
    SIGNAL = "signal"
    ADDON = "addon"
    LIMIT = "limit"
    RANGE = "range"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: `holds` fires, `warn` is near, `no` is quiet, `unknown` cannot be told.

    `to` is the phase it leads to, where it leads to one. `decides` is False for what is
    shown but moves nobody: a signal that only counts inside a transition, an add-on.
    """

    kind: FindingKind
    name: str
    state: State
    reason: str
    because: str = ""
    to: str | None = None
    component: str | None = None
    direction: Literal["up", "down", "aside"] = "up"
    decides: bool = True
    missing: tuple[Missing, ...] = ()
    outcome: Outcome | None = None

    @property
    def fires(self) -> bool:
        """Return whether this is a reason to move now."""
        return self.decides and self.state is State.HOLDS


def find_all(
    strategy: Strategy,
    phase: str,
    evidence: Evidence,
    fit: PhaseFit,
    headroom: tuple[Headroom, ...],
) -> tuple[Finding, ...]:
    """Return every finding about `phase`, whatever its state; the firing ones first."""
    spec = strategy.phases[phase]
    found = (
        *_transitions(spec, evidence),
        *_ranges(fit, evidence),
        *(_of_limit(one) for one in headroom),
        *_expiries(evidence),
        *_signals(strategy, evidence),
        *_addons(strategy, phase, evidence),
    )
    order = (State.HOLDS, State.WARN, State.UNKNOWN, State.NO)
    return tuple(sorted(found, key=lambda one: order.index(one.state)))


def _transitions(phase: Phase, evidence: Evidence) -> Iterator[Finding]:
    for to, transition in phase.next.items():
        if transition.when is None:
            continue
        outcome = evaluate(transition.when, evidence)
        yield _from_outcome(
            FindingKind.TRANSITION, to, outcome, to=to, direction=transition.direction
        )


def _from_outcome(
    kind: FindingKind,
    name: str,
    outcome: Outcome,
    to: str | None = None,
    direction: Literal["up", "down", "aside"] = "up",
    component: str | None = None,
    decides: bool = True,
) -> Finding:
    return Finding(
        kind,
        name,
        outcome.state,
        outcome.reason,
        "; ".join(dict.fromkeys(_sources(outcome))),
        to,
        component,
        direction,
        decides,
        outcome.missing,
        outcome,
    )


def _sources(outcome: Outcome) -> Iterator[str]:
    if outcome.because:
        yield outcome.because
    for child in outcome.children:
        yield from _sources(child)


def _ranges(fit: PhaseFit, evidence: Evidence) -> Iterator[Finding]:
    for one in fit.serves:
        state, reason = _range_state(one, evidence)
        yield Finding(
            FindingKind.RANGE,
            one.variable,
            state,
            reason,
            f"{one.because}; the strategy, phases/{fit.phase}/serves/{one.variable}",
            direction="down" if one.side is Side.BELOW else "up",
            missing=() if one.missing is None else (one.missing,),
        )


def _range_state(one: VariableFit, evidence: Evidence) -> tuple[State, str]:
    if one.side is Side.OPEN:
        return State.UNKNOWN, one.reason
    if one.side is Side.ABOVE:
        return State.HOLDS, one.reason
    if one.side is Side.BELOW:  # too large a phase costs money, not an outage
        return State.WARN, one.reason
    reading = evidence.readings.read(one.variable)
    end = one.span.high
    if end is None or end == one.span.low or not isinstance(reading, Reading):
        return State.NO, one.reason
    if reading.value.low < end * NEAR_SHARE:
        return State.NO, one.reason
    share = percent(reading.value.low / end)
    return State.WARN, f"{one.reason}, at {share} of its end at {figure(end)}"


def _of_limit(one: Headroom) -> Finding:
    state, reason = one.state, one.reason
    if state is State.HOLDS and not one.hard:
        state, reason = State.WARN, f"{reason}: what is above it is billed"
    missing = () if one.missing is None else (one.missing,)
    return Finding(
        FindingKind.LIMIT,
        one.name,
        state,
        reason,
        one.because,
        component=one.component or None,
        missing=missing,
    )


def _expiries(evidence: Evidence) -> Iterator[Finding]:
    topology = evidence.topology
    today = evidence.readings.now.date()
    for resource in topology.resources if topology else ():
        if resource.expires is not None:
            yield Finding(
                FindingKind.EXPIRY,
                f"{resource.component} on {resource.offering_id or 'its offering'}",
                _expiry_state(resource.expires, today),
                _expiry_reason(resource.expires, today),
                "the strategy, " + "/".join(map(str, (*resource.path, "expires"))),
                component=resource.component,
            )


def _expiry_state(expires: date, today: date) -> State:
    if today >= expires:
        return State.HOLDS
    return State.WARN if expires - today <= NEAR_DATE else State.NO


def _expiry_reason(expires: date, today: date) -> str:
    if today >= expires:
        return f"it ended on {expires.isoformat()}"
    return f"it ends on {expires.isoformat()}, in {(expires - today).days} days"


def _signals(strategy: Strategy, evidence: Evidence) -> Iterator[Finding]:
    """A signal that transitions or add-ons refer to counts there; the others count alone."""
    referred = set(_referred(strategy))
    topology = evidence.topology
    for name, signal in strategy.signals.items():
        if signal.component and topology and not topology.of(signal.component):
            continue
        outcome = evaluate(signal.when, evidence)
        yield _from_outcome(
            FindingKind.SIGNAL,
            name,
            outcome,
            component=signal.component,
            decides=name not in referred,
        )


def _referred(strategy: Strategy) -> Iterator[str]:
    for phase in strategy.phases.values():
        for transition in phase.next.values():
            yield from _names_in(transition.when)
    for addon in strategy.addons.values():
        yield from _names_in(addon.when)
    for signal in strategy.signals.values():
        yield from _names_in(signal.when)


def _names_in(condition: Condition | None) -> Iterator[str]:
    if condition is None:
        return
    if condition.signal is not None:
        yield condition.signal
    for child in condition.any or condition.all or condition.of or ():
        yield from _names_in(child)


def _addons(strategy: Strategy, phase: str, evidence: Evidence) -> Iterator[Finding]:
    """An add-on is laid over the phase; it never moves anybody to another one."""
    present = strategy.phases[phase].addons
    for name, addon in strategy.addons.items():
        if addon.when is None or name in present or (addon.fits and phase not in addon.fits):
            continue
        outcome = evaluate(addon.when, evidence)
        yield _from_outcome(FindingKind.ADDON, name, outcome, decides=False)
