"""`outgrow deploy`, `rollback` and `promote` on fleets in memory."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from tests.unit.deploy.commanding import Shop, shop
from tests.unit.deploy.fake_fleet import Behaviour, FakeClock, Killed
from tests.unit.deploy.worlds import FakeJudge

from outgrow.cli.commands.deploys import (
    run_down,
    run_list,
    run_lock_break,
    run_lock_show,
    run_show,
    run_start,
    run_tidy,
)
from outgrow.cli.deploy_app import StrategyName
from outgrow.deploy.values import Ran
from outgrow.errors import InputError
from outgrow.operations.deploying.desk import deploy_state
from outgrow.operations.deploying.prove import ProveOptions
from outgrow.operations.deploying.records import Deployed, history
from outgrow.operations.deploying.targets import find_target
from outgrow.operations.opened import open_strategy
from outgrow.store.errors import LeaseTaken
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import Owner, this_process
from outgrow.strategy.deploys import DeployKind

GRACE = Owner("grace", "far", 7)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")


def test_the_flag_knows_every_strategy_of_the_file() -> None:
    assert get_args(StrategyName) == get_args(DeployKind)


def past(one: Shop, environment: str = "production") -> tuple[Deployed, ...]:
    target = find_target(open_strategy(str(one.folder)), None, environment)
    with deploy_state(target) as store:
        return history(Journal(store), "api", environment)


def running(one: Shop, environment: str = "production") -> set[str]:
    """Return the labels of the versions with traffic."""
    labels = {d.version.id: d.version.label for d in past(one, environment)}
    return {labels[str(v)] for v in one.backends.fleets[environment].taking.values()}


def test_a_deploy_ends_well_and_stands_in_the_history(tmp_path: Path) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:2") == 0
    assert running(one) == {"shop/api:2"}
    newest = past(one)[0]
    assert (newest.kind, newest.state, newest.strategy) == ("deploy", "done", "rolling")
    assert newest.version.artifact == "shop/api@sha256:2"
    assert newest.before is not None
    assert newest.before.label == "shop/api:1"


def test_the_environment_and_the_plan_are_printed_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    capsys.readouterr()
    assert one.deploy("shop/api:2", dry_run=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "environment  production"
    assert lines[1] == "component    api: 2 instances in memory"
    assert "  1  preflight        check that the version can be put in place" in lines
    assert one.fleet.calls == []


def test_the_same_version_again_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:1") == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert one.fleet.calls == []


def test_another_variable_alone_is_another_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    text = (tmp_path / "outgrow.yaml").read_text().replace("COLOUR: red", "COLOUR: blue, SIZE: s")
    (tmp_path / "outgrow.yaml").write_text(text)
    assert one.deploy("shop/api:1") == 0
    assert "variables    added SIZE; changed COLOUR" in capsys.readouterr().out
    assert one.fleet.taking.keys() == {"green1", "green2"}


def test_a_worse_version_is_taken_back_with_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.judge = FakeJudge(("fail",))
    assert one.deploy("shop/api:2", kind="canary") == 1
    assert running(one) == {"shop/api:1"}
    assert past(one)[0].state == "reverted"
    told = capsys.readouterr().out
    assert "taken back: api in production is as it was before (deploy 2)" in told
    assert "why: the new version does worse: fail, said the test" in told


def test_an_unhealthy_version_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path, deploy="{health_gate_seconds: 0.01}")
    real = one.fleet.start

    def start(slot, version):  # type: ignore[no-untyped-def]
        one.fleet.behaviours[version.id] = Behaviour(healthy=False, said="503 no database")
        real(slot, version)

    one.fleet.start = start  # type: ignore[method-assign]
    assert one.deploy("shop/api:2") == 1
    told = capsys.readouterr().out
    assert "green1: it listens on 9000, and not on 8000" in told
    assert "its health check last said: 503 no database" in told
    shown = [line.strip() for line in told.splitlines()]
    assert shown[shown.index("its last lines:") + 1] == "no database"
    assert "what to do: It listens on 9000, and the strategy says 8000" in told


def test_nobody_to_ask_holds_it_and_resume_is_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path, deploy="{bake_seconds: 0, drain_seconds: 0, gate: {hold_seconds: 0}}")
    one.judge = FakeJudge(("undecided",))
    assert one.deploy("shop/api:2", kind="canary") == 1
    assert past(one)[0].state == "waiting"
    assert "go on:   outgrow deploy api --environment production --resume" in (
        capsys.readouterr().out
    )
    assert one.deploy(resume=True) == 1  # yes to the first share; now the second is undecided
    assert one.deploy(resume=True) == 0
    assert running(one) == {"shop/api:2"}


def test_manual_is_ready_with_exit_code_0(tmp_path: Path) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:2", kind="manual") == 0
    assert (past(one)[0].state, running(one)) == ("ready", {"shop/api:1"})
    assert one.deploy(resume=True) == 0
    assert running(one) == {"shop/api:2"}


def test_what_waited_says_so_when_it_is_taken_back(tmp_path: Path) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:2", kind="manual") == 0
    assert one.rollback() == 0
    assert past(one)[0].reason == "it waited for an answer, and was taken back"


def test_instances_that_the_strategy_has_no_more_end_with_the_deploy(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.fleet.end_surplus = lambda: ["blue9 on here"]  # type: ignore[attr-defined]
    assert one.deploy("shop/api:2") == 0
    assert past(one)[0].steps[-1].found == {"ended": ["blue9 on here"]}


def test_the_same_version_resumes_after_a_kill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.fuse(8)
    with pytest.raises(Killed):
        one.deploy("shop/api:2")
    assert past(one)[0].state == "under way"
    assert one.deploy("shop/api:2") == 0
    assert "it goes on from there" in capsys.readouterr().out
    assert [(d.number, d.state) for d in past(one)] == [(2, "done"), (1, "done")]


def test_another_version_takes_the_unfinished_one_back_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.fuse(8)
    with pytest.raises(Killed):
        one.deploy("shop/api:2")
    assert one.deploy("shop/api:3") == 0
    assert "it is taken back first" in capsys.readouterr().out
    assert [(d.number, d.state) for d in past(one)] == [
        (3, "done"), (2, "reverted"), (1, "done"),
    ]  # fmt: skip
    assert running(one) == {"shop/api:3"}


def test_rollback_takes_an_unfinished_deploy_back(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.fuse(12)
    with pytest.raises(Killed):
        one.deploy("shop/api:2")
    assert one.rollback() == 0
    assert running(one) == {"shop/api:1"}
    assert [d.state for d in past(one)] == ["reverted", "done"]


def test_rollback_brings_the_warm_version_back_without_starting_anything(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2")
    one.fleet.calls.clear()
    assert one.rollback() == 0
    assert running(one) == {"shop/api:1"}
    assert not [call for call in one.fleet.calls if call.startswith("start")]
    assert past(one)[0].kind == "rollback"


def test_rollback_to_any_retained_version_starts_it_again(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2")
    one.deploy("shop/api:3")
    assert one.rollback("shop/api:1") == 0
    assert running(one) == {"shop/api:1"}


def test_a_version_that_is_not_retained_cannot_be_gone_back_to(tmp_path: Path) -> None:
    one = shop(tmp_path, deploy="{bake_seconds: 0, drain_seconds: 0, retain: 2}")
    one.deploy("shop/api:2")
    one.deploy("shop/api:3")
    with pytest.raises(InputError, match="'shop/api:1' is not among its versions"):
        one.rollback("shop/api:1")


def test_nothing_to_go_back_to_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no version to go back to"):
        shop(tmp_path).rollback()


def test_a_promotion_takes_the_same_artifact(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2", environment="staging")
    assert one.promote("staging", "production") == 0
    newest = past(one)[0]
    assert newest.version.artifact == past(one, "staging")[0].version.artifact
    assert newest.promoted_from == "staging"


def test_a_version_that_did_not_pass_is_not_promoted(tmp_path: Path) -> None:
    one = shop(tmp_path)
    with pytest.raises(InputError, match="no version has passed there"):
        one.promote("staging", "production")
    one.judge = FakeJudge(("fail",))
    one.deploy("shop/api:1", environment="staging")
    one.deploy("shop/api:2", environment="staging", kind="canary")
    one.judge = FakeJudge()
    assert one.promote("staging", "production") == 0
    assert running(one) == {"shop/api:1"}


def test_an_unfinished_deploy_in_staging_is_not_promoted(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:1", environment="staging")
    one.deploy("shop/api:2", environment="staging", kind="manual")
    with pytest.raises(InputError, match="deploy 3 of api in staging has not ended"):
        one.promote("staging", "production")


def test_migrations_reach_production_only_after_staging(tmp_path: Path) -> None:
    one = shop(tmp_path, rules="migrations_first_in: staging", run="migrate: [migrate]", first=None)
    with pytest.raises(InputError, match="have not run in staging"):
        one.deploy("shop/api:2")
    one.deploy("shop/api:2", environment="staging")
    assert one.deploy("shop/api:2") == 0
    assert "run_once migrate" in one.fleet.calls


def test_an_approval_is_wanted_and_kept(tmp_path: Path) -> None:
    one = shop(tmp_path, rules="approval: true")
    with pytest.raises(InputError, match="production wants somebody's approval"):
        one.deploy("shop/api:2")
    assert one.fleet.calls == []
    assert one.deploy("shop/api:2", approved_by="grace") == 0
    assert past(one)[0].approved_by == "grace"


def test_without_a_terminal_nothing_is_done_unasked(tmp_path: Path) -> None:
    one = shop(tmp_path)
    with pytest.raises(InputError, match="nobody is here to agree"):
        one.deploy("shop/api:2", yes=False)
    assert one.fleet.calls == []


def test_which_version_has_to_be_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which version of api is not said"):
        shop(tmp_path).deploy()
    with pytest.raises(InputError, match="no deploy of api in production was left unfinished"):
        Shop(tmp_path).deploy(resume=True)


def test_who_holds_the_lock_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = shop(tmp_path)
    capsys.readouterr()
    with locked(one), pytest.raises(LeaseTaken, match="grace on far") as refused:
        one.deploy("shop/api:2")
    assert one.fleet.calls == []
    assert "outgrow lock break" in refused.value.remedy
    assert capsys.readouterr().out == ""  # no plan for what is about to change


def test_a_lock_is_shown_and_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = shop(tmp_path)
    place = str(tmp_path)
    assert run_lock_show(place, None, None, as_json=False) == 0
    with locked(one):
        assert run_lock_show(place, None, None, as_json=False) == 1
        assert "grace on far (process 7) deploys api in production" in capsys.readouterr().out
        assert run_lock_break(place, None, None, yes=True, as_json=False) == 0
        assert one.deploy("shop/api:2") == 0


def test_the_lock_of_a_process_that_is_gone_keeps_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    gone = subprocess.Popen(["true"])
    gone.wait()
    with locked(one, replace(this_process(), pid=gone.pid)):
        assert run_lock_show(str(tmp_path), None, None, as_json=False) == 0
        assert "its process is gone" in capsys.readouterr().out
        assert one.deploy("shop/api:2") == 0


def test_what_was_kept_warm_is_stopped_in_its_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2")

    def tidied(*, every: bool) -> str:
        capsys.readouterr()
        run_tidy(
            str(tmp_path), None, None, every=every, dry_run=False, as_json=False,
            backends=one.backends,
        )  # fmt: skip
        return capsys.readouterr().out

    assert "ready until" in tidied(every=False)
    assert one.fleet.slots["blue1"].running
    assert "stopped" in tidied(every=True)
    assert not one.fleet.slots["blue1"].running
    assert running(one) == {"shop/api:2"}


def test_events_are_one_json_object_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    capsys.readouterr()
    assert one.deploy("shop/api:2", as_json=True) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["command"] for line in told} == {"deploy"}
    kinds = [line["event"] for line in told]
    assert (kinds[0], kinds[-1]) == ("plan", "result")
    assert {"step-started", "step-done", "weights"} <= set(kinds)
    assert told[-1]["result"]["ended"]["end"] == "done"


def test_no_value_of_a_variable_reaches_the_journal_or_the_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:planted-secret@db/shop")
    one = shop(tmp_path)
    one.deploy("shop/api:2", as_json=True)
    run_show(str(tmp_path), 2, as_json=True)
    told = capsys.readouterr()
    assert "planted-secret" not in told.out + told.err
    assert b"planted-secret" not in (tmp_path / ".outgrow" / "state.db").read_bytes()


def test_the_history_and_one_deploy_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2", kind="blue_green")
    capsys.readouterr()
    assert run_list(str(tmp_path), None, None, as_json=False) == 0
    listed = capsys.readouterr().out
    assert "blue-green" in listed
    assert "(shop/api:2)" in listed
    assert run_show(str(tmp_path), 2, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "deploy 2 of api in production: done" in shown
    assert "start green1" in shown


class locked:  # noqa: N801 - reads as a statement
    """Somebody else's lock on api in production."""

    def __init__(self, one: Shop, owner: Owner = GRACE) -> None:
        self._target = find_target(open_strategy(str(one.folder)), None, None)
        self._owner = owner

    def __enter__(self) -> None:
        with deploy_state(self._target) as store:
            Leases(store).take(self._target.lease, self._owner, 60)

    def __exit__(self, *_error: object) -> None:
        pass


