"""Deploys of a service of Render, against a stub of its API."""

from __future__ import annotations

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
from outgrow.clients.hosted_render import RenderHost
from outgrow.deploy.values import Version

PATH = "/v1/services/srv-1"


class Render:
    """What Render keeps: deploys, newest first."""

    def __init__(self, stub: StubHost) -> None:
        self.deploys: list[dict[str, Any]] = [
            {"id": "dep-1", "status": "live", "commit": {"id": "cd" * 20}}
        ]
        self.queued = False
        stub.on("GET", PATH, {"id": "srv-1", "ownerId": "tea-1", "suspended": "not_suspended"})
        stub.on("GET", f"{PATH}/deploys", self._list)
        stub.on("POST", f"{PATH}/deploys", self._create)
        stub.on("POST", f"{PATH}/rollback", self._rollback)
        stub.on("GET", "/v1/logs", {"logs": [{"message": "second"}, {"message": "first"}]})
        self._stub = stub
        self._route("dep-1")

    def _list(self, _asked: Asked) -> Answer:
        return Answer(200, [{"deploy": one, "cursor": "c"} for one in self.deploys])

    def _create(self, asked: Asked) -> Answer:
        image = asked.body.get("imageUrl", "")
        made: dict[str, Any] = {"id": f"dep-{len(self.deploys) + 1}", "status": "build_in_progress"}
        if image:
            made["image"] = {"ref": image, "sha": image.split("@")[1]}
        else:
            made["commit"] = {"id": asked.body["commitId"]}
        return self._made(made)

    def _rollback(self, asked: Asked) -> Answer:
        assert asked.body["deployId"]
        self.become("deactivated")
        return self._made({"id": f"dep-{len(self.deploys) + 1}", "status": "live"})

    def _made(self, made: dict[str, Any]) -> Answer:
        self.deploys.insert(0, made)
        self._route(made["id"])
        return Answer(202) if self.queued else Answer(201, made)

    def _route(self, number: str) -> None:
        path = f"{PATH}/deploys/{number}"
        self._stub.on("GET", path, lambda _: Answer(200, self._of(number)))
        self._stub.on("POST", f"{path}/cancel", lambda _: self._cancel(number))

    def _of(self, number: str) -> dict[str, Any]:
        return next(one for one in self.deploys if one["id"] == number)

    def _cancel(self, number: str) -> Answer:
        self._of(number)["status"] = "canceled"
        return Answer(200, self._of(number))

    def become(self, status: str) -> None:
        """Let the newest deploy have a status; one that is live replaces the one before."""
        self.deploys[0]["status"] = status
        if status == "live":
            for one in self.deploys[1:]:
                if one["status"] == "live":
                    one["status"] = "deactivated"


@pytest.fixture
def render(stub: StubHost) -> Render:
    """A service with one deploy."""
    return Render(stub)


@pytest.fixture
def rollout(stub: StubHost, render: Render, pause: Pause) -> HostedRollout:
    """The service as outgrow sees it."""
    return HostedRollout(RenderHost("srv-1", TOKEN, pause, stub.address))


@pytest.mark.parametrize(
    ("version", "body"),
    [(OF_COMMIT, {"commitId": COMMIT}), (OF_IMAGE, {"imageUrl": IMAGE})],
)
def test_a_version_goes_live(
    rollout: HostedRollout, render: Render, stub: StubHost, version: Version, body: object
) -> None:
    assert rollout.preflight(version) == ()
    assert rollout.current() == Version("dep-1", "git:" + "cd" * 20, "dep-1")
    name = rollout.begin(version, "t1")
    assert rollout.progress(name).phase == "running"
    render.become("live")
    state = rollout.progress(name)
    assert (state.phase, state.share_new, state.reason) == ("done", 1.0, "Render: live")
    assert rollout.begin(version, "t1") == name
    (asked,) = stub.calls("POST", f"{PATH}/deploys")
    assert asked.body == body
    assert asked.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"
    found = rollout.current()
    assert found is not None
    assert found.artifact == version.artifact


