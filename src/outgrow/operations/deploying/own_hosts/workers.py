"""Components that no request reaches, on machines of the team's own: the new runs, the old ends.

There is no traffic to move and nothing to judge. Both versions work beside each other until the
new one has run for a while; then the old one is asked to end what it has begun.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from outgrow.deploy.ports import RolloutPhase, RolloutState
from outgrow.deploy.values import Evidence, Probe, Problem, Ran, Version
from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts import surplus
from outgrow.operations.deploying.own_hosts.machine import Machine, checked_by, problems_of
from outgrow.operations.deploying.own_hosts.runner import Held, Slot

STEADY_SECONDS = 5.0


@dataclass(slots=True)
class OwnWorkers:
    """A `Rollout` on machines of the team's own; its name is the id of the new version.

    A new one has to begin within `start_seconds`, and to run on for `steady_seconds`. It has begun
    once its health check passes, where that is a command.
    """

    machines: Mapping[str, Machine]
    slots: tuple[Slot, ...]
    missing: tuple[str, ...]
    clock: Callable[[], float]
    start_seconds: float
    steady_seconds: float = STEADY_SECONDS
    health_command: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    _began: float | None = field(default=None, init=False)
    _steady_since: float | None = field(default=None, init=False)

    def known_secrets(self) -> Collection[str]:
        """Return the values that nobody may read in what a version prints."""
        return self.secrets

    def describe(self) -> str:
        """Return what it is."""
        runners = ", ".join(one.runner.describe() for one in self.machines.values())
        count = len(self._numbers())
        return f"{count} instance{'s' if count != 1 else ''}: {runners}, without requests"

    def resolve(self, reference: str) -> str:
        """Return the artifact that `reference` means now."""
        return next(iter(self.machines.values())).runner.resolve(reference)

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot run here."""
        found = [
            Problem(f"no value for {key}", "Set it in the environment or in its env file.")
            for key in self.missing
        ]
        return [*found, *(one for m in self.machines.values() for one in problems_of(m, version))]

    def current(self) -> Version | None:
        """Return the version that runs; of two, the one that a rollout was to replace."""
        found = [one.version for one in self._held().values() if one.running and one.version]
        return Version(found[0], artifact="") if found else None

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once, on the machine of the first instance."""
        return self.machines[self.slots[0].host].runner.run_once(version, command)

    def begin(self, version: Version, token: str) -> str:  # noqa: ARG002 - the id names it
        """Start `version` beside what runs; return its id. What runs of it already stays."""
        held = self._held()
        for number in self._numbers():
            pair = [slot for slot in self.slots if slot.number == number]
            if any(held[one.name].version == version.id and held[one.name].running for one in pair):
                continue
            idle = min(pair, key=lambda one: (held[one.name].running, one.colour))
            self.machines[idle.host].runner.start(idle, version)
        self._began, self._steady_since = self.clock(), None
        return version.id

    def progress(self, rollout: str) -> RolloutState:
        """Return how far it has come; the old version ends here once the new one is steady."""
        held = self._held()
        new = [one for one in self.slots if held[one.name].version == rollout]
        old = [one for one in self.slots if held[one.name].version not in (None, rollout)]
        running = sum(held[one.name].running for one in new)
        wanted = len(self._numbers())
        if not new:
            return RolloutState("reverted", healthy=0, wanted=wanted, reason="only the old runs")
        bad = self._first_unwell(new) if running == wanted else None
        phase = self._phase(running == wanted and bad is None)
        if phase == "done":
            for slot in old:
                self.machines[slot.host].runner.stop(slot)
        why = bad.said if bad is not None else "it ended again, or never began"
        reason = why if phase == "failed" else ""
        return RolloutState(phase, healthy=running, wanted=wanted, reason=reason)

    def abort(self, rollout: str) -> None:
        """End the new version; raise OutsideError when nothing else would run then."""
        held = self._held()
        new = [one for one in self.slots if held[one.name].version == rollout]
        old_runs = any(one.running and one.version not in (None, rollout) for one in held.values())
        if not old_runs and new and all(held[one.name].running for one in new):
            raise OutsideError(
                "the old version has ended already, and the new one runs",
                "Let it be (outgrow deploy --resume), then go back: outgrow rollback.",
            )
        self.end_first(rollout)

    def end_first(self, rollout: str) -> None:
        """End a version, whatever else runs."""
        held = self._held()
        for slot in self.slots:
            if held[slot.name].version == rollout:
                self.machines[slot.host].runner.stop(slot)

    def bring_back(self, known: Mapping[str, Version]) -> Sequence[tuple[str, str]]:
        """Start again what does not run any more; return the slots with their versions."""
        started = []
        for slot in self.slots:
            held = self._held()[slot.name]
            version = known.get(held.version or "")
            if version is not None and version.artifact and not held.running:
                self.machines[slot.host].runner.start(slot, version)
                started.append((slot.name, version.id))
        return started

    def end_surplus(self) -> Sequence[str]:
        """End what runs in slots that the strategy has no more; return their names."""
        return surplus.end_surplus(self.machines, self.slots)

    def end_all(self) -> Sequence[tuple[str, str]]:
        """End whatever runs in any slot; return the slots with the versions that were there."""
        held = self._held()
        ended = []
        for slot in self.slots:
            version = held[slot.name].version
            if version is not None:
                self.machines[slot.host].runner.stop(slot)
                ended.append((slot.name, version))
        return ended

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        """Return what explains why it failed."""
        held = self._held()
        return [self._explained(one) for one in self.slots if held[one.name].version == rollout]

    def _phase(self, all_run: bool) -> RolloutPhase:
        now = self.clock()
        self._began = now if self._began is None else self._began
        if not all_run:
            was_steady, self._steady_since = self._steady_since is not None, None
            late = now - self._began > self.start_seconds
            return "failed" if was_steady or late else "running"
        self._steady_since = now if self._steady_since is None else self._steady_since
        return "done" if now - self._steady_since >= self.steady_seconds else "running"

    def _first_unwell(self, slots: Sequence[Slot]) -> Probe | None:
        """Return what a health check says against one of `slots`; none is asked once all began."""
        if not self.health_command or self._steady_since is not None:
            return None
        asked = (checked_by(self.machines[one.host], one, self.health_command) for one in slots)
        return next((one for one in asked if not one.ok), None)

    def _explained(self, slot: Slot) -> Evidence:
        found = self.machines[slot.host].runner.explain(slot)
        return Evidence(
            slot.name, None, found.lines, found.listening, None, found.exit_code,
            found.out_of_memory,
        )  # fmt: skip

    def _numbers(self) -> list[int]:
        return sorted({one.number for one in self.slots})

    def _held(self) -> Mapping[str, Held]:
        found: dict[str, Held] = {}
        for name, machine in self.machines.items():
            found |= machine.runner.held([slot for slot in self.slots if slot.host == name])
        return found
