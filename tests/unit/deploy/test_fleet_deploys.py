"""What the engine does to a fleet, for every strategy and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from pydantic import JsonValue
from tests.unit.deploy.fake_fleet import Behaviour, FakeClock, FakeFleet, Killed
from tests.unit.deploy.worlds import Events, FakeHooks, FakeJudge, FakePerson, bench

from outgrow.deploy.gates.verdict import Verdict
from outgrow.deploy.planning import Around
from outgrow.deploy.values import Problem, Ran, Version
from outgrow.errors import OutsideError
from outgrow.strategy.deploys import DeployGate, DeployKind

KINDS: tuple[DeployKind, ...] = ("rolling", "blue_green", "canary")


def moved(calls: list[str]) -> list[str]:
    return [one for one in calls if one.startswith(("weigh", "start", "stop"))]


@pytest.mark.parametrize("kind", KINDS)
def test_every_strategy_ends_with_all_traffic_on_the_new_version(kind: DeployKind) -> None:
    one = bench(kind)
    assert one.deployer().run().end == "done"
    assert one.fleet.taking == {"green1": "new", "green2": "new"}
    assert one.fleet.weights == {"green1": 100, "green2": 100}
    assert one.fleet.without_traffic == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_old_version_stays_warm(kind: DeployKind) -> None:
    one = bench(kind)
    one.deployer().run()
    old = [one.fleet.slots[name] for name in ("blue1", "blue2")]
    assert [(s.version, s.running, s.taking) for s in old] == [("old", True, "maint")] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_old_version_is_stopped_where_nothing_is_kept_warm(kind: DeployKind) -> None:
    one = bench(kind, keep_warm_seconds=0)
    one.deployer().run()
    assert not one.fleet.slots["blue1"].running
    assert one.fleet.slots["blue1"].version is None


def test_rolling_replaces_one_instance_after_the_other() -> None:
    one = bench("rolling")
    one.deployer().run()
    assert moved(one.fleet.calls) == [
        "start green1 new", "weigh blue1=0 green1=100",
        "start green2 new", "weigh blue2=0 green2=100",
    ]  # fmt: skip


def test_blue_green_moves_everything_in_one_call() -> None:
    one = bench("blue_green")
    one.deployer().run()
    assert moved(one.fleet.calls) == [
        "start green1 new", "start green2 new", "weigh blue1=0 blue2=0 green1=100 green2=100",
    ]  # fmt: skip


def test_a_canary_gets_its_shares_and_is_judged_after_each() -> None:
    one = bench("canary", shares=[0.05, 0.5])
    one.deployer().run()
    assert [call for call in one.fleet.calls if call.startswith("weigh")] == [
        "weigh blue1=95 blue2=95 green1=5 green2=5",
        "weigh blue1=50 blue2=50 green1=50 green2=50",
        "weigh blue1=0 blue2=0 green1=100 green2=100",
    ]
    assert one.judge.begun == 4  # once before, and after each share


def test_a_first_deploy_needs_no_old_version_and_waits_for_no_requests() -> None:
    one = bench("canary", FakeFleet())
    one.judge = FakeJudge(("undecided",))
    assert one.deployer().run().end == "done"
    assert one.fleet.taking == {"blue1": "new", "blue2": "new"}
    assert one.clock.now < 70


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colours", [("blue",), ("green",), ("blue", "green")])
def test_slots_that_somebody_has_emptied_by_hand_are_replaced(
    kind: DeployKind, colours: tuple[str, ...]
) -> None:
    fleet = FakeFleet()
    for name, slot in fleet.slots.items():
        if slot.colour in colours:
            fleet.slots[name] = replace(slot, weight=100, taking="ready", up=False)
    one = bench(kind, fleet)
    assert one.deployer().run().end == "done"
    assert set(one.fleet.taking.values()) == {"new"}
    assert len(one.fleet.taking) == 2


def test_a_first_deploy_that_answers_with_errors_is_taken_out() -> None:
    one = bench("rolling", FakeFleet())
    one.judge = FakeJudge(("undecided", "fail"))
    assert one.deployer().run().end == "reverted"
    assert one.fleet.taking == {}


def test_a_first_deploy_that_is_not_healthy_leaves_nothing_behind() -> None:
    one = bench("rolling", FakeFleet(behaviours={"new": Behaviour(healthy=False)}))
    assert one.deployer().run().end == "reverted"
    assert one.fleet.taking == {}
    assert [slot.version for slot in one.fleet.slots.values()] == [None] * 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_that_never_gets_healthy_is_never_routed_to(kind: DeployKind) -> None:
    fleet = FakeFleet(behaviours={"new": Behaviour(healthy=False, said="503 no database")})
    one = bench(kind, fleet.running("old"))
    ended = one.deployer().run()
    assert (ended.end, ended.step.split()[0]) == ("reverted", "check")
    assert "green1 is not healthy after 120 s: 503 no database" in ended.reason
    assert [call for call in fleet.calls if call.startswith("weigh")] == []
    assert fleet.taking == {"blue1": "old", "blue2": "old"}
    assert fleet.slots["green1"].version is None


def test_a_failed_gate_explains_itself() -> None:
    fleet = FakeFleet(behaviours={"new": Behaviour(healthy=False, said="503 no database")})
    ended = bench("blue_green", fleet.running("old")).deployer().run()
    evidence = ended.evidence[0]
    assert evidence.probe is not None
    assert evidence.probe.said == "503 no database"
    assert evidence.lines == ("no database",)
    assert ended.remedy.startswith("It listens on 9000, and the strategy says 8000")


def test_a_version_that_ends_by_itself_is_not_waited_for() -> None:
    fleet = FakeFleet(behaviours={"new": Behaviour(ends=True)})
    one = bench("blue_green", fleet.running("old"))
    assert "does not run any more" in one.deployer().run().reason
    assert one.clock.now < 10


@pytest.mark.parametrize("kind", KINDS)
def test_a_worse_version_is_taken_back_by_weights_first(kind: DeployKind) -> None:
    one = bench(kind)
    one.judge = FakeJudge(("pass", "fail"))
    ended = one.deployer().run()
    assert ended.end == "reverted"
    assert "the new version does worse: fail, said the test" in ended.reason
    assert one.fleet.weights == {"blue1": 100, "blue2": 100}
    assert one.fleet.without_traffic == []
    back = one.fleet.calls.index(
        next(c for c in reversed(one.fleet.calls) if c.startswith("weigh"))
    )
    assert [c for c in one.fleet.calls[back:] if c.startswith("stop")] != []
    assert not any(c.startswith("stop") for c in one.fleet.calls[:back])


def test_a_rollback_by_weights_is_one_call() -> None:
    one = bench("canary")
    one.judge = FakeJudge(("fail",))
    one.deployer().run()
    assert [call for call in one.fleet.calls if call.startswith("weigh")] == [
        "weigh blue1=90 blue2=90 green1=10 green2=10",
        "weigh blue1=100 blue2=100 green1=0 green2=0",
    ]


def test_too_few_requests_hold_and_then_ask() -> None:
    one = bench("canary")
    one.judge, one.person = FakeJudge(("undecided",)), FakePerson(says=True)
    assert one.deployer().run().end == "done"
    assert "undecided, said the test" in one.person.asked[0]
    assert one.clock.now >= 300


def test_nobody_to_ask_leaves_it_waiting_with_the_canary_where_it_is() -> None:
    one = bench("canary")
    one.judge = FakeJudge(("undecided",))
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("waiting", "shift 10 %")
    assert one.fleet.weights == {"blue1": 90, "blue2": 90, "green1": 10, "green2": 10}
    assert one.record.found("shift 10 %")["waits"] == "waiting"


def test_an_answer_counts_for_the_step_that_waited_and_for_no_other() -> None:
    one = bench("canary")
    one.judge = FakeJudge(("undecided",))
    for step in ("shift 10 %", "shift 50 %", "bake"):
        ended = one.deployer(goes_on=True).run()
        assert (ended.end, ended.step) == ("waiting", step)
    began = one.clock.now
    assert one.deployer(goes_on=True).run().end == "done"
    assert one.clock.now - began < 100  # it is not waited for the hold a second time


def test_an_answer_does_not_help_a_version_that_fails() -> None:
    one = bench("canary")
    one.judge = FakeJudge(("undecided",))
    one.deployer().run()
    one.judge = FakeJudge(("fail",))
    assert one.deployer(goes_on=True).run().end == "reverted"


def test_a_person_may_say_no() -> None:
    one = bench("canary")
    one.judge, one.person = FakeJudge(("undecided",)), FakePerson(says=False)
    assert one.deployer().run().end == "reverted"
    assert one.fleet.taking == {"blue1": "old", "blue2": "old"}


@pytest.mark.parametrize(("undecided", "end"), [("go_on", "done"), ("revert", "reverted")])
def test_the_policy_decides_what_is_undecided(undecided: str, end: str) -> None:
    gate = DeployGate.model_validate({"when_undecided": undecided})
    one = bench("canary", gate=gate)
    one.judge = FakeJudge(("undecided",))
    assert one.deployer().run().end == end


def test_manual_starts_and_waits_for_a_person() -> None:
    one = bench("manual")
    ended = one.deployer().run()
    assert ended.end == "ready"
    assert ended.reason == "new is healthy in green1, green2, without traffic"
    assert one.fleet.taking == {"blue1": "old", "blue2": "old"}
    assert one.deployer(goes_on=True).run().end == "done"
    assert one.fleet.taking == {"green1": "new", "green2": "new"}


def test_a_failing_migration_ends_the_deploy_before_anything_starts() -> None:
    one = bench("rolling", around=Around(migrate=("alembic", "upgrade", "head")))
    one.fleet.migration = Ran(1, ("relation exists",))
    ended = one.deployer().run()
    assert ended.end == "reverted"
    assert "the migration ended with exit code 1: relation exists" in ended.reason
    assert moved(one.fleet.calls) == []


def test_a_refused_preflight_changes_nothing_and_has_every_reason() -> None:
    one = bench("rolling")
    one.fleet.problems = [Problem("no disk", "Free some."), Problem("no image", "Push it.")]
    ended = one.deployer().run()
    assert (ended.end, ended.reason) == ("reverted", "no disk; no image")
    assert ended.remedy == "Free some. Push it."
    assert one.record.begun_steps == ["preflight"]


def test_hooks_run_around_it_in_order() -> None:
    around = Around(before=[["announce"]], after=[["warm caches"]], reverted=[["apologise"]])
    one = bench("rolling", around=around)
    one.deployer().run()
    assert one.hooks.ran == ["announce", "warm caches"]
    assert one.events.steps()[-2:] == ["after 1", "release"]


def test_a_failing_hook_before_ends_it_and_the_reverted_ones_run() -> None:
    one = bench("rolling", around=Around(before=[["check tickets"]], reverted=[["apologise"]]))
    one.hooks = FakeHooks(failing="tickets")
    assert one.deployer().run().end == "reverted"
    assert one.hooks.ran == ["check tickets", "apologise"]


def test_a_failing_hook_afterwards_is_told_and_takes_nothing_back() -> None:
    one = bench("rolling", around=Around(after=[["tell the team"]]))
    one.hooks = FakeHooks(failing="tell")
    ended = one.deployer().run()
    assert ended.end == "done"
    assert ended.problems == ("the hook `tell the team` ended with exit code 1: no",)


def test_a_new_version_that_dies_in_the_bake_is_taken_back() -> None:
    one = bench("blue_green")
    judged = one.judge.verdict

    class Dying(FakeJudge):
        def verdict(self):  # type: ignore[no-untyped-def]
            one.fleet.kill("green1")
            return judged()

    one.judge = Dying()
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("reverted", "bake")
    assert "green1: the new version is not healthy any more" in ended.reason
    assert one.fleet.weights == {"blue1": 100, "blue2": 100}


def test_an_old_version_that_died_is_started_again_for_a_revert() -> None:
    one = bench("canary")

    class KillsTheOld(FakeJudge):
        def verdict(self):  # type: ignore[no-untyped-def]
            one.fleet.kill("blue1")
            one.fleet.kill("blue2")
            return FakeJudge(("fail",)).verdict()

    one.judge = KillsTheOld()
    assert one.deployer().run().end == "reverted"
    assert one.fleet.taking == {"blue1": "old", "blue2": "old"}
    assert "start blue1 old" in one.fleet.calls


def test_a_failing_outside_is_taken_back_with_its_reason() -> None:
    one = bench("blue_green")
    one.fleet.failing = {"start green2": "the engine does not answer"}
    ended = one.deployer().run()
    assert (ended.end, ended.reason) == ("reverted", "the engine does not answer")
    assert one.fleet.slots["green1"].version is None


def test_what_cannot_be_taken_back_stays_in_the_journal_for_the_next_run() -> None:
    one = bench("canary")
    one.judge = FakeJudge(("fail",))
    one.fleet.failing = {"weigh blue1=100": "the proxy does not answer"}
    with pytest.raises(OutsideError, match="the proxy does not answer"):
        one.deployer().run()
    one.fleet.failing = {}
    assert one.deployer().run().end == "reverted"
    assert one.fleet.weights == {"blue1": 100, "blue2": 100}


def test_after_the_bake_a_failure_is_left_to_the_next_run() -> None:
    one = bench("blue_green")
    one.fleet.failing = {"drain": "the proxy does not answer"}
    with pytest.raises(OutsideError, match="the new version has all traffic"):
        one.deployer().run()
    one.fleet.failing = {}
    assert one.deployer().run().end == "done"
    assert one.fleet.slots["blue1"].taking == "maint"


def test_open_requests_are_waited_for_up_to_the_cap() -> None:
    fleet = FakeFleet(behaviours={"old": Behaviour(open_requests=3)})
    one = bench("blue_green", fleet.running("old"), bake_seconds=0, drain_seconds=7)
    one.deployer().run()
    assert 7 <= one.clock.now < 9
    assert fleet.slots["blue1"].taking == "maint"


def test_two_versions_with_traffic_become_one_before_anything_else() -> None:
    fleet = FakeFleet().running("old")
    fleet.slots["green1"] = fleet.slots["blue1"].__class__(
        "green1", "green", 1, "here", "left", True, True, 10, "ready"
    )
    one = bench("blue_green", fleet)
    assert [step.name for step in one.plan.steps][:2] == ["preflight", "settle"]
    assert one.deployer().run().end == "done"
    assert fleet.taking == {"green1": "new", "green2": "new"}


def test_ctrl_c_takes_it_back() -> None:
    one = bench("canary")

    class Interrupts(FakeJudge):
        def verdict(self):  # type: ignore[no-untyped-def]
            raise KeyboardInterrupt

    one.judge = Interrupts()
    ended = one.deployer().run()
    assert (ended.end, ended.reason) == ("reverted", "interrupted by Ctrl-C")
    assert one.fleet.weights == {"blue1": 100, "blue2": 100}


class Pressed(FakeClock):
    """Time in which Ctrl-C is heard once, as soon as it was pressed."""

    pressed = False

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        if self.pressed:
            self.pressed = False
            raise KeyboardInterrupt


def test_ctrl_c_that_ends_a_hook_as_well_takes_the_deploy_back() -> None:
    one = bench("blue_green", around=Around(before=[["announce"]]))
    clock = one.clock = Pressed()

    class Interrupted(FakeHooks):
        def run(self, command: Sequence[str], version: Version) -> Ran:
            clock.pressed = True
            return Ran(-2, ())

    one.hooks = Interrupted()
    ended = one.deployer().run()
    assert (ended.end, ended.step) == ("reverted", "before 1")
    assert ended.reason.startswith("interrupted by Ctrl-C; the hook `announce` ended with")


def test_the_first_ctrl_c_does_not_end_what_is_taken_back_already() -> None:
    one = bench("blue_green")
    clock = one.clock = Pressed()

    class Presses(Events):
        def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
            clock.pressed = clock.pressed or kind == "reverting"
            super().event(kind, facts)

    one.judge, one.events = FakeJudge(("fail",)), Presses()
    assert one.deployer().run().end == "reverted"
    assert one.fleet.weights == {"blue1": 100, "blue2": 100}
    assert clock.pressed is False


def test_what_is_not_started_yet_is_not_judged() -> None:
    fleet = FakeFleet(2, behaviours={"old": Behaviour(open_requests=1)})
    one = bench("rolling", fleet.running("old"), drain_seconds=5)

    class SeesEverySlot(FakeJudge):
        def verdict(self) -> Verdict:
            assert all(fleet.slots[name].version == "new" for name in one.plan.new)
            return super().verdict()

    one.judge = SeesEverySlot()
    assert one.deployer().run().end == "done"
    assert one.judge.asked > 5


def test_what_was_started_and_runs_no_more_takes_an_unfinished_deploy_back() -> None:
    one = bench("blue_green")
    one.clock.fuse.moments = 9
    one.fleet.fuse = one.clock.fuse
    with pytest.raises(Killed):
        one.deployer().run()
    assert one.record.is_done("start green1")
    one.fleet.kill("green1")
    ended = one.deployer().run()
    assert ended.end == "reverted"
    assert "green1 was started before, and does not run any more" in ended.reason
    assert one.fleet.taking == {"blue1": "old", "blue2": "old"}
