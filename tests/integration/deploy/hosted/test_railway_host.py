"""Deployments of a service of Railway, against a stub of its GraphQL API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.integration.deploy.hosted.conftest import (
    COMMIT,
    IMAGE,
    OF_COMMIT,
    OF_IMAGE,
    TOKEN,
    Pause,
)
from tests.integration.deploy.hosted.stub_host import Answer, Asked, StubHost

from outgrow.clients.hosted import HostedRollout
from outgrow.clients.hosted_http import HostRefusal
from outgrow.clients.hosted_railway import RailwayHost
from outgrow.deploy.values import Version

PATH = "/graphql/v2"
_FIRST_FIELD = re.compile(r"\{\s*(\w+)")


def nodes(*listed: dict[str, Any]) -> dict[str, Any]:
    """Return a connection as GraphQL has it."""
    return {"edges": [{"node": one} for one in listed]}


class Railway:
    """What Railway keeps of one service, newest deployment first."""

    def __init__(self, stub: StubHost) -> None:
        self.deployments: list[dict[str, Any]] = [
            {"id": "d1", "status": "SUCCESS", "meta": {"commitHash": "cd" * 20}}
        ]
        self.image = ""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.errors: list[str] = []
        stub.on("POST", PATH, self._answer)

    def _answer(self, asked: Asked) -> Answer:
        found = _FIRST_FIELD.search(asked.body["query"])
        assert found is not None
        self.asked.append((found[1], asked.body["variables"]))
        if self.errors:
            return Answer(200, {"errors": [{"message": self.errors.pop()}], "data": None})
        data = getattr(self, f"_{found[1]}")(asked.body["variables"])
        return Answer(200, {"data": data})

    def _projectToken(self, _: Any) -> Any:  # noqa: N802
        return {"projectToken": {"projectId": "p1", "environmentId": "e1"}}

    def _project(self, variables: Any) -> Any:
        assert variables == {"id": "p1"}
        environments = nodes({"id": "e1", "name": "production"})
        services = nodes({"id": "s1", "name": "backend"})
        return {"project": {"environments": environments, "services": services}}

    def _deployments(self, variables: Any) -> Any:
        assert variables["input"] == {"projectId": "p1", "environmentId": "e1", "serviceId": "s1"}
        return {"deployments": nodes(*self.deployments)}

    def _deployment(self, variables: Any) -> Any:
        return {"deployment": next(d for d in self.deployments if d["id"] == variables["id"])}

    def _serviceInstanceUpdate(self, variables: Any) -> Any:  # noqa: N802
        self.image = variables["input"]["source"]["image"]
        return {"serviceInstanceUpdate": True}

    def _serviceInstanceDeployV2(self, variables: Any) -> Any:  # noqa: N802
        meta = {"commitHash": variables["commit"]} if "commit" in variables else {}
        return {"serviceInstanceDeployV2": self._add(meta or {"image": self.image})}

    def _deploymentRollback(self, _: Any) -> Any:  # noqa: N802
        self.become("REMOVED")
        self._add({})
        return {"deploymentRollback": True}

    def _deploymentCancel(self, _: Any) -> Any:  # noqa: N802
        self.become("REMOVED")
        return {"deploymentCancel": True}

    def _deploymentLogs(self, _: Any) -> Any:  # noqa: N802
        return {"deploymentLogs": [], "buildLogs": [{"message": "pip failed"}]}

    def _add(self, meta: dict[str, Any]) -> str:
        number = f"d{len(self.deployments) + 1}"
        self.deployments.insert(0, {"id": number, "status": "BUILDING", "meta": meta})
        return number

    def become(self, status: str) -> None:
        """Let the newest deployment have a status."""
        self.deployments[0]["status"] = status
        if status == "SUCCESS":
            for one in self.deployments[1:]:
                one["status"] = "REMOVED"

    def calls(self, name: str) -> list[dict[str, Any]]:
        """Return what a mutation was sent with."""
        return [variables for found, variables in self.asked if found == name]


@pytest.fixture
def railway(stub: StubHost) -> Railway:
    """A service with one deployment."""
    return Railway(stub)


@pytest.fixture
def rollout(stub: StubHost, railway: Railway, pause: Pause) -> HostedRollout:
    """The service as outgrow sees it, with a token of its project."""
    return HostedRollout(RailwayHost("", "production", "backend", TOKEN, pause, stub.address))


@pytest.mark.parametrize("version", [OF_COMMIT, OF_IMAGE])
def test_a_version_goes_live(
    rollout: HostedRollout, railway: Railway, stub: StubHost, version: Version
) -> None:
    assert rollout.preflight(version) == ()
    assert rollout.current() == Version("d1", "git:" + "cd" * 20, "d1")
    name = rollout.begin(version, "t1")
    assert rollout.begin(version, "t1") == name
    assert rollout.progress(name).phase == "running"
    railway.become("SUCCESS")
    assert rollout.progress(name).phase == "done"
    assert rollout.begin(version, "t1") == name
    assert len(railway.calls("serviceInstanceDeployV2")) == 1
    if version is OF_IMAGE:
        assert railway.image == IMAGE
    else:
        assert railway.calls("serviceInstanceDeployV2")[0]["commit"] == COMMIT
    assert stub.asked[0].headers["project-access-token"] == TOKEN.get_secret_value()


def test_the_token_of_an_account_needs_the_project(
    stub: StubHost, railway: Railway, pause: Pause
) -> None:
    host = RailwayHost("p1", "production", "s1", TOKEN, pause, stub.address)
    assert HostedRollout(host).preflight(OF_COMMIT) == ()
    assert not railway.calls("projectToken")
    assert stub.asked[0].headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"


@pytest.mark.parametrize(("status", "phase"), [("FAILED", "reverted"), ("CRASHED", "failed")])
def test_what_fails_says_so_with_the_log(
    rollout: HostedRollout, railway: Railway, status: str, phase: str
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    railway.become(status)
    assert (rollout.progress(name).phase, rollout.progress(name).reason) == (
        phase,
        f"Railway: {status}",
    )
    assert rollout.evidence(name)[0].lines == ("pip failed",)


def test_what_is_being_built_is_cancelled(rollout: HostedRollout, railway: Railway) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    rollout.abort(name)
    assert railway.calls("deploymentCancel") == [{"id": "d2"}]
    assert rollout.progress(name).phase == "reverted"


def test_what_is_live_is_rolled_back(rollout: HostedRollout, railway: Railway) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    railway.become("SUCCESS")
    rollout.abort(name)
    assert railway.calls("deploymentRollback") == [{"id": "d1"}]
    assert rollout.progress(name).phase == "reverted"


def test_a_service_that_is_not_there_names_those_that_are(
    stub: StubHost, railway: Railway, pause: Pause
) -> None:
    host = RailwayHost("p1", "production", "api", TOKEN, pause, stub.address)
    (found,) = HostedRollout(host).preflight(OF_COMMIT)
    assert found.reason.endswith("called 'api'; it has: backend")


def test_an_error_of_graphql_is_a_refusal(rollout: HostedRollout, railway: Railway) -> None:
    railway.errors = ["Not Authorized"]
    (found,) = rollout.preflight(OF_COMMIT)
    assert found.reason == "Railway does not let the token say what the token is for"
    rollout.current()
    railway.errors = ["Commit not found", "Commit not found"]
    with pytest.raises(HostRefusal, match="would not list deployments: Commit not found"):
        rollout.begin(OF_COMMIT, "t1")
