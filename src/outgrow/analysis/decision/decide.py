"""The way from the first phase to the one that fits, with the reason at every fork."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from outgrow.analysis.signals.conditions import Evidence, evaluate
from outgrow.analysis.signals.outcome import Outcome, State
from outgrow.analysis.status.phase_fit import PhaseFit, fit_phases, serves_more
from outgrow.analysis.usage.readings import Missing, Readings
from outgrow.analysis.usage.usage import Usage
from outgrow.catalog.load import Catalog
from outgrow.strategy.phases import Transition
from outgrow.strategy.strategy import Strategy
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf


@dataclass(frozen=True, slots=True)
class Branch:
    """A way out of a phase: taken or not, and why. `state` is that of its own condition."""

    to: str
    direction: Literal["up", "down", "aside"]
    taken: bool
    state: State
    reason: str
    missing: tuple[Missing, ...] = ()
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A phase on the path: whether it fits, why one stays or goes on, and its branches."""

    phase: str
    fit: PhaseFit
    reason: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """Something that stands beside the phase: an add-on, or an environment to fall back on."""

    name: str
    kind: Literal["addon", "fallback"]
    state: State
    reason: str
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionPath:
    """The stops from the first phase on; `phase` is the last, None when it cannot be told."""

    phase: str | None
    because: str
    stops: tuple[Stop, ...]
    fits: tuple[PhaseFit, ...]
    asides: tuple[Aside, ...]

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Return the other phases that fit as well: a branch that is the team's to choose."""
        fitting = (one.phase for one in self.fits if one.state is State.HOLDS)
        return tuple(name for name in fitting if name != self.phase)


def decide(
    strategy: Strategy, catalog: Catalog, values: Mapping[str, Decimal], now: datetime
) -> DecisionPath:
    """Return the path that `values` lead along; a missing one leaves its branches unknown.

    `catalog` already carries the strategy's own offerings (`catalogue_for`).
    """
    return decide_on(strategy, catalog, Usage.from_values(values, now, "given"), now)


def decide_on(strategy: Strategy, catalog: Catalog, usage: Usage, now: datetime) -> DecisionPath:
    """Return the path that measured usage leads along, durations and trends included."""
    readings = Readings(usage, strategy.demand, now)
    walk = _Walk(strategy, catalog, readings, fit_phases(strategy, readings))
    stops: list[Stop] = []
    following: str | None = strategy.first_phase
    while following is not None and following not in [stop.phase for stop in stops]:
        stops.append(walk.stop(following))
        following = next((one.to for one in stops[-1].branches if one.taken), None)
    last = stops[-1]
    known = _is_settled(last)
    beyond = _without_a_way(last, walk.fits)
    phase, because = last.phase, _because(stops) if known else ""
    if beyond is not None:
        phase = beyond.phase
        because = f"{beyond.reason}; but no way is written that leads there from {last.phase}"
    return DecisionPath(
        phase=phase if known else None,
        because=because or f"the path ends at {last.phase}: {_open(last)}",
        stops=tuple(stops),
        fits=walk.fits,
        asides=walk.asides(phase),
    )


def _without_a_way(last: Stop, fits: tuple[PhaseFit, ...]) -> PhaseFit | None:
    """Return the phase that fits where the path ends in one that is outgrown, or None."""
    if not last.fit.outgrown:
        return None
    return next((one for one in fits if one.state is State.HOLDS), None)


def _because(stops: list[Stop]) -> str:
    last = stops[-1]
    if last.fit.outgrown:
        return f"{last.reason}, and nothing leads on"
    if last.fit.state is State.HOLDS or len(stops) == 1:
        return last.reason
    came = next(one.reason for one in stops[-2].branches if one.taken)
    return f"from {stops[-2].phase}: {came}"


def _open(last: Stop) -> str:
    """Return what leaves the way on undecided."""
    undecided = [one for one in last.branches if one.state is State.UNKNOWN]
    onward = [f"{one.to} {one.reason}" for one in undecided if one.direction != "down"]
    return "; ".join([last.reason, *onward] if last.fit.missing else onward or [last.reason])


def _is_settled(last: Stop) -> bool:
    """Return whether the path ends here for a reason, and not for want of a value."""
    if last.fit.state is not State.UNKNOWN:
        return last.fit.state is State.HOLDS or last.fit.outgrown
    onward = [one for one in last.branches if one.direction != "down"]
    return not last.fit.missing and all(one.state is State.NO for one in onward)