def test_a_proof_hears_the_weights_and_stands_in_the_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:2", kind="blue_green", proof=ProveOptions()) == 0
    assert one.prover.heard == ["start", "weights", "finish"]
    proof = past(one)[0].proof
    assert proof is not None
    assert (proof["requests"], proof["failed"]) == (900, 0)
    capsys.readouterr()
    run_list(str(tmp_path), None, None, as_json=False)
    assert "0 of 900 lost" in capsys.readouterr().out


def test_a_label_of_several_versions_means_the_newest_that_does_not_run(tmp_path: Path) -> None:
    one = shop(tmp_path)
    path = tmp_path / "outgrow.yaml"
    for colour in ("blue", "green"):
        path.write_text(path.read_text().replace("COLOUR: red", f"COLOUR: {colour}"))
        path.write_text(path.read_text().replace("COLOUR: blue", f"COLOUR: {colour}"))
        one.deploy("shop/api:1")
    green, blue, red = (one.version.id for one in past(one))
    assert len({green, blue, red}) == 3
    assert one.rollback("shop/api:1") == 0
    assert past(one)[0].version.id == blue


def test_a_narrow_terminal_shows_whole_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = shop(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    capsys.readouterr()
    run_list(str(tmp_path), None, None, as_json=False)
    listed = capsys.readouterr().out
    assert past(one)[0].version.id in listed
    assert "…" not in listed


def test_a_deploy_that_is_gone_on_with_is_proved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.fuse(8)
    with pytest.raises(Killed):
        one.deploy("shop/api:2", kind="blue_green")
    assert past(one)[0].proof is None
    assert one.deploy(resume=True, proof=ProveOptions()) == 0
    assert one.prover.heard == ["start", "weights", "finish"]
    assert [bool(d.proof) for d in past(one)] == [True, False]
    capsys.readouterr()
    run_list(str(tmp_path), None, None, as_json=False)
    assert capsys.readouterr().out.count("0 of 900 lost") == 1


def test_every_piece_of_a_deploy_keeps_its_proof(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    assert one.deploy("shop/api:2", kind="manual", proof=ProveOptions()) == 0
    assert one.deploy(resume=True, proof=ProveOptions()) == 0
    assert one.prover.heard == ["start", "finish", "start", "weights", "finish"]
    newest = past(one)[0]
    assert (newest.state, len(newest.proofs)) == ("done", 2)
    capsys.readouterr()
    run_show(str(tmp_path), newest.number, as_json=False)
    assert capsys.readouterr().out.count("900 requests at 100/s") == 2


def test_what_is_taken_back_first_is_proved_with_the_deploy_it_was(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.fuse(40)
    with pytest.raises(Killed):
        one.deploy("shop/api:2", kind="rolling")
    one.fuse(None)
    assert one.deploy("shop/api:3", kind="blue_green", proof=ProveOptions()) == 0
    assert [(d.state, len(d.proofs)) for d in past(one)] == [
        ("done", 1), ("reverted", 1), ("done", 0),
    ]  # fmt: skip
    assert one.prover.heard.count("start") == one.prover.heard.count("finish") == 2


@pytest.mark.parametrize("as_json", [True, False])
def test_what_a_version_prints_of_its_secrets_reaches_nobody(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    (tmp_path / ".env.production").write_text("DATABASE_URL=postgres://shop:planted-1@db/shop\n")
    (tmp_path / "apology").write_text("sorry about planted-1\n")
    hooks = "hooks: {reverted: ['cat apology; exit 1']}"
    one = shop(tmp_path, run="migrate: ./migrate", deploy=f"{{health_gate_seconds: 0.01, {hooks}}}")
    one.fleet.secrets = ("planted-2",)
    one.fleet.migration = Ran(0, ("connects to postgres://shop:planted-1@db/shop",))
    one.fleet.lines = ("the password is planted-1", "and the token planted-2")
    real = one.fleet.start

    def start(slot, version):  # type: ignore[no-untyped-def]
        said = "503 no database at planted-1"
        one.fleet.behaviours[version.id] = Behaviour(healthy=False, said=said)
        real(slot, version)

    one.fleet.start = start  # type: ignore[method-assign]
    assert one.deploy("shop/api:2", as_json=as_json) == 1
    run_show(str(tmp_path), past(one)[0].number, as_json=as_json)
    told = "".join(capfd.readouterr())
    assert "the password is ***" in told
    assert "no database at ***" in past(one)[0].reason
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    given = {".env.production", "apology"}
    kept = b"".join(path.read_bytes() for path in written if path.name not in given)
    assert b"no database at ***" in kept
    assert "sorry about ***" in told
    assert "planted" not in told + kept.decode(errors="replace")


def test_what_a_failing_migration_prints_of_a_secret_is_not_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path, run="migrate: ./migrate")
    one.fleet.secrets = ("planted-2",)
    one.fleet.migration = Ran(1, ("cannot sign in with planted-2",))
    assert one.deploy("shop/api:2") == 1
    told = "".join(capfd.readouterr())
    assert "cannot sign in with ***" in told
    assert "planted" not in told + past(one)[0].reason


def test_what_had_the_traffic_is_started_again_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path)
    one.deploy("shop/api:2", kind="blue_green")
    for slot in one.fleet.slots:
        one.fleet.kill(slot)
    one.fleet.calls.clear()
    assert start_again(one) == 0
    started = [call.split()[1] for call in one.fleet.calls if call.startswith("start")]
    assert started == ["green1", "green2"]
    assert one.fleet.weights == {"green1": 100, "green2": 100}
    capsys.readouterr()
    assert start_again(one) == 0
    assert capsys.readouterr().out == "everything that should run there runs\n"


def test_what_somebody_has_removed_is_started_again_too(tmp_path: Path) -> None:
    one = shop(tmp_path)
    slot = one.fleet.slots["blue1"]
    one.fleet.slots["blue1"] = replace(slot, running=False, version=None)
    one.fleet.calls.clear()
    assert start_again(one) == 0
    assert [call.split()[1] for call in one.fleet.calls if call.startswith("start")] == ["blue1"]
    assert running(one) == {"shop/api:1"}


def test_what_is_not_healthy_after_a_restart_is_told_and_takes_no_traffic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path, deploy="{health_gate_seconds: 1}")
    for slot in one.fleet.slots:
        one.fleet.kill(slot)
    version = past(one)[0].version.id
    one.fleet.behaviours[version] = Behaviour(healthy=False, said="503 no database")
    assert start_again(one) == 1
    assert one.fleet.taking == {}
    assert "problem: it is not healthy: 503 no database" in capsys.readouterr().out


def test_nothing_is_started_again_while_a_deploy_is_unfinished(tmp_path: Path) -> None:
    one = shop(tmp_path)
    one.fuse(8)
    with pytest.raises(Killed):
        one.deploy("shop/api:2")
    with pytest.raises(InputError, match="a deploy of api in production has not ended"):
        start_again(one)


def start_again(one: Shop) -> int:
    return run_start(str(one.folder), None, as_json=False, backends=one.backends, pause=FakeClock())


def test_what_is_done_to_a_whole_environment_wants_no_component(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = shop(tmp_path, first=None)
    path = tmp_path / "outgrow.yaml"
    text = path.read_text().replace("phases:", "  jobs: {kind: worker}\nphases:")
    path.write_text(text.replace("use: {api:", "use: {jobs: {offering: self-hosted/docker}, api:"))
    assert start_again(one) == 0
    assert "everything that should run there runs" in capsys.readouterr().out


def test_what_a_provider_runs_is_not_ended_from_here(tmp_path: Path) -> None:
    path = tmp_path / "outgrow.yaml"
    path.write_text(
        "outgrow: 1\nname: shop\ncomponents: {api: {kind: service}, web: {kind: frontend}}\n"
        "phases: {one: {use: {api: {offering: aws/fargate}, web: {offering: vercel/pro}}}}\n"
    )
    with pytest.raises(InputError, match="nothing of production runs on machines of your own"):
        run_down(str(path), None, yes=True, as_json=False)