@pytest.mark.parametrize("status", ["build_failed", "update_failed", "pre_deploy_failed"])
def test_what_fails_leaves_the_one_before_live(
    rollout: HostedRollout, render: Render, status: str
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    render.become(status)
    state = rollout.progress(name)
    assert (state.phase, state.reason) == ("reverted", f"Render: {status}")
    (found,) = rollout.evidence(name)
    assert found.lines == ("first", "second")
    assert rollout.begin(OF_COMMIT, "t2") != name


def test_what_is_being_built_is_cancelled(rollout: HostedRollout, stub: StubHost) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    rollout.abort(name)
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverted"
    assert len(stub.calls("POST", f"{PATH}/deploys/dep-2/cancel")) == 1
    assert not stub.calls("POST", f"{PATH}/rollback")


def test_what_is_live_is_rolled_back_to_the_one_before(
    rollout: HostedRollout, render: Render, stub: StubHost
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    render.become("live")
    rollout.abort(name)
    assert rollout.progress(name).phase == "reverted"
    assert [one.body for one in stub.calls("POST", f"{PATH}/rollback")] == [{"deployId": "dep-1"}]


def test_a_deploy_that_was_only_queued_is_found(rollout: HostedRollout, render: Render) -> None:
    render.queued = True
    name = rollout.begin(OF_COMMIT, "t1")
    assert rollout.progress(name).phase == "running"
    assert "dep-2" in name


def test_a_run_that_was_killed_finds_its_deploy(
    rollout: HostedRollout, render: Render, stub: StubHost
) -> None:
    name = rollout.begin(OF_COMMIT, "t1")
    render.become("live")
    assert rollout.begin(OF_COMMIT, "t1") == name
    assert len(stub.calls("POST", f"{PATH}/deploys")) == 1


@pytest.mark.parametrize(
    ("artifact", "named"),
    [("sha256:" + "0" * 64, "an image by its digest"), ("main", "a commit")],
)
def test_what_may_change_meaning_is_refused(
    rollout: HostedRollout, artifact: str, named: str
) -> None:
    (found,) = rollout.preflight(Version("v", artifact, "v2"))
    assert found.reason == "the Render service srv-1 cannot run v2"
    assert named in found.remedy


def test_a_command_cannot_run_before_it_is_live(rollout: HostedRollout) -> None:
    with pytest.raises(Exception, match="cannot run `alembic upgrade`") as refused:
        rollout.run_once(OF_COMMIT, ["alembic", "upgrade"])
    assert "pre-deploy command" in getattr(refused.value, "remedy", "")


def test_a_busy_host_is_asked_again_when_it_says(
    rollout: HostedRollout, stub: StubHost, pause: Pause
) -> None:
    stub.failing = [Answer(429, {}, {"Retry-After": "7"}), Answer(503)]
    assert rollout.current() is not None
    assert pause.waited == [7.0, 2.0]


def test_what_begins_something_is_never_sent_twice(
    rollout: HostedRollout, stub: StubHost, pause: Pause
) -> None:
    stub.on("POST", f"{PATH}/deploys", lambda _: Answer(429, {}, {"Retry-After": "30"}))
    with pytest.raises(HostRefusal, match="asks for fewer requests") as refused:
        rollout.begin(OF_COMMIT, "t1")
    assert refused.value.remedy == "Wait 30 s, and run it again."
    assert len(stub.calls("POST", f"{PATH}/deploys")) == 1
    assert pause.waited == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_taken_is_a_problem(
    rollout: HostedRollout, stub: StubHost, status: int
) -> None:
    stub.failing = [Answer(status, {"message": "Unauthorized " + TOKEN.get_secret_value()})] * 9
    (found,) = rollout.preflight(OF_COMMIT)
    assert found.reason.startswith(f"Render does not accept the token ({status})")
    assert "`token`" in found.remedy
    assert len(stub.asked) == 1
    assert TOKEN.get_secret_value() not in f"{found} {rollout!r}"


def test_a_host_that_never_answers_is_given_up(stub: StubHost, pause: Pause) -> None:
    host = RenderHost("srv-1", TOKEN, pause, stub.address, answer_seconds=0.1)
    stub.failing = [Answer(0)] * 9
    with pytest.raises(HostRefusal, match="does not answer \\(ReadTimeout\\)") as refused:
        HostedRollout(host).current()
    assert len(stub.asked) == 4
    assert stub.address not in f"{refused.value} {refused.value.remedy}"


def test_a_deploy_without_an_answer_may_have_begun(stub: StubHost, pause: Pause) -> None:
    Render(stub)
    stub.on("POST", f"{PATH}/deploys", lambda _: Answer(0))
    host = RenderHost("srv-1", TOKEN, pause, stub.address, answer_seconds=0.2)
    with pytest.raises(HostRefusal) as refused:
        HostedRollout(host).begin(OF_COMMIT, "t1")
    assert refused.value.may_have_begun
    assert "look there" in refused.value.remedy
    assert len(stub.calls("POST", f"{PATH}/deploys")) == 1
