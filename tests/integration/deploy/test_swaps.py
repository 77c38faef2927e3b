"""Versions replaced on real HAProxy while 100 requests a second come in: none is lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.http_app.shop import QUICK, Shop, shop
from tests.integration.deploy.under_load import witnessed

from outgrow.deploy.proof import proof_from


@pytest.fixture
def served() -> Iterator[Shop]:
    """A shop whose version v1 takes the requests."""
    with shop() as found:
        found.write(strategy="blue_green", **QUICK)
        found.deploy(found.version("v1"))
        yield found


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary"])
def test_a_deploy_loses_no_request(kind: str, tmp_path: Path) -> None:
    executed = tmp_path / "executed"
    with shop(instances=2) as found:
        found.write(strategy=kind, shares=[0.2], **QUICK)
        settings = {"EXECUTED": str(executed)}
        found.deploy(found.version("v1", **settings))
        new = found.version("v2", **settings)

        seen = witnessed(found, lambda: found.deploy(new))

    assert seen.lost == []
    assert set(seen.proof.versions) == {"v1", "v2"}
    assert seen.versions_at_the_end() == {"v2"}
    # Nothing that was posted ran twice, neither on one version nor on both.
    posts = Counter(line.split()[0] for line in executed.read_text().splitlines())
    assert len(posts) == sum(one.kind == "post" for one in seen.samples)
    assert set(posts.values()) == {1}


def test_a_rollback_loses_no_request(served: Shop) -> None:
    served.deploy(served.version("v2"))

    back = ("rollback", "api", "--environment", "staging", "--yes")
    seen = witnessed(served, lambda: served.done(*back))

    assert seen.lost == []
    assert seen.versions_at_the_end() == {"v1"}


def test_the_old_version_may_be_killed_as_soon_as_the_weights_have_changed(served: Shop) -> None:
    new = served.version("v2")
    killed = []

    def deploy_and_kill() -> None:
        with served.events(*served.deploying(new)) as events:
            killed.extend(served.kill("v1") for one in events if one["event"] == "weights")

    seen = witnessed(served, deploy_and_kill)

    assert killed == [1]
    assert seen.lost == []
    assert seen.versions_at_the_end() == {"v2"}


def test_a_reload_of_haproxy_keeps_the_weights_and_loses_what_any_reload_loses(
    served: Shop,
) -> None:
    plain = witnessed(served, served.reload_proxy)
    served.deploy(served.version("v2"))

    after = witnessed(served, served.reload_proxy)

    assert set(after.proof.versions) == {"v2"}
    # What HAProxy itself loses: a connection that a client reuses at the very moment.
    assert len(after.lost) <= max(len(plain.lost), 2), after.lost


def test_a_version_that_never_gets_healthy_is_never_routed_to(served: Shop) -> None:
    served.write(strategy="blue_green", **{**QUICK, "health_gate_seconds": 2})
    bad = served.version("v2", HEALTHY="no")

    ends: list[subprocess.CompletedProcess[str]] = []
    seen = witnessed(served, lambda: ends.append(served.outgrow(*served.deploying(bad))))

    assert [one.returncode for one in ends] == [1]
    assert seen.lost == []
    assert set(seen.proof.versions) == {"v1"}


def test_a_version_with_errors_behind_a_canary_is_taken_back_before_many_see_it(
    served: Shop,
) -> None:
    served.write(strategy="canary", shares=[0.05], **{**QUICK, "bake_seconds": 5})
    bad = served.version("v2", ERROR_SHARE="0.3")

    ends: list[subprocess.CompletedProcess[str]] = []
    seen = witnessed(served, lambda: ends.append(served.outgrow(*served.deploying(bad))))

    assert [one.returncode for one in ends] == [1]
    assert {one.why for one in seen.samples if one.outcome != "ok"} <= {"status 500"}
    assert len(seen.lost) <= 15
    assert seen.versions_at_the_end() == {"v1"}


def test_a_proof_is_kept_with_the_deploy_and_shown_in_the_history(served: Shop) -> None:
    prove = ("--prove", "--prove-seconds", "1", "--prove-path", "/", "--prove-post", "/echo")

    done = served.deploy(served.version("v2"), *prove, "--json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    proof = proof_from(next(one["result"] for one in events if one["event"] == "proof"))
    assert proof.holds
    assert set(proof.versions) == {"v1", "v2"}
    assert proof.swap_seconds is not None
    history = served.done("deploys", "--environment", "staging").stdout
    assert f"0 of {proof.requests} lost" in history


def test_nothing_is_proved_where_the_rules_allow_no_load(served: Shop) -> None:
    served.write(strategy="blue_green", load_tests=False, **QUICK)

    refused = served.outgrow(*served.deploying(served.version("v2"), "--prove"))

    assert refused.returncode == 2
    assert "the rules of staging allow no load tests" in refused.stderr
    assert served.running_version() == "v1"


def test_two_deploys_at_once_are_one_and_a_refusal_that_names_the_other(served: Shop) -> None:
    # The lock is held through the last hook, and this one waits until somebody writes.
    gate = served.folder / "gate"
    os.mkfifo(gate)
    hooks = {"after": [["cat", str(gate)]]}
    served.write(strategy="blue_green", **{**QUICK, "hooks": hooks})
    new, other = served.version("v2"), served.version("v3")

    with served.events(*served.deploying(new)) as events:
        for event in events:
            if event["event"] == "step-started" and event["result"]["step"] == "after 1":
                refused = served.outgrow(*served.deploying(other))
                gate.write_text("go on")

    assert refused.returncode != 0
    assert str(events.pid) in refused.stderr
    assert served.running_version() == "v2"


def test_killed_at_any_step_the_next_command_ends_in_old_or_new_and_loses_nothing(
    served: Shop,
) -> None:
    versions = {"v1": served.version("v1"), "v2": served.version("v2")}
    ends = []

    def kill_at_each_step() -> None:
        for number in range(1, 9):
            old = served.running_version()
            new = "v2" if old == "v1" else "v1"
            killed_at = _killed_at_step(served, versions[new], number)
            where = ("api", "--environment", "staging", "--yes")
            forward = number % 2 == 0
            done = served.outgrow(*(("deploy", *where, "--resume") if forward else _back(where)))
            ends.append((killed_at, done.returncode, served.traffic(20), old, new, done.stderr))

    seen = witnessed(served, kill_at_each_step, longest_seconds=300)

    assert seen.lost == []
    for killed_at, code, answered, old, new, said in ends:
        assert code == 0, (killed_at, said)
        assert answered in ({old}, {new}), killed_at
    assert len({killed_at for killed_at, *_ in ends}) >= 6


def _back(where: tuple[str, ...]) -> tuple[str, ...]:
    return ("rollback", *where)


def _killed_at_step(found: Shop, image: str, number: int) -> str:
    """Kill a deploy with SIGKILL when it begins its step `number`; return the step's name."""
    step = "nothing"
    with found.events(*found.deploying(image)) as events:
        started = 0
        for event in events:
            started += event["event"] == "step-started"
            if started == number:
                step = event["result"]["step"]
                events.kill()
                break
    return step
