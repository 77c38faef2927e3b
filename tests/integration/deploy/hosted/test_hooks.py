"""Hooks, which begin a deploy and tell nothing more, and addresses that tell a version."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.integration.deploy.hosted.conftest import COMMIT, IMAGE, OF_COMMIT, OF_IMAGE, Pause
from tests.integration.deploy.hosted.stub_host import Answer, StubHost

from outgrow.clients.clock import now
from outgrow.clients.hosted import HostedRollout
from outgrow.clients.hosted_hook import HookHost
from outgrow.clients.hosted_http import HostRefusal
from outgrow.operations.deploying.providers.hosted import HookLedger
from outgrow.store.store import Store, open_store

KEY = "planted-hook-key-90ab"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state, in a file."""
    with open_store(tmp_path / "state.db", now) as found:
        yield found


def hook(stub: StubHost, host: str, store: Store, pause: Pause) -> HookHost:
    """Return a hook whose address has a key in it."""
    address = SecretStr(f"{stub.address}/deploy/srv-1?key={KEY}")
    return HookHost(host, address, HookLedger(store, "api", "production"), pause)


@pytest.fixture
def other(stub: StubHost, store: Store, pause: Pause) -> HookHost:
    """A hook of a host of one's own."""
    stub.on("POST", "/deploy/srv-1", None, status=202)
    return hook(stub, "other", store, pause)


def test_a_hook_alone_begins_once_and_never_says_that_all_is_well(
    other: HookHost, stub: StubHost
) -> None:
    rollout = HostedRollout(other)
    assert rollout.preflight(OF_COMMIT) == ()
    name = rollout.begin(OF_COMMIT, "t1")
    assert rollout.begin(OF_COMMIT, "t1") == name
    assert rollout.begin(OF_COMMIT, "t2") == name
    first, second = stub.calls("POST", "/deploy/srv-1")
    assert first.body == {"version": "vnew", "artifact": f"git:{COMMIT}", "label": "v2"}
    assert (first.headers["idempotency-key"], second.headers["idempotency-key"]) == ("t1", "t2")
    state = rollout.progress(name)
    assert state.phase == "unknown"
    assert "nothing tells how it goes" in state.reason
    assert rollout.current() is None
    rollout.abort(name)
    state = rollout.progress(name)
    assert state.phase == "unknown"
    assert state.reason.endswith("cannot take vnew back: roll back in the host's own pages")


def test_a_hook_is_not_called_again_after_a_run_that_was_killed(
    other: HookHost, stub: StubHost, store: Store
) -> None:
    HookLedger(store, "api", "production").calling("t1")
    HostedRollout(other).begin(OF_COMMIT, "t1")
    assert stub.asked == []


def test_a_hook_that_said_no_may_be_called_again(
    other: HookHost, stub: StubHost, store: Store
) -> None:
    stub.failing = [Answer(401)]
    rollout = HostedRollout(other)
    with pytest.raises(HostRefusal):
        rollout.begin(OF_COMMIT, "t1")
    rollout.begin(OF_COMMIT, "t1")
    assert len(stub.asked) == 2


def test_a_hook_that_broke_off_may_have_begun_it(other: HookHost, stub: StubHost) -> None:
    stub.failing = [Answer(502)]
    rollout = HostedRollout(other)
    with pytest.raises(HostRefusal):
        rollout.begin(OF_COMMIT, "t1")
    rollout.begin(OF_COMMIT, "t1")
    assert len(stub.asked) == 1


@pytest.mark.parametrize(
    ("host", "image", "query"),
    [
        ("render", False, {"key": KEY, "ref": COMMIT}),
        ("render", True, {"key": KEY, "imgURL": IMAGE}),
        ("vercel", False, {"key": KEY}),
        ("railway", True, {"key": KEY}),
    ],
)
def test_each_host_is_told_what_to_run_in_its_own_way(
    stub: StubHost, store: Store, pause: Pause, host: str, image: bool, query: dict[str, str]
) -> None:
    stub.on("POST", "/deploy/srv-1", {"job": {"id": "j1", "state": "PENDING"}}, status=201)
    HostedRollout(hook(stub, host, store, pause)).begin(OF_IMAGE if image else OF_COMMIT, "t1")
    (asked,) = stub.asked
    assert asked.query == query


