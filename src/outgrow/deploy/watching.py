"""Waiting while a new version takes traffic: until it is healthy, judged, or the old is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.deploy.ending import NotGood, Waits
from outgrow.deploy.explain import remedy_for
from outgrow.deploy.gates.verdict import Verdict
from outgrow.deploy.plan import DeployPlan, DeployStep
from outgrow.deploy.policy import Undecided
from outgrow.deploy.ports import Fleet
from outgrow.deploy.values import Evidence, Probe, SlotState, Version
from outgrow.deploy.world import World
from outgrow.errors import OutsideError

_POLL_SECONDS = 0.5
_GONE_LOOKS = 2  # a restart policy may have it back by the next look
_BAD_LOOKS = 2  # one failed check may be the network's


class Watch:
    """The waits of one deploy to a fleet."""

    def __init__(self, fleet: Fleet, plan: DeployPlan, world: World) -> None:
        self._fleet = fleet
        self._policy = plan.policy
        self._is_first = plan.before is None
        self._new = frozenset(plan.new)
        self._world = world

    def until_healthy(self, slots: Sequence[str], version: Version) -> None:
        """Return once every slot answers well, itself and by the proxy's own check.

        Raises NotGood with the evidence when one ends, or is not healthy in time.
        """
        gone: dict[str, int] = {}
        last: dict[str, Probe] = {}
        for last_time in self._polls(self._policy.health_seconds):
            states = self._states()
            waiting = [one for one in slots if not self._is_healthy(states[one], version, last)]
            if not waiting:
                return
            for one in waiting:
                gone[one] = 0 if states[one].running else gone.get(one, 0) + 1
                if gone[one] >= _GONE_LOOKS:
                    raise self.not_good([one], f"{one}: the new version does not run any more")
            if last_time:
                raise self.not_good(waiting, self._unhealthy(waiting, last))
        raise AssertionError

    def until_judged(self, step: DeployStep, seconds: float, slots: Sequence[str]) -> None:
        """Return when the new version may go on after `seconds`, and never before.

        A step that a person has answered needs no pass, only no failure. While nothing is
        decided it goes on for `hold_seconds`; then the policy, or a person, decides. Raises
        NotGood when it must not go on, Waits when nobody answers.
        """
        gate = self._policy.gate
        clock = self._world.pause
        began, verdict = clock.seconds(), Verdict(())
        for _ in self._polls(None):
            self.check_health(slots)
            verdict = self.verdict(slots)
            passed = clock.seconds() - began
            if passed < seconds:
                continue
            # A first version has nothing to be compared with, and nobody may use it yet.
            unjudged = self._world.judge is None or self._is_first or step.answered
            if unjudged or verdict.answer == "pass":
                return
            if passed >= max(gate.hold_seconds, seconds):
                break
        self._decide(gate.when_undecided, step.name, verdict)

    def until_drained(self, slots: Sequence[str], others: Sequence[str]) -> None:
        """Return when the slots have ended what they had begun, or may be cut off.

        `others` take the traffic meanwhile; raises NotGood when they do not do well.
        """
        policy, clock = self._policy, self._world.pause
        began, left = clock.seconds(), set(slots)
        for _ in self._polls(None):
            passed = clock.seconds() - began
            states = self._states()
            left = {
                one
                for one in left
                if _busy(states[one].open_requests, passed, policy.drain_seconds)
                or _busy(states[one].open_websockets, passed, policy.websocket_seconds)
            }
            if not left:
                return
            if others:
                self.check_health(others)
            if self._new and self._new <= set(others):  # a slot not started yet fails any check
                self.verdict(others)

    def check_health(self, slots: Sequence[str]) -> None:
        """Raise NotGood when a slot is not healthy, and still is not at the next look."""
        bad: list[str] = []
        for look in range(_BAD_LOOKS):
            if look:
                self._world.pause.wait(_POLL_SECONDS)
            states = self._states()
            bad = [one for one in slots if not states[one].running or states[one].up is False]
            if not bad:
                return
        raise self.not_good(bad, f"{', '.join(bad)}: the new version is not healthy any more")

    def verdict(self, slots: Sequence[str]) -> Verdict:
        """Return what the judge says now; raise NotGood when it says no."""
        if self._world.judge is None:
            return Verdict(())
        verdict = self._world.judge.verdict()
        self._world.progress.event(
            "verdict",
            {
                "answer": verdict.answer,
                "why": verdict.why,
                "findings": [
                    {"name": one.name, "verdict": one.verdict, "why": one.why}
                    for one in verdict.findings
                ],
            },
        )
        if verdict.answer == "fail":
            raise self.not_good(slots, f"the new version does worse: {verdict.why}")
        return verdict

    def not_good(self, slots: Sequence[str], reason: str) -> NotGood:
        """Return why the version is not good, with what its slots show."""
        found = tuple(filter(None, map(self._evidence, slots)))
        return NotGood(reason, remedy_for(found), found)

    def _evidence(self, slot: str) -> Evidence | None:
        try:
            return self._fleet.evidence(slot)
        except OutsideError:
            return None  # what cannot be seen explains nothing, and hides no reason

    def _decide(self, undecided: Undecided, what: str, verdict: Verdict) -> None:
        if undecided == "go_on":
            return
        said = f"`{what}` is undecided: {verdict.why}"
        if undecided == "revert":
            raise NotGood(said, "Send it more requests, or hold longer: deploy/gate/hold_seconds.")
        agreed = self._world.person.agrees(f"{said}. Go on?") if undecided == "ask" else None
        if agreed is None:
            raise Waits("waiting", said)
        if not agreed:
            raise NotGood(f"{said}; a person said no")

    def _is_healthy(self, slot: SlotState, version: Version, last: dict[str, Probe]) -> bool:
        if not slot.running or slot.version != version.id:
            return False
        last[slot.name] = self._fleet.probe(slot.name)
        return last[slot.name].ok and slot.up is True

    def _unhealthy(self, slots: Sequence[str], last: dict[str, Probe]) -> str:
        name = slots[0]
        said = last[name].said if name in last else "it does not run"
        if name in last and last[name].ok:
            said = "it answers here, and not where the proxy asks"
        return f"{name} is not healthy after {self._policy.health_seconds:g} s: {said}"

    def _states(self) -> dict[str, SlotState]:
        return {one.name: one for one in self._fleet.look()}

    def _polls(self, seconds: float | None) -> Iterator[bool]:
        """Yield now and then, with whether it is the last time; no end without `seconds`."""
        clock = self._world.pause
        end = None if seconds is None else clock.seconds() + seconds
        while True:
            last = end is not None and clock.seconds() >= end
            yield last
            clock.wait(_POLL_SECONDS)


def _busy(open_count: int | None, passed_seconds: float, most_seconds: float) -> bool:
    # Where the count is unknown it cannot be waited for: whoever ends the version gives it time.
    return bool(open_count) and passed_seconds < most_seconds
