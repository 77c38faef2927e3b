"""What the engine does where a provider replaces versions by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.unit.deploy.fake_fleet import FakeClock
from tests.unit.deploy.worlds import (
    NEW,
    OLD,
    Events,
    FakeHooks,
    FakeJudge,
    FakePerson,
    MemoryRecord,
    policy,
)

from outgrow.deploy.planning import Around, rollout_plan
from outgrow.deploy.ports import RolloutState
from outgrow.deploy.run import Deployer, deployer
from outgrow.deploy.values import Evidence, Problem, Ran, Version
from outgrow.deploy.world import World
from outgrow.errors import OutsideError


@dataclass
class FakeRollout:
    """A provider that is done after two looks, or fails, or keeps going."""

    ends: str = "done"
    version: Version | None = OLD
    tokens: list[str] = field(default_factory=list)
    aborted: int = 0
    looks: int = 0
    wanted: Version | None = None
    refuses: str = ""
    stays: str = ""

    def describe(self) -> str:
        return "a provider in memory"

    def preflight(self, version: Version) -> Sequence[Problem]:
        return ()

    def current(self) -> Version | None:
        return self.version

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        return Ran(0, ())

    def begin(self, version: Version, token: str) -> str:
        if self.refuses:
            raise OutsideError(self.refuses)
        if token not in self.tokens:
            self.tokens.append(token)
            self.wanted, self.looks = version, 0
        return f"rollout of {token}"

    def progress(self, rollout: str) -> RolloutState:
        self.looks += 1
        if self.aborted and self.stays:
            return RolloutState(self.stays, reason="it stays")  # type: ignore[arg-type]
        if self.aborted:
            return RolloutState("reverting" if self.looks < 3 else "reverted", 0.0)
        if self.looks < 3:
            return RolloutState("running", 0.5, 1, 2)
        if self.ends == "done":
            self.version = self.wanted
        return RolloutState(self.ends, 1.0, 2, 2, "the circuit breaker")  # type: ignore[arg-type]

    def abort(self, rollout: str) -> None:
        self.aborted += 1
        self.looks, self.version = 0, OLD

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        return (Evidence("task 1", None, ("no database",), None, None, 1),)


class Remembering(FakeRollout):
    """A provider that can be asked what was begun."""

    def begun(self, version: Version, token: str) -> str | None:
        return f"rollout of {token}" if token in self.tokens else None


@dataclass
class Trial:
    """A rollout of NEW over OLD."""

    place: FakeRollout = field(default_factory=FakeRollout)
    judge: FakeJudge | None = None
    record: MemoryRecord = field(default_factory=MemoryRecord)
    clock: FakeClock = field(default_factory=FakeClock)
    person: FakePerson = field(default_factory=FakePerson)
    goes_on: bool = False
    bakes_itself: bool = False

    def deployer(self) -> Deployer:
        around = Around(migrate=("migrate",))
        rolling, bakes = policy("rolling"), self.bakes_itself
        plan = rollout_plan("there", rolling, OLD, NEW, around, bakes_itself=bakes)
        world = World(
            FakeHooks(), self.person, Events(), self.clock, self.judge, goes_on=self.goes_on
        )
        return deployer(plan, self.place, self.record, world, "outgrow-7")


def test_the_provider_brings_it_in_and_it_is_watched() -> None:
    one = Trial()
    assert one.deployer().run().end == "done"
    assert one.place.version is NEW
    assert one.record.done_steps == ["preflight", "migrate", "begin", "watch", "bake", "release"]
    assert one.clock.now >= 10  # the bake


def test_what_the_provider_has_baked_is_not_baked_again() -> None:
    judge = FakeJudge()
    one = Trial(judge=judge, bakes_itself=True)
    assert one.deployer().run().end == "done"
    assert one.clock.now < 10
    # Judged from before the traffic moved; once it has, the old version has none to compare with.
    assert judge.begun == 1
    assert judge.asked > 1


def test_a_bake_of_the_provider_that_decided_nothing_waits_for_an_answer() -> None:
    one = Trial(judge=FakeJudge(("undecided",)), bakes_itself=True)
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("waiting", "bake")
    assert one.clock.now >= 300


def test_a_version_that_does_worse_while_the_provider_bakes_is_taken_back() -> None:
    one = Trial(judge=FakeJudge(("pass", "fail")), bakes_itself=True)
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("reverted", "watch")
    assert one.place.version is OLD


def test_nothing_is_begun_to_be_undone() -> None:
    one = Trial(Remembering())
    one.record.begun_steps += ["preflight", "migrate", "begin"]
    assert one.deployer().revert("interrupted").end == "reverted"
    assert (one.place.tokens, one.place.aborted) == ([], 0)


def test_what_was_begun_and_not_noted_is_undone() -> None:
    one = Trial(Remembering())
    one.place.begin(NEW, "outgrow-7")
    one.record.begun_steps += ["preflight", "migrate", "begin"]
    assert one.deployer().revert("interrupted").end == "reverted"
    assert (one.place.tokens, one.place.aborted) == (["outgrow-7"], 1)


def test_a_rollout_that_failed_is_explained_and_taken_back() -> None:
    one = Trial(FakeRollout("failed"))
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("reverted", "watch")
    assert ended.reason == "the rollout did not end well: the circuit breaker"
    assert ended.evidence[0].lines == ("no database",)
    assert one.place.aborted == 1


def test_what_the_provider_has_taken_back_itself_is_not_aborted() -> None:
    one = Trial(FakeRollout("reverted"))
    assert one.deployer().run().end == "reverted"
    assert one.place.aborted == 0


def test_a_gate_that_fails_aborts_the_rollout() -> None:
    one = Trial(judge=FakeJudge(("pass", "fail")))
    assert one.deployer().run().end == "reverted"
    assert one.place.aborted == 1
    assert one.place.version is OLD


def test_an_undecided_bake_waits_for_an_answer() -> None:
    one = Trial(judge=FakeJudge(("undecided",)))
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("waiting", "bake")
    assert one.clock.now >= 300


def test_what_nothing_can_tell_waits_for_a_person_and_is_never_called_good() -> None:
    one = Trial(FakeRollout("unknown"))
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("waiting", "watch")
    assert "how it went is unknown: the circuit breaker" in ended.reason
    assert one.place.aborted == 0


@pytest.mark.parametrize(("says", "end"), [(True, "done"), (False, "reverted")])
def test_a_person_says_how_it_went_where_nothing_else_can(says: bool, end: str) -> None:
    one = Trial(FakeRollout("unknown"), person=FakePerson(says))
    assert one.deployer().run().end == end
    assert one.place.aborted == (not says)


def test_a_run_that_goes_on_takes_the_unknown_as_it_is() -> None:
    one = Trial(FakeRollout("unknown"), goes_on=True)
    assert one.deployer().run().end == "done"


def test_a_provider_that_does_not_go_back_is_a_problem() -> None:
    one = Trial(FakeRollout("failed", stays="unknown"))
    ended = one.deployer().run()
    assert ended.problems == ("the provider does not say that it has gone back: it stays",)


def test_a_provider_that_refuses_has_nothing_to_take_back() -> None:
    one = Trial(FakeRollout(refuses="no such cluster"))
    ended = one.deployer().run()
    assert (ended.end, ended.reason) == ("reverted", "no such cluster")


def test_a_provider_that_refuses_and_has_another_version_is_left_to_the_next_run() -> None:
    one = Trial(FakeRollout(refuses="no such cluster", version=NEW))
    with pytest.raises(OutsideError, match="no such cluster"):
        one.deployer().run()


def test_a_killed_begin_is_not_begun_twice() -> None:
    one = Trial()
    one.place.begin(NEW, "outgrow-7")  # the kill came before this was noted
    one.record.begun_steps += ["preflight", "begin"]
    one.record.done_steps += ["preflight", "migrate"]
    assert one.deployer().run().end == "done"
    assert one.place.tokens == ["outgrow-7"]


def test_a_begun_rollout_is_taken_back_by_the_name_that_its_token_has() -> None:
    one = Trial()
    one.place.begin(NEW, "outgrow-7")
    one.record.begun_steps += ["preflight", "migrate", "begin"]
    assert one.deployer().revert("another version is wanted").end == "reverted"
    assert (one.place.tokens, one.place.aborted) == (["outgrow-7"], 1)