@dataclass(frozen=True, slots=True)
class _Walk:
    strategy: Strategy
    catalog: Catalog
    readings: Readings
    fits: tuple[PhaseFit, ...]

    def stop(self, phase: str) -> Stop:
        """Return what is decided at `phase`."""
        fit = self._fit(phase)
        ways = self.strategy.phases[phase].next
        evidence = self._evidence(phase)
        outcomes = {
            to: evaluate(way.when, evidence) if way.when else None for to, way in ways.items()
        }
        taken, why = self._choose(fit, ways, outcomes)
        branches = tuple(
            self._branch(to, way, outcomes[to], fit, taken, why) for to, way in ways.items()
        )
        if taken is not None:
            return Stop(phase, fit, f"on to {taken}: {why}", branches)
        return Stop(phase, fit, fit.reason, branches)

    def _choose(
        self,
        fit: PhaseFit,
        ways: Mapping[str, Transition],
        outcomes: Mapping[str, Outcome | None],
    ) -> tuple[str | None, str]:
        """Return the branch to take and why: a condition that holds, else the ranges served.

        The ranges decide only where the phase itself does not fit, and only towards a
        phase that does.
        """
        onward = [to for to, way in ways.items() if way.direction != "down"]
        due = {to: one for to in onward if (one := outcomes[to]) and one.state is State.HOLDS}
        leading = [to for to in onward if self._leads_to_fit(to, fit.phase)]
        for to, outcome in due.items():
            if to in leading or not leading:
                return to, outcome.reason
        if fit.state is State.HOLDS or (fit.serves and not fit.outgrown):
            return None, ""
        ahead = [to for to in leading if ways[to].direction == "up"] or leading
        if ahead:
            return ahead[0], self._by_range(ahead[0], fit, outcomes[ahead[0]])
        if due:
            return next((to, outcome.reason) for to, outcome in due.items())
        larger = self._larger(fit, ways) if not leading else None
        return (None, "") if larger is None else (larger, f"{fit.reason}; {larger} serves more")

    def _larger(self, fit: PhaseFit, ways: Mapping[str, Transition]) -> str | None:
        """Return the way up to a phase that serves more, where all of them are outgrown."""
        if not fit.outgrown or any(one.state is not State.NO for one in self.fits):
            return None
        upward = (to for to, way in ways.items() if way.direction == "up")
        return next((to for to in upward if serves_more(self._fit(to), fit)), None)

    def _by_range(self, to: str, fit: PhaseFit, outcome: Outcome | None) -> str:
        target = self._fit(to)
        fits = f"{to} fits" if target.state is State.HOLDS else f"{to} leads to the one that fits"
        said = f"{fit.reason}; {fits}"
        return said if outcome is None else f"{said}; its own condition: {outcome.reason}"

    def _branch(
        self,
        to: str,
        way: Transition,
        outcome: Outcome | None,
        fit: PhaseFit,
        taken: str | None,
        why: str,
    ) -> Branch:
        target = self._fit(to)
        state = outcome.state if outcome else target.state
        missing = outcome.missing if outcome else target.missing
        if to == taken:
            return Branch(to, way.direction, True, state, why, missing, outcome)
        reason = outcome.reason if outcome else target.reason
        if way.direction == "down":
            known = outcome is not None or target.serves
            reason = f"it leads back; {reason}" if known else "it leads back"
        elif taken is not None and state is State.HOLDS:
            reason = f"open as well, but {taken} comes first; {reason}"
        elif outcome is None and fit.state is State.HOLDS:
            reason = f"{fit.phase} fits, and {to} names no condition of its own; {target.reason}"
        return Branch(to, way.direction, False, state, reason, missing, outcome)

    def asides(self, phase: str) -> tuple[Aside, ...]:
        """Return the add-ons that fit `phase` and the environments to fall back on."""
        evidence = self._evidence(phase)
        found = []
        present = self.strategy.phases[phase].addons
        for name, addon in self.strategy.addons.items():
            if name in present:
                found.append(Aside(name, "addon", State.HOLDS, f"part of {phase}"))
            elif addon.fits and phase not in addon.fits:
                where = ", ".join(addon.fits)
                found.append(Aside(name, "addon", State.NO, f"meant for {where}"))
            elif addon.when is None:
                reason = "it names no condition: the team decides"
                found.append(Aside(name, "addon", State.UNKNOWN, reason))
            else:
                one = evaluate(addon.when, evidence)
                found.append(Aside(name, "addon", one.state, one.reason, one.missing))
        return (*found, *self._fallbacks(phase))

    def _fallbacks(self, phase: str) -> tuple[Aside, ...]:
        concerned = {phase, self.strategy.production, *self.strategy.phases[phase].use}
        found = []
        for name, environment in self.strategy.environments.items():
            wanted = environment.fallback_for
            if wanted is not None:
                state = State.HOLDS if wanted in concerned else State.NO
                said = "it stands by for" if wanted in concerned else "it is only for"
                found.append(Aside(name, "fallback", state, f"{said} {wanted}"))
        return tuple(found)

    def _leads_to_fit(self, start: str, without: str) -> bool:
        """Return whether a phase that fits lies at `start` or beyond, not through `without`."""
        seen, ahead = {without, start}, [start]
        while ahead:
            phase = ahead.pop()
            if self._fit(phase).state is State.HOLDS:
                return True
            ways = self.strategy.phases[phase].next
            new = [to for to, way in ways.items() if way.direction != "down" and to not in seen]
            seen.update(new)
            ahead += new
        return False

    def _fit(self, phase: str) -> PhaseFit:
        return next(one for one in self.fits if one.phase == phase)

    def _evidence(self, phase: str) -> Evidence:
        what_if = WhatIf(demand=self.readings.measured_values())
        topology = resolve(self.strategy, self.catalog, phase, what_if=what_if)
        return Evidence(self.readings, topology, self.strategy.signals)
