"""Deployments of a project of Vercel, against a stub of its API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.deploy.hosted.conftest import COMMIT, OF_COMMIT, OF_IMAGE, TOKEN, Pause
from tests.integration.deploy.hosted.stub_host import Answer, Asked, StubHost

from outgrow.clients.hosted import HostedRollout
from outgrow.clients.hosted_http import HostRefusal
from outgrow.clients.hosted_vercel import VercelHost
from outgrow.deploy.values import Version

PROJECT = "/v9/projects/web"
TEAM = "team_1"


class Vercel:
    """What Vercel keeps: deployments, and which of them the domains lead to."""

    def __init__(self, stub: StubHost) -> None:
        self.stub = stub
        self.deployments: dict[str, dict[str, Any]] = {}
        self.request: dict[str, str] = {}
        self.link: dict[str, Any] = {"type": "github", "repoId": 7, "productionBranch": "main"}
        self.serving = self._add({"meta": {"githubCommitSha": "cd" * 20}}, "READY")
        stub.on("GET", PROJECT, lambda _: Answer(200, self._project()))
        stub.on("GET", "/v6/deployments", self._list)
        stub.on("POST", "/v13/deployments", self._create)

    def _project(self) -> dict[str, Any]:
        return {
            "id": "prj_1", "name": "web", "link": self.link,
            "targets": {"production": self.deployments[self.serving]},
            "lastAliasRequest": self.request or None,
        }  # fmt: skip

    def _add(self, made: dict[str, Any], state: str) -> str:
        number = f"dpl_{len(self.deployments) + 1}"
        self.deployments[number] = {"id": number, "uid": number, "readyState": state, **made}
        on, base = self.stub.on, f"/v13/deployments/{number}"
        on("GET", base, lambda _: Answer(200, self.deployments[number]))
        on("POST", f"/v10/projects/web/promote/{number}", lambda _: self._point(number, "promote"))
        on("POST", f"/v1/projects/web/rollback/{number}", lambda _: self._point(number, "rollback"))
        on("PATCH", f"/v12/deployments/{number}/cancel", lambda _: self._cancel(number))
        on("GET", f"/v3/deployments/{number}/events", [{"text": "failed"}, {"text": "building"}])
        return number

    def _list(self, asked: Asked) -> Answer:
        assert asked.query["projectId"] == "prj_1"
        return Answer(200, {"deployments": list(self.deployments.values())[::-1]})

    def _create(self, asked: Asked) -> Answer:
        assert asked.query == {"teamId": TEAM}
        number = self._add({"meta": asked.body["meta"], "asked": asked.body}, "QUEUED")
        return Answer(200, self.deployments[number])

    def _point(self, number: str, kind: str) -> Answer:
        self.request = {"toDeploymentId": number, "jobStatus": "pending", "type": kind}
        return Answer(201)

    def _cancel(self, number: str) -> Answer:
        if self.deployments[number]["readyState"] == "READY":
            return Answer(400, {"error": {"message": "already built"}})
        self.deployments[number]["readyState"] = "CANCELED"
        return Answer(200, self.deployments[number])

    def become(self, number: str, state: str) -> None:
        """Let a deployment have a state."""
        self.deployments[number]["readyState"] = state

    def lead(self, number: str) -> None:
        """Let the domains lead to a deployment."""
        self.serving = number
        self.request = {"toDeploymentId": number, "jobStatus": "succeeded"}


@pytest.fixture
def vercel(stub: StubHost) -> Vercel:
    """A project with one deployment."""
    return Vercel(stub)


@pytest.fixture
def rollout(stub: StubHost, vercel: Vercel, pause: Pause) -> HostedRollout:
    """The project as outgrow sees it."""
    return HostedRollout(VercelHost("web", TEAM, TOKEN, pause, stub.address))


def test_a_commit_is_built_and_then_led_to(rollout: HostedRollout, vercel: Vercel) -> None:
    assert rollout.preflight(OF_COMMIT) == ()
    assert rollout.current() == Version("dpl-1", "git:" + "cd" * 20, "dpl_1")
    name = rollout.begin(OF_COMMIT, "t1")
    assert rollout.begin(OF_COMMIT, "t1") == name
    asked = vercel.deployments["dpl_2"]["asked"]
    assert asked["gitSource"] == {"type": "github", "repoId": 7, "ref": "main", "sha": COMMIT}
    assert (asked["target"], len(vercel.deployments)) == ("production", 2)
    assert rollout.progress(name).phase == "running"
    vercel.become("dpl_2", "READY")
    assert rollout.progress(name).reason == "it is built; the domains lead elsewhere yet"
    vercel.lead("dpl_2")
    assert (rollout.progress(name).phase, rollout.progress(name).share_new) == ("done", 1.0)
    found = rollout.current()
    assert found is not None
    assert found.id == "vnew"


@pytest.mark.parametrize("state", ["ERROR", "CANCELED"])
def test_a_build_that_fails_never_gets_the_domains(
    rollout: HostedRollout, vercel: Vercel, state: str
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    vercel.deployments["dpl_2"]["errorMessage"] = "npm run build exited with 1"
    vercel.become("dpl_2", state)
    found = rollout.progress(name)
    assert (found.phase, found.reason) == (
        "reverted",
        f"Vercel: {state}, npm run build exited with 1",
    )
    assert rollout.evidence(name)[0].lines == ("building", "failed")


def test_a_deployment_that_is_there_is_promoted_and_not_built_again(
    rollout: HostedRollout, vercel: Vercel, stub: StubHost
) -> None:
    older = vercel._add({"meta": {}}, "READY")
    name = rollout.begin(Version("vold", f"deployment:{older}"), "t1")
    assert not stub.calls("POST", "/v13/deployments")
    assert rollout.progress(name).phase == "running"
    vercel.lead(older)
    assert rollout.progress(name).phase == "done"
    assert rollout.begin(Version("vold", f"deployment:{older}"), "t1")
    assert len(stub.calls("POST", f"/v10/projects/web/promote/{older}")) == 1


def test_domains_that_cannot_be_led_there_stay(rollout: HostedRollout, vercel: Vercel) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    vercel.become("dpl_2", "READY")
    vercel.request = {"toDeploymentId": "dpl_2", "jobStatus": "failed"}
    assert rollout.progress(name).phase == "reverted"


def test_a_build_is_cancelled_and_a_live_one_rolled_back(
    rollout: HostedRollout, vercel: Vercel, stub: StubHost
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverted"
    assert not stub.calls("POST", "/v1/projects/web/rollback/dpl_1")
    name = rollout.begin(OF_COMMIT, "t2")
    vercel.become("dpl_3", "READY")
    vercel.lead("dpl_3")
    rollout.abort(name)
    assert len(stub.calls("POST", "/v1/projects/web/rollback/dpl_1")) == 1
    vercel.lead("dpl_1")
    assert rollout.progress(name).phase == "reverted"


def test_what_was_built_meanwhile_is_rolled_back_instead(
    rollout: HostedRollout, vercel: Vercel, stub: StubHost
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    vercel.become("dpl_2", "READY")
    rollout.abort(name)
    assert len(stub.calls("POST", "/v1/projects/web/rollback/dpl_1")) == 1


def test_an_image_cannot_run_at_vercel(rollout: HostedRollout) -> None:
    (found,) = rollout.preflight(OF_IMAGE)
    assert found.remedy.startswith("Name a commit")


def test_a_project_without_a_repository_is_a_problem(
    rollout: HostedRollout, vercel: Vercel
) -> None:
    vercel.link = {}
    (found,) = rollout.preflight(OF_COMMIT)
    assert "linked to no repository" in found.reason


def test_what_vercel_says_no_to_is_passed_on(rollout: HostedRollout, stub: StubHost) -> None:
    refusal = {"error": {"code": "bad_request", "message": "The commit was not found"}}
    stub.on("POST", "/v13/deployments", refusal, status=400)
    with pytest.raises(HostRefusal, match=r"400.*The commit was not found"):
        rollout.begin(OF_COMMIT, "t1")