def test_the_address_of_a_hook_is_in_no_error(stub: StubHost, store: Store, pause: Pause) -> None:
    stub.failing = [Answer(500), Answer(401), Answer(429, {}, {"Retry-After": "60"}), Answer(404)]
    rollout = HostedRollout(hook(stub, "render", store, pause))
    said = rollout.describe()
    for at in range(4):
        with pytest.raises(HostRefusal) as refused:
            rollout.begin(OF_COMMIT, f"t{at}")
        said += f"{refused.value} {refused.value.remedy} {refused.value!r}"
    gone = SecretStr(f"http://127.0.0.1:1/deploy?key={KEY}")
    host = HookHost("render", gone, HookLedger(store, "api", "production"), pause)
    with pytest.raises(HostRefusal, match="ConnectError") as refused:
        HostedRollout(host).begin(OF_COMMIT, "t9")
    said += f"{refused.value} {refused.value.remedy} {host!r} {refused.value.__cause__}"
    assert KEY not in said
    assert "127.0.0.1" not in said


def test_nothing_is_logged_of_a_key(
    other: HookHost, stub: StubHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rollout = HostedRollout(other, f"{stub.address}/health?token={KEY}")
    rollout.progress(rollout.begin(OF_COMMIT, "t1"))
    assert len(stub.asked) == 2
    assert KEY not in caplog.text


def test_what_is_no_address_is_a_problem(store: Store, pause: Pause) -> None:
    host = HookHost("other", SecretStr(KEY), HookLedger(store, "api", "production"), pause)
    (found,) = HostedRollout(host).preflight(OF_COMMIT)
    assert found.reason == "the deploy hook is no address of the web"
    assert KEY not in str(found)


def test_a_health_address_says_when_the_new_version_answers(
    other: HookHost, stub: StubHost
) -> None:
    rollout = HostedRollout(other, f"{stub.address}/health?token={KEY}")
    stub.on("GET", "/health", {"version": "v1"})
    found = rollout.current()
    assert found is not None
    assert (found.id, found.artifact, found.label) == ("v1", "", "v1")
    name = rollout.begin(OF_COMMIT, "t1")
    state = rollout.progress(name)
    assert (state.phase, state.reason) == ("running", f"{stub.address}/health reports v1")
    assert rollout.evidence(name)[0].probe is not None
    stub.on("GET", "/health", {"status": "fine"})
    assert "names no version" in rollout.progress(name).reason
    stub.on("GET", "/health", {"version": COMMIT[:12]}, status=503)
    assert rollout.progress(name).phase == "running"
    stub.on("GET", "/health", {"version": COMMIT[:12]})
    assert rollout.progress(name).phase == "done"
    assert KEY not in f"{rollout.describe()} {rollout.progress(name)} {rollout.evidence(name)}"


def test_a_hook_has_gone_back_once_the_health_address_reports_another_version(
    other: HookHost, stub: StubHost
) -> None:
    rollout = HostedRollout(other, f"{stub.address}/health")
    stub.on("GET", "/health", {"version": "vnew"})
    name = rollout.begin(OF_COMMIT, "t1")
    rollout.abort(name)
    assert rollout.progress(name).phase == "unknown"
    stub.on("GET", "/health", {"version": "v1"})
    assert rollout.progress(name).phase == "reverted"


@pytest.mark.parametrize(
    ("header", "body", "known"),
    [
        ("vnew", None, True),
        (COMMIT, None, True),
        (None, {"commit": COMMIT[:7]}, True),
        (None, {"commit": COMMIT[:6]}, False),
        ("vold", {"version": "vold"}, False),
        (None, ["vnew"], False),
    ],
)
def test_a_version_is_known_by_its_id_or_its_commit(
    other: HookHost, stub: StubHost, header: str | None, body: object, known: bool
) -> None:
    headers = {"X-Outgrow-Version": header} if header else {}
    stub.on("GET", "/health", lambda _: Answer(200, body, headers))
    rollout = HostedRollout(other, f"{stub.address}/health")
    name = rollout.begin(OF_COMMIT, "t1")
    assert (rollout.progress(name).phase == "done") is known


def test_an_address_without_an_answer_is_not_well(other: HookHost) -> None:
    rollout = HostedRollout(other, "http://127.0.0.1:1/health")
    state = rollout.progress(rollout.begin(OF_COMMIT, "t1"))
    assert (state.phase, state.reason) == (
        "running",
        "http://127.0.0.1:1/health: no answer (ConnectError)",
    )
