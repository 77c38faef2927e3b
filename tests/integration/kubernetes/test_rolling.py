"""A Deployment takes a new version by itself, and goes back when it is told to."""

from __future__ import annotations

import copy

import pytest
from tests.engines.fake_kubernetes import Fault
from tests.engines.fake_kubernetes_controllers import ready_pods
from tests.integration.kubernetes.cluster import ONE, THREE, TWO, WORKLOAD, World, version

from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.deploy.ports import RolloutState
from outgrow.deploy.values import Version
from outgrow.errors import OutsideError


def deployed(world: World, wanted: Version) -> DeploymentRollout:
    """Deploy a version that works, to the end."""
    world.works(wanted)
    rollout = world.rollout()
    name = rollout.begin(wanted, f"deploy-of-{wanted.id}")
    world.until(lambda: rollout.progress(name).phase == "done")
    return rollout


def failed(world: World, rollout: DeploymentRollout, name: str, step: float = 2) -> RolloutState:
    world.until(lambda: rollout.progress(name).phase != "running", step=step)
    return rollout.progress(name)


def test_a_version_takes_over_and_never_fewer_pods_answer_than_before(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO)
    seen: list[RolloutState] = []

    def look() -> None:
        assert len(ready_pods(rolling.cluster, dict(WORKLOAD.labels))) >= 3
        seen.append(rollout.progress("second"))

    rolling.watch = look
    assert rollout.current() == ONE
    assert rollout.begin(TWO, "second") == "second"
    rolling.until(lambda: rollout.progress("second").phase == "done")
    assert rollout.current() == TWO
    shares = [one.share_new for one in seen if one.share_new is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any(0 < share < 1 for share in shares)


def test_the_template_changes_by_image_marks_and_variables_and_by_nothing_else(
    rolling: World,
) -> None:
    before = copy.deepcopy(rolling.cluster.get("deployments", "api")["spec"]["template"])
    deployed(rolling, ONE)
    after = rolling.cluster.get("deployments", "api")["spec"]["template"]
    container = after["spec"]["containers"][0]
    assert container["image"] == ONE.artifact
    assert container["envFrom"] == [{"configMapRef": {"name": "api-config-c0ffee0000"}}]
    assert after["metadata"]["labels"]["outgrow/version"] == "v1"
    for template in (before, after):
        for key in ("image", "envFrom"):
            del template["spec"]["containers"][0][key]
    assert after["spec"] == before["spec"]
    config = rolling.cluster.get("configmaps", "api-config-c0ffee0000")
    assert config["data"] == {"MODE": "live"}
    assert config["immutable"] is True


def test_every_write_says_who_wrote(rolling: World) -> None:
    deployed(rolling, ONE)
    assert {manager for manager, _, _ in rolling.cluster.writes} == {"outgrow"}


def test_the_same_token_never_begins_a_second_rollout(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    generation = rolling.cluster.get("deployments", "api")["metadata"]["generation"]
    assert rollout.begin(TWO, "deploy-of-v1") == "deploy-of-v1"
    assert rolling.cluster.get("deployments", "api")["metadata"]["generation"] == generation


def test_nothing_was_deployed_before_the_first_version(rolling: World) -> None:
    assert rolling.rollout().current() is None
    assert rolling.rollout().preflight(ONE) == []


def test_an_image_that_is_not_there_fails_at_once_and_says_so(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    name = rollout.begin(TWO, "bad")
    state = failed(rolling, rollout, name)
    assert state.phase == "failed"
    assert "ImagePullBackOff" in state.reason
    assert sum(rolling.waited[-30:]) < 60
    assert rollout.current() == ONE
    (evidence,) = rollout.evidence(name)
    assert TWO.artifact in "\n".join(evidence.lines)
    assert evidence.expected_port == 8000


def test_an_image_that_is_not_there_is_gone_back_from(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    name = rollout.begin(TWO, "bad")
    failed(rolling, rollout, name)
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverting"
    rolling.until(lambda: rollout.progress(name).phase == "reverted")
    assert rollout.current() == ONE
    assert len(ready_pods(rolling.cluster, {"outgrow/version": "v1"})) == 3
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverted"


def test_a_version_that_crashes_fails_with_its_exit_code_and_last_lines(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    printed = "starting\nconnecting to postgres://app:hunter2-planted@db/shop\nKeyError: 'SECRET'\n"
    rolling.works(TWO, does="crash", exit_code=3, log=printed)
    name = rollout.begin(TWO, "crashing")
    state = failed(rolling, rollout, name)
    assert (state.phase, "CrashLoopBackOff" in state.reason) == ("failed", True)
    (evidence,) = rollout.evidence(name)
    assert evidence.exit_code == 3
    assert not evidence.out_of_memory
    assert evidence.lines[-1] == "KeyError: 'SECRET'"
    assert any("BackOff" in line for line in evidence.lines)
    assert "hunter2-planted" not in str(evidence)


def test_a_version_out_of_memory_is_named_so(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO, does="crash", exit_code=137, reason="OOMKilled")
    name = rollout.begin(TWO, "greedy")
    failed(rolling, rollout, name)
    (evidence,) = rollout.evidence(name)
    assert evidence.out_of_memory
    assert evidence.exit_code == 137


def test_a_secret_that_is_not_there_fails_with_its_name(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO, does="config", message='secret "api-secrets" not found')
    name = rollout.begin(TWO, "no-secret")
    assert 'secret "api-secrets" not found' in failed(rolling, rollout, name).reason


def test_a_version_that_never_gets_ready_fails_at_the_deadline_of_the_deployment(
    rolling: World,
) -> None:
    rollout = deployed(rolling, ONE)
    said = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    rolling.works(TWO, does="unready", message=said)
    name = rollout.begin(TWO, "deaf")
    began = rolling.cluster.now
    state = failed(rolling, rollout, name, step=20)
    assert "ProgressDeadlineExceeded" in state.reason
    assert 600 < rolling.cluster.now - began < 660
    (evidence,) = rollout.evidence(name)
    assert evidence.probe is not None
    assert evidence.probe.said == said
    assert len(ready_pods(rolling.cluster, {"outgrow/version": "v1"})) == 3


def test_a_quota_that_leaves_no_room_is_the_reason_it_fails(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO)
    rolling.cluster.pod_quota = len(rolling.cluster.every("pods"))
    name = rollout.begin(TWO, "too-much")
    assert "exceeded quota" in failed(rolling, rollout, name).reason
    (evidence,) = rollout.evidence(name)
    assert "exceeded quota" in evidence.lines[0]


def test_a_change_by_somebody_else_in_between_is_kept(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO)
    cluster = rolling.cluster
    cluster.before_patch["deployments"] = lambda: cluster.touch("deployments", "api")
    name = rollout.begin(TWO, "second")
    assert "somebody/else" in cluster.get("deployments", "api")["metadata"]["annotations"]
    rolling.until(lambda: rollout.progress(name).phase == "done")
    assert rollout.current() == TWO


def test_a_process_that_was_killed_after_it_began_is_followed_by_one_that_goes_on(
    rolling: World,
) -> None:
    deployed(rolling, ONE)
    rolling.works(TWO)
    rolling.dies_after("PATCH", "deployments")
    with pytest.raises(OutsideError):
        rolling.rollout().begin(TWO, "second")
    rolling.restarted()
    generation = rolling.cluster.get("deployments", "api")["metadata"]["generation"]
    after = rolling.rollout()
    name = after.begin(TWO, "second")
    assert rolling.cluster.get("deployments", "api")["metadata"]["generation"] == generation
    rolling.until(lambda: after.progress(name).phase == "done")
    assert after.current() == TWO


def test_a_process_that_was_killed_while_it_went_back_is_followed_by_one_that_does(
    rolling: World,
) -> None:
    rollout = deployed(rolling, ONE)
    name = rollout.begin(TWO, "bad")
    failed(rolling, rollout, name)
    rolling.dies_after("PATCH", "deployments")
    with pytest.raises(OutsideError):
        rollout.abort(name)
    rolling.restarted()
    after = rolling.rollout()
    after.abort(name)
    rolling.until(lambda: after.progress(name).phase == "reverted")
    assert after.current() == ONE


@pytest.mark.parametrize("part", ["deployments", "configmaps", "jobs"])
def test_a_lost_answer_is_made_up_for_by_looking_again(rolling: World, part: str) -> None:
    deployed(rolling, ONE)
    rolling.works(TWO)
    cluster = rolling.cluster
    cluster.faults += [
        Fault("PATCH", part, lost_answer=True),
        Fault("POST", part, lost_answer=True),
    ]
    rollout = rolling.rollout()
    assert rollout.run_once(TWO, ["migrate"]).exit_code == 0
    before = cluster.get("deployments", "api")["metadata"]["generation"]
    name = rollout.begin(TWO, "second")
    assert cluster.get("deployments", "api")["metadata"]["generation"] == before + 1
    assert len(cluster.every("jobs")) == 1
    rolling.until(lambda: rollout.progress(name).phase == "done")


def test_an_earlier_version_can_be_deployed_again(rolling: World) -> None:
    deployed(rolling, ONE)
    rollout = deployed(rolling, TWO)
    name = rollout.begin(ONE, "back-to-one")
    rolling.until(lambda: rollout.progress(name).phase == "done")
    assert rollout.current() == ONE
    sets = rolling.cluster.every("replicasets")
    assert len(sets) == 3  # of the rendered image, of one, and of two: one's is used again


def test_a_rollout_that_was_done_can_be_gone_back_from(rolling: World) -> None:
    deployed(rolling, ONE)
    rollout = deployed(rolling, TWO)
    rollout.abort("deploy-of-v2")
    assert rollout.progress("deploy-of-v2").phase == "reverting"
    rolling.until(lambda: rollout.progress("deploy-of-v2").phase == "reverted")
    assert rollout.current() == ONE


def test_a_failed_version_is_not_what_the_next_one_goes_back_to(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    failed(rolling, rollout, rollout.begin(TWO, "bad"))
    name = rollout.begin(THREE, "worse")
    failed(rolling, rollout, name)
    rollout.abort(name)
    rolling.until(lambda: rollout.progress(name).phase == "reverted")
    assert rollout.current() == ONE


def test_a_rollout_that_another_replaced_has_failed_and_is_not_gone_back_from(
    rolling: World,
) -> None:
    rollout = deployed(rolling, ONE)
    deployed(rolling, TWO)
    state = rollout.progress("deploy-of-v1")
    assert (state.phase, state.reason) == ("failed", "another rollout has taken its place")
    with pytest.raises(OutsideError, match="another rollout since"):
        rollout.abort("deploy-of-v1")
    assert rollout.current() == TWO


def test_preflight_names_everything_that_is_in_the_way(rolling: World) -> None:
    cluster = rolling.cluster
    found = copy.deepcopy(cluster.get("deployments", "api"))
    found["spec"] |= {"paused": True, "replicas": 0}
    cluster.put("deployments", found)
    cluster.forbidden |= {("patch", "deployments"), ("get", "pods/log")}
    reasons = [one.reason for one in rolling.rollout().preflight(version(1, artifact="api:latest"))]
    expected = ["not an image with its digest", "may not patch deployments", "may not get pods/log"]
    expected += ["is paused", "has no pods"]
    assert all(any(one in reason for reason in reasons) for one in expected), reasons


def test_preflight_wants_the_rendered_files_applied(rolling: World) -> None:
    rolling.cluster.remove("deployments", "api")
    (problem,) = rolling.rollout().preflight(ONE)
    assert "there is no Deployment api" in problem.reason
    assert rolling.rollout().current() is None


def test_preflight_waits_for_somebody_elses_rollout(rolling: World) -> None:
    rollout = deployed(rolling, ONE)
    rolling.works(TWO, after_seconds=60)
    rollout.begin(TWO, "slow")
    rolling.wait(5)
    (problem,) = rolling.rollout().preflight(THREE)
    assert "being replaced right now" in problem.reason


def test_a_command_runs_once_with_the_new_image_and_the_same_variables(rolling: World) -> None:
    rolling.works(TWO, does="ends", log="upgraded to head\n")
    ran = rolling.rollout().run_once(TWO, ["alembic upgrade head"])
    assert (ran.exit_code, ran.lines) == (0, ("upgraded to head",))
    (job,) = rolling.cluster.every("jobs")
    pod = job["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["image"] == TWO.artifact
    assert container["args"] == ["sh", "-c", "alembic upgrade head"]
    assert container["env"][0]["valueFrom"]["secretKeyRef"]["name"] == "api-secrets"
    assert container["envFrom"] == [{"configMapRef": {"name": "api-config-c0ffee0000"}}]
    assert pod["restartPolicy"] == "Never"
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert not WORKLOAD.labels.items() <= labels.items()  # no Service sends requests to it


def test_a_command_that_fails_says_what_it_printed(rolling: World) -> None:
    rolling.works(TWO, does="ends", exit_code=1, log="relation exists\n")
    ran = rolling.rollout().run_once(TWO, ["alembic", "upgrade", "head"])
    assert ran.exit_code == 1
    assert ran.lines[0] == "relation exists"


def test_a_command_is_waited_for_and_not_run_again_by_the_next_process(rolling: World) -> None:
    rolling.works(TWO, does="ends", log="done\n")
    rolling.dies_after("POST", "jobs")
    with pytest.raises(OutsideError):
        rolling.rollout().run_once(TWO, ["migrate"])
    rolling.restarted()
    assert rolling.rollout().run_once(TWO, ["migrate"]).lines == ("done",)
    assert len(rolling.cluster.every("jobs")) == 1


def test_a_command_runs_again_once_its_end_was_told(rolling: World) -> None:
    rolling.works(TWO, does="ends", exit_code=1)
    assert rolling.rollout().run_once(TWO, ["migrate"]).exit_code == 1
    rolling.works(TWO, does="ends")
    assert rolling.rollout().run_once(TWO, ["migrate"]).exit_code == 0
    assert len(rolling.cluster.every("jobs")) == 2


def test_a_command_whose_image_is_not_there_is_given_up(rolling: World) -> None:
    with pytest.raises(OutsideError, match="ImagePullBackOff"):
        rolling.rollout().run_once(TWO, ["migrate"])
    assert rolling.cluster.every("jobs") == []
