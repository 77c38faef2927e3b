"""A strategy and its measured usage -> where one is, what fires, what to do, what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outgrow.analysis.figures import day, length
from outgrow.analysis.signals.conditions import Evidence
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.assessment import Assessment, Unknown, Verdict, WayOn
from outgrow.analysis.status.crossings import crossings_of
from outgrow.analysis.status.findings import Finding, FindingKind, find_all
from outgrow.analysis.status.headroom import headroom_of
from outgrow.analysis.status.next_steps import steps_due
from outgrow.analysis.status.phase_fit import PhaseFit, fit_phases, serves_more
from outgrow.analysis.status.totals import PhaseTotal, measured_demand, total_of_phase
from outgrow.analysis.status.waiting import Money, lost_by_moving_early, lost_by_waiting
from outgrow.analysis.status.watch import AlertResult, TargetResult, judge_alerts, judge_targets
from outgrow.analysis.usage.readings import Missing, Readings
from outgrow.analysis.usage.usage import Usage
from outgrow.catalog.load import Catalog
from outgrow.errors import InputError
from outgrow.strategy.strategy import Strategy
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf

# Older values still count, with a note: what was true then may not be now.
_STALE = timedelta(days=45)


def assess(
    strategy: Strategy,
    catalog: Catalog,
    usage: Usage,
    now: datetime,
    phase: str | None = None,
    environment: str | None = None,
) -> Assessment:
    """Return the assessment of `usage` at `now`.

    `catalog` already carries the strategy's own offerings (`catalogue_for`). The phase is
    the one given, else the strategy's `current`, else the one that fits. Raises InputError
    for a phase or environment that the strategy does not have.
    """
    _check_names(strategy, phase, environment)
    readings = Readings(usage, strategy.demand, now)
    fits = fit_phases(strategy, readings)
    current, because = _current(strategy, phase, fits)
    if current is None:
        return _without_phase(strategy, readings, fits, because, environment)
    return _Assessor(strategy, catalog, readings, fits, current, because, environment).result()


def _check_names(strategy: Strategy, phase: str | None, environment: str | None) -> None:
    if phase is not None and phase not in strategy.phases:
        known = ", ".join(strategy.phases)
        raise InputError(f"there is no phase {phase!r}", f"The phases are {known}.")
    environments = {*strategy.environments, strategy.production}
    if environment is not None and environment not in environments:
        known = ", ".join(sorted(environments))
        raise InputError(f"there is no environment {environment!r}", f"There are {known}.")


def _current(
    strategy: Strategy, phase: str | None, fits: tuple[PhaseFit, ...]
) -> tuple[str | None, str]:
    if phase is not None:
        return phase, "the phase that was asked for"
    if strategy.current is not None:
        return strategy.current, "as `current` in the file says"
    fitting = [one for one in fits if one.state is State.HOLDS]
    if len(fitting) == 1:
        return fitting[0].phase, f"it fits: {fitting[0].reason}"
    if fitting:
        names = ", ".join(one.phase for one in fitting)
        return fitting[0].phase, f"several fit ({names}); this one comes first in the strategy"
    if all(one.state is State.NO for one in fits):
        outgrown = [one for one in fits if one.outgrown]
        if not outgrown:
            return None, "no phase serves what was measured"
        largest = outgrown[0]
        for one in outgrown[1:]:
            largest = one if serves_more(one, largest) else largest
        return largest.phase, "no phase serves what was measured; this one serves most"
    reasons = dict.fromkeys(one.reason for one in fits if one.state is State.UNKNOWN)
    return None, "; ".join(reasons)


def _without_phase(
    strategy: Strategy,
    readings: Readings,
    fits: tuple[PhaseFit, ...],
    because: str,
    environment: str | None,
) -> Assessment:
    missing = [one for fit in fits for one in fit.missing]
    return Assessment(
        strategy=strategy.name,
        environment=environment or strategy.production,
        now=readings.now,
        measured_until=_measured_until(readings),
        phase=None,
        phase_because=because,
        fits=fits,
        verdict=Verdict.UNKNOWN,
        because=f"the phase is not known: {because}",
        steps=steps_due(strategy, readings),
        unknowns=_unknowns([("phase", one) for one in missing]),
        notes=_notes(readings),
    )


@dataclass(frozen=True, slots=True)
class _Assessor:
    strategy: Strategy
    catalog: Catalog
    readings: Readings
    fits: tuple[PhaseFit, ...]
    phase: str
    phase_because: str
    environment: str | None

    def result(self) -> Assessment:
        """Return the assessment of the current phase."""
        spec = self.strategy.phases[self.phase]
        demand = measured_demand(self.strategy, self.readings)
        topology = resolve(
            self.strategy, self.catalog, self.phase, self.environment, WhatIf(demand=demand)
        )
        evidence = Evidence(self.readings, topology, self.strategy.signals)
        headroom = headroom_of(topology, spec, self.readings)
        fit = next(one for one in self.fits if one.phase == self.phase)
        findings = find_all(self.strategy, self.phase, evidence, fit, headroom)
        ways_on = self._ways_on(findings)
        verdict, because = _verdict(fit, findings, bool(ways_on))
        move = self._move(ways_on) if verdict is Verdict.MOVE else None
        if move is not None and move not in ways_on:  # further than one transition away
            ways_on = (move, *ways_on)
        crossings = crossings_of(topology, spec, headroom, self.readings)
        cost_now = self._cost(self.phase)
        targets = judge_targets(self.strategy, evidence)
        alerts = judge_alerts(self.strategy, self.phase, evidence)
        found = Assessment(
            strategy=self.strategy.name,
            environment=topology.environment,
            now=self.readings.now,
            measured_until=_measured_until(self.readings),
            phase=self.phase,
            phase_because=self.phase_because,
            fits=self.fits,
            verdict=verdict,
            because=because,
            headroom=headroom,
            findings=findings,
            targets=targets,
            alerts=alerts,
            ways_on=ways_on,
            move=move,
            steps=steps_due(self.strategy, self.readings),
            cost_now=cost_now,
            crossings=crossings,
            unknowns=_unknowns(_all_missing(findings, targets, alerts)),
            notes=_notes(self.readings),
        )
        return replace(
            found,
            moving_early=self._early(found, cost_now),
            waiting=lost_by_waiting(
                self.strategy.finance,
                cost_now,
                total_of_phase(self.strategy, self.catalog, self.phase, self.environment),
                headroom,
                self._cheaper(fit, cost_now),
            ),
        )

    def _early(self, found: Assessment, cost_now: PhaseTotal) -> Money | None:
        """Return what moving today would cost; None when it is due, or nothing is ahead."""
        way = found.next
        if found.verdict is Verdict.MOVE or way is None or way.direction == "down":
            return None
        return lost_by_moving_early(found.now, cost_now, way.cost, found.first_crossing)

    def _cost(self, phase: str) -> PhaseTotal:
        demand = measured_demand(self.strategy, self.readings)
        return total_of_phase(self.strategy, self.catalog, phase, self.environment, demand)

    def _cheaper(self, fit: PhaseFit, cost_now: PhaseTotal) -> PhaseTotal | None:
        """Return the cheapest phase that fits when the current one is larger than needed."""
        if fit.state is not State.NO or fit.outgrown:
            return None
        costs = [self._cost(one.phase) for one in self.fits if one.state is State.HOLDS]
        below = [
            one
            for one in costs
            if one.expected.amount_usd_month < cost_now.expected.amount_usd_month
        ]
        return min(below, key=lambda one: one.expected.amount_usd_month, default=None)

    def _ways_on(self, findings: tuple[Finding, ...]) -> tuple[WayOn, ...]:
        judged = {one.to: one for one in findings if one.kind is FindingKind.TRANSITION}
        fits = {one.phase: one for one in self.fits}
        ways = []
        for to, transition in self.strategy.phases[self.phase].next.items():
            finding, fit = judged.get(to), fits[to]
            state, reason = (finding.state, finding.reason) if finding else (fit.state, fit.reason)
            cost = self._cost(to)
            ways.append(WayOn(to, transition.direction, state, reason, transition, cost))
        return tuple(ways)

    def _move(self, ways_on: tuple[WayOn, ...]) -> WayOn | None:
        """Return where to move: the nearest phase that fits, else where a transition fires."""
        paths = _paths(self.strategy, self.phase)
        due = [way for way in ways_on if way.state is State.HOLDS]
        fitting = {one.phase: one for one in self.fits if one.state is State.HOLDS}
        fitting.pop(self.phase, None)
        direct = [way for way in due if way.phase in fitting]
        if direct:
            return direct[0]
        nearest = sorted(fitting, key=lambda name: len(paths.get(name, paths)))
        for name in nearest:
            via = paths.get(name)
            if via is None or not due or via[:1] in [(way.phase,) for way in due]:
                return self._far(name, via, fitting[name])
        upward = [way for way in ways_on if way.direction == "up"]
        return next(iter([*due, *upward]), None)

    def _far(self, name: str, via: tuple[str, ...] | None, fit: PhaseFit) -> WayOn:
        came_from = (self.phase, *(via or ()))[-1]
        transition = None if via is None else self.strategy.phases[came_from].next[name]
        direction = transition.direction if transition else "up"
        cost = self._cost(name)
        return WayOn(name, direction, fit.state, fit.reason, transition, cost, via or ())


def _paths(strategy: Strategy, start: str) -> dict[str, tuple[str, ...]]:
    """Return for each phase that can be reached the phases on the shortest way there."""
    paths: dict[str, tuple[str, ...]] = {}
    ahead: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    for phase, via in ahead:  # grows while it is read: breadth first
        for to in strategy.phases[phase].next:
            if to not in paths and to != start:
                paths[to] = via
                ahead.append((to, (*via, to)))
    return paths


def _verdict(fit: PhaseFit, findings: tuple[Finding, ...], leads_on: bool) -> tuple[Verdict, str]:
    """Return the verdict; a signal of a phase that nothing follows asks for attention only."""
    firing = [one for one in findings if one.fires]
    if not leads_on and all(one.kind is FindingKind.SIGNAL for one in firing):
        findings = tuple(
            replace(one, state=State.WARN) if one in firing else one for one in findings
        )
        firing = []
    if firing:
        return Verdict.MOVE, "; ".join(_said(one) for one in firing)
    if not _can_tell(findings):
        return Verdict.UNKNOWN, fit.reason
    deciding = [one for one in findings if one.decides]
    open_ones = [one for one in deciding if one.state is State.UNKNOWN]
    near = [one for one in deciding if one.state is State.WARN]
    near += [
        one
        for one in findings
        if one.kind is FindingKind.ADDON and one.state in (State.WARN, State.HOLDS)
    ]
    said = "; ".join(_said(one) for one in near) or fit.reason
    if open_ones:
        said += f"; {len(open_ones)} of {len(deciding)} reasons to move could not be judged"
    return (Verdict.PREPARE if near else Verdict.STAY), said


def _can_tell(findings: tuple[Finding, ...]) -> bool:
    """Return whether the demand that the phase serves is known, or else any way on is."""
    ranges = [one for one in findings if one.kind is FindingKind.RANGE]
    if ranges:
        return all(one.state is not State.UNKNOWN for one in ranges)
    others = [one for one in findings if one.kind is FindingKind.TRANSITION]
    return any(one.state is not State.UNKNOWN for one in others or findings)


def _said(finding: Finding) -> str:
    if finding.kind is FindingKind.TRANSITION:
        return f"to {finding.to}: {finding.reason}"
    if finding.kind in (FindingKind.RANGE, FindingKind.LIMIT):
        return finding.reason
    return f"{finding.name}: {finding.reason}"


def _all_missing(
    findings: Iterable[Finding],
    targets: Iterable[TargetResult],
    alerts: Iterable[AlertResult],
) -> list[tuple[str, Missing]]:
    found = [(f"{one.kind} {one.name}", gap) for one in findings for gap in one.missing]
    found += [(f"target {one.name}", one.missing) for one in targets if one.missing]
    found += [(f"alert {one.name}", one.missing) for one in alerts if one.missing]
    return found


def _unknowns(missing: Iterable[tuple[str, Missing]]) -> tuple[Unknown, ...]:
    """Return one entry a missing metric, with everything that waits for it."""
    waiting: dict[Missing, list[str]] = {}
    for about, gap in missing:
        waiting.setdefault(gap, []).append(about)
    return tuple(
        Unknown(", ".join(dict.fromkeys(about)), gap.because, gap.measure)
        for gap, about in waiting.items()
    )


def _measured_until(readings: Readings) -> datetime | None:
    return max((series.points[-1][0] for series in readings.all_series()), default=None)


def _notes(readings: Readings) -> tuple[str, ...]:
    newest = _measured_until(readings)
    if newest is None:
        return ("nothing was measured",)
    age = readings.now - newest
    if age <= _STALE:
        return ()
    return (f"the newest value is {length(age)} old, of {day(newest)}: what follows is as of then",)
