"""What each step does where a provider replaces versions by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from outgrow.deploy.common_steps import CommonSteps, Found, end_surplus
from outgrow.deploy.ending import NotGood, Waits
from outgrow.deploy.explain import remedy_for
from outgrow.deploy.gates.verdict import Verdict
from outgrow.deploy.plan import DeployAction, DeployPlan, DeployStep
from outgrow.deploy.ports import (
    EndsFirstVersions,
    Record,
    RemembersTokens,
    Rollout,
    RolloutState,
)
from outgrow.deploy.values import Evidence
from outgrow.deploy.world import World
from outgrow.errors import OutsideError

_POLL_SECONDS = 2.0
# A provider's own limits end a rollout long before; this ends one that it has forgotten. It is
# longer than the longest step of a rollout that shows nothing new: the bake between two shares.
_SILENT_SECONDS = 3600.0


class RolloutSteps:
    """The steps of a rollout, and of its revert."""

    def __init__(
        self, plan: DeployPlan, rollout: Rollout, record: Record, world: World, token: str
    ) -> None:
        self._plan = plan
        self._rollout = rollout
        self._record = record
        self._world = world
        self._token = token
        self.actions: dict[DeployAction, Callable[[DeployStep], Found]] = {
            **CommonSteps(plan, rollout, world).actions,
            "begin": self._begin, "watch": self._watch, "bake": self._bake,
            "release": self._release, "abort": self._abort,
        }  # fmt: skip

    def look_again(self, done: Sequence[DeployStep]) -> None:
        """Begin to judge anew: what the provider does, `watch` asks it anyway."""
        if self._world.judge is not None and done:
            self._world.judge.begin()

    def _begin(self, _step: DeployStep) -> Found:
        return {"rollout": self._rollout.begin(self._plan.version, self._token)}

    def _watch(self, _step: DeployStep) -> Found:
        name = self._name()
        state = self._until_still(name, judged=True)
        if state.phase == "unknown":
            self._ask_how_it_went(state.reason)
        elif state.phase != "done":
            why = state.reason or f"the provider says that it has {state.phase}"
            raise self._not_good(name, f"the rollout did not end well: {why}")
        bake = self._plan.step("bake")
        # Once the provider has baked, nothing is left of the old version to be compared with.
        if self._world.judge is not None and not (bake and bake.watched):
            self._world.judge.begin()
        return {"reason": state.reason}

    def _bake(self, step: DeployStep) -> Found:
        """Watch for the time of the policy; an undecided verdict goes by the policy then.

        Where the provider has watched, only a verdict that is undecided still is waited for.
        """
        clock, gate = self._world.pause, self._plan.policy.gate
        bakes = self._plan.policy.bake_seconds
        seconds = 0.0 if step.watched else bakes
        began, verdict = clock.seconds(), Verdict(())
        while bakes:
            verdict = self._verdict()
            state = self._rollout.progress(self._name())
            # What was unknown is so still; `watch` has asked a person about it.
            if state.phase not in {"done", "running", "unknown"}:
                raise self._not_good(self._name(), f"the provider takes it back: {state.reason}")
            passed = clock.seconds() - began
            unjudged = self._world.judge is None or self._plan.before is None or step.answered
            settled = unjudged or verdict.answer == "pass"
            if passed >= seconds and settled:
                return {}
            if passed >= max(seconds, gate.hold_seconds):
                self._decide(verdict)
                return {}
            clock.wait(_POLL_SECONDS)
        return {}

    def _release(self, _step: DeployStep) -> Found:
        return end_surplus(self._rollout)

    def _abort(self, _step: DeployStep) -> Found:
        """Let the provider go back, and wait until it has; nothing when it never began."""
        begin = self._plan.step("begin")
        assert begin is not None
        if not self._record.is_begun(begin.name):
            return {}
        try:
            name = self._name_of_begun()
        except OutsideError as error:
            return self._never_begun(error)
        if name is None:
            return {}
        if self._rollout.progress(name).phase not in {"reverting", "reverted"}:
            self._go_back(name)
        state = self._until_still(name, judged=False)
        if state.phase == "reverted":
            return {"reason": state.reason}
        why = state.reason or f"it says {state.phase}"
        return {"problem": f"the provider does not say that it has gone back: {why}"}

    def _go_back(self, name: str) -> None:
        if self._plan.before is None and isinstance(self._rollout, EndsFirstVersions):
            self._rollout.end_first(name)
        else:
            self._rollout.abort(name)

    def _never_begun(self, error: OutsideError) -> Found:
        """Return what is known where the provider refuses the same beginning again.

        Raises `error` unless the version before still has the traffic.
        """
        current, before = self._rollout.current(), self._plan.before
        if (current.id if current else None) != (before.id if before else None):
            raise error
        return {"reason": error.reason}

    def _until_still(self, name: str, *, judged: bool) -> RolloutState:
        """Return the state once the provider does nothing more; stop it when a gate fails."""
        clock = self._world.pause
        patience = _SILENT_SECONDS + self._plan.policy.bake_seconds
        end = clock.seconds() + patience
        before: RolloutState | None = None
        moving = {"running", "reverting"} if judged else {"running", "reverting", "done"}
        while (state := self._rollout.progress(name)).phase in moving:
            self._world.progress.event(
                "rollout",
                {
                    "phase": state.phase,
                    "share_new": state.share_new,
                    "healthy": state.healthy,
                    "wanted": state.wanted,
                    "reason": state.reason,
                },
            )
            if state != before:
                end, before = clock.seconds() + patience, state
            elif clock.seconds() > end:
                raise OutsideError(
                    f"the provider says nothing new of {name} for {patience / 60:g} minutes",
                    "Look there what it waits for; `outgrow deploy --resume` goes on watching.",
                )
            if judged:
                self._verdict()
            clock.wait(_POLL_SECONDS)
        return state

    def _verdict(self) -> Verdict:
        if self._world.judge is None:
            return Verdict(())
        verdict = self._world.judge.verdict()
        self._world.progress.event("verdict", {"answer": verdict.answer, "why": verdict.why})
        if verdict.answer == "fail":
            raise NotGood(f"the new version does worse: {verdict.why}")
        return verdict

    def _decide(self, verdict: Verdict) -> None:
        undecided, said = self._plan.policy.gate.when_undecided, f"undecided: {verdict.why}"
        if undecided == "go_on":
            return
        if undecided == "revert":
            raise NotGood(said)
        agreed = self._world.person.agrees(f"The bake is {said}. Go on?")
        if undecided == "hold" or agreed is None:
            raise Waits("waiting", f"the bake is {said}")
        if not agreed:
            raise NotGood(f"{said}; a person said no")

    def _ask_how_it_went(self, why: str) -> None:
        """Return when a person says that it went well: nothing else can tell.

        Raises NotGood for a no, Waits when nobody answers.
        """
        said = f"the provider was told, and how it went is unknown: {why}"
        if self._world.goes_on:
            return
        agreed = self._world.person.agrees(f"{said[0].upper()}{said[1:]}. Did it go well?")
        if agreed is None:
            raise Waits("waiting", said)
        if not agreed:
            raise NotGood(f"{said}; a person said that it did not go well")

    def _name(self) -> str:
        """Return the provider's name of the rollout; asked again where a kill has lost it."""
        begin = self._plan.step("begin")
        assert begin is not None
        kept = self._record.found(begin.name).get("rollout")
        return str(kept) if kept else self._rollout.begin(self._plan.version, self._token)

    def _name_of_begun(self) -> str | None:
        """Return the name of what has begun, None for nothing: nothing is begun to be undone."""
        begin = self._plan.step("begin")
        assert begin is not None
        if isinstance(self._rollout, RemembersTokens) and not self._record.found(begin.name):
            return self._rollout.begun(self._plan.version, self._token)
        return self._name()

    def _not_good(self, name: str, reason: str) -> NotGood:
        found: tuple[Evidence, ...] = ()
        with suppress(OutsideError):
            found = tuple(self._rollout.evidence(name))
        return NotGood(reason, remedy_for(found), found)
