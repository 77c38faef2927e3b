"""Judges a version by several sources of requests at once; the worst answer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outgrow.deploy.gates.health import HealthWatch
from outgrow.deploy.gates.judge import judge
from outgrow.deploy.gates.verdict import Finding, Verdict
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.ports import TrafficSource
from outgrow.deploy.values import Counted, Side
from outgrow.errors import OutsideError

# So many requests show whether the old version still has a part of the traffic.
_ENOUGH_TO_SEE_THE_SPLIT = 20


@dataclass(frozen=True, slots=True)
class _Read:
    """What a source has counted, or why it cannot tell."""

    sides: Mapping[Side, Counted] = field(default_factory=dict)
    problem: str = ""

    @property
    def new(self) -> Counted:
        return self.sides.get("new", Counted())

    @property
    def old(self) -> Counted:
        return self.sides.get("old", Counted())


@dataclass(slots=True)
class Gate:
    """The judge of one deploy, as the engine asks for one.

    Each source is judged by itself: what a proxy and Prometheus count are the same requests.
    `probes` sends requests of its own; it alone decides when users send too few to any of
    `sources`. `is_first` says that there is no old version. `periods` is how often the engine
    changes the weights and judges again: all of them share the chance of a false alarm.
    """

    policy: GatePolicy
    sources: Sequence[TrafficSource]
    probes: TrafficSource | None = None
    health: HealthWatch | None = None
    is_first: bool = False
    periods: int = 1
    _before: dict[str, Counted] = field(default_factory=dict)
    _alone: set[str] = field(default_factory=set)
    _silent: dict[str, str] = field(default_factory=dict)
    _begun: bool = False

    def begin_before(self) -> None:
        """Count the old version alone, before any request reaches the new one."""
        self._before.clear()
        self._begun = True
        self._begin_all()

    def begin(self) -> None:
        """Judge what happens from now on.

        What the old version did until now is kept: once everything is shifted to the new one,
        nothing else is left to compare with.
        """
        if self._begun:
            for source in self.sources:
                self._keep_old(source)
        self._begun = True
        self._begin_all()

    def verdict(self) -> Verdict:
        """Return what everything since `begin` says; a source that fails is undecided."""
        health = () if self.health is None else (self.health.look(),)
        users = [(source, self._read(source)) for source in self.sources]
        judged = [one for source, read in users for one in self._judged(source, read)]
        if self.probes is None:
            return Verdict((*health, *judged))
        probed = self._judged(self.probes, self._read(self.probes), "synthetic requests")
        if all(self._is_starved(read) for _, read in users):
            told = [one for one in judged if one.verdict == "fail"]
            return Verdict((*health, *told, *_standing_in(probed, users)))
        return Verdict((*health, *judged, *probed))

    def _begin_all(self) -> None:
        self._alone.clear()
        self._silent.clear()
        for source in self._all:
            try:
                source.begin()
            except OutsideError as error:
                self._silent[source.name] = error.reason

    @property
    def _all(self) -> tuple[TrafficSource, ...]:
        return (*self.sources, *([] if self.probes is None else [self.probes]))

    def _keep_old(self, source: TrafficSource) -> None:
        old = self._read(source).old
        if old.requests >= self.policy.minimum_requests or source.name not in self._before:
            self._before[source.name] = old
        else:
            self._before[source.name] = self._before[source.name] + old

    def _read(self, source: TrafficSource) -> _Read:
        if source.name in self._silent:
            return _Read(problem=self._silent[source.name])
        try:
            return _Read(source.read())
        except OutsideError as error:
            return _Read(problem=error.reason)

    def _judged(self, source: TrafficSource, read: _Read, called: str = "") -> tuple[Finding, ...]:
        name = called or source.name
        if read.problem:
            return (Finding("errors", "undecided", f"{name} cannot be asked: {read.problem}"),)
        shares = max(len(self._all) * self.periods, 1)
        if self.is_first:
            return judge(read.new, None, self.policy, shared_by=shares, source=name).findings
        before = self._before.get(source.name, Counted())
        if before.requests and self._has_no_old_traffic(source.name, read):
            name += ", beside what the old version did before it lost its traffic"
            read = _Read({"new": read.new, "old": before + read.old})
        return judge(read.new, read.old, self.policy, shared_by=shares, source=name).findings

    def _has_no_old_traffic(self, name: str, read: _Read) -> bool:
        """Return whether only the new version has traffic; that is settled once a period.

        What decides is how many requests there are, never how they went: a choice between two
        comparisons by their results would be wrong twice as often.
        """
        if name not in self._alone and read.old.requests == 0:
            settled = read.new.requests >= _ENOUGH_TO_SEE_THE_SPLIT
            if settled:
                self._alone.add(name)
        return name in self._alone

    def _is_starved(self, read: _Read) -> bool:
        return not read.problem and read.new.requests < self.policy.minimum_requests


def _standing_in(
    probed: Sequence[Finding], users: Sequence[tuple[TrafficSource, _Read]]
) -> tuple[Finding, ...]:
    """Return the findings of probes, with how few requests of users there were."""
    few = ", ".join(f"{source.name} {read.new.requests}" for source, read in users)
    said = f"; users sent too few to the new version to judge by ({few})" if few else ""
    return tuple(Finding(one.name, one.verdict, f"{one.why}{said}") for one in probed)
