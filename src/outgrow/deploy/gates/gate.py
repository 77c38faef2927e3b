"""Judges a version by several sources of requests at once; the worst answer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outgrow.deploy.gates.judge import judge
from outgrow.deploy.gates.verdict import Finding, Verdict
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.ports import TrafficSource
from outgrow.deploy.values import Counted, Side
from outgrow.errors import OutsideError


@dataclass(slots=True)
class Gate:
    """The judge of one deploy, as the engine asks for one.

    `is_first` says that there is no old version. Each source is judged by itself: what a proxy
    and Prometheus count are the same requests, and those of a probe are nobody's.
    """

    policy: GatePolicy
    sources: Sequence[TrafficSource]
    is_first: bool = False
    _before: dict[str, Counted] = field(default_factory=dict)
    _silent: dict[str, str] = field(default_factory=dict)

    def begin_before(self) -> None:
        """Count the old version alone, before any request reaches the new one.

        Where all traffic moves at once, nothing else is left to compare with.
        """
        self._before.clear()
        self._begin_all()

    def begin(self) -> None:
        """Judge what happens from now on; keeps what `begin_before` has counted."""
        if not self._before:
            for source in self.sources:
                old = self._read(source).get("old")
                if old is not None and old.requests:
                    self._before[source.name] = old
        self._begin_all()

    def verdict(self) -> Verdict:
        """Return what everything since `begin` says; a source that fails is undecided."""
        if not self.sources:
            return Verdict(())
        return Verdict(tuple(one for source in self.sources for one in self._judged(source)))

    def _begin_all(self) -> None:
        self._silent.clear()
        for source in self.sources:
            try:
                source.begin()
            except OutsideError as error:
                self._silent[source.name] = error.reason

    def _read(self, source: TrafficSource) -> Mapping[Side, Counted]:
        if source.name in self._silent:
            return {}
        try:
            return source.read()
        except OutsideError:
            return {}

    def _judged(self, source: TrafficSource) -> tuple[Finding, ...]:
        name = source.name
        if name in self._silent:
            return (self._unknown(name, self._silent[name]),)
        try:
            counted = source.read()
        except OutsideError as error:
            return (self._unknown(name, error.reason),)
        old = None if self.is_first else counted.get("old", Counted())
        return self._compared(name, counted.get("new", Counted()), old).findings

    def _compared(self, name: str, new: Counted, old: Counted | None) -> Verdict:
        # Two comparisons of one source: with what was counted before, and after.
        before = self._before.get(name)
        shared_by = len(self.sources) * (2 if before else 1)
        if before is None or old is None or old.requests >= self.policy.minimum_requests:
            return judge(new, old, self.policy, shared_by=shared_by, source=name)
        source = f"{name}, with the old version's requests from before the traffic moved"
        return judge(new, before + old, self.policy, shared_by=shared_by, source=source)

    def _unknown(self, name: str, reason: str) -> Finding:
        return Finding("errors", "undecided", f"{name} cannot be asked: {reason}")
