"""Which managed host a component is deployed to, and when none is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.systems import opened, system

from outgrow.clients.clock import now
from outgrow.errors import InputError
from outgrow.operations.deploying.backends import module_name
from outgrow.operations.deploying.providers.hosted import build, resolver
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store, open_store
from outgrow.strategy.deploys import HostedDeploy

PLANTED = "planted-key-3e81"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The state, in a file."""
    with open_store(tmp_path / "state.db", now) as found:
        yield found


def nowry(
    hosted: dict[str, object] | None, phase: str = "hybrid", environment: str | None = None
) -> tuple[System, Part]:
    """Return the backend of nowry, with `deploy.hosted` as given."""
    found = system("nowry", phase, environment)
    named = {} if hosted is None else {"backend": HostedDeploy.model_validate(hosted)}
    deploy = found.strategy.deploy.model_copy(update={"hosted": named})
    strategy = found.strategy.model_copy(update={"deploy": deploy})
    found = replace(found, strategy=strategy)
    part = found.part("backend")
    assert part is not None
    return found, part


def described(
    store: Store, hosted: dict[str, object] | None, environment: str | None = None
) -> str:
    found, part = nowry(hosted, environment=environment)
    return build(opened("nowry"), found, part, store).describe()


@pytest.mark.parametrize(
    ("hosted", "said"),
    [
        ({"host": "railway", "service": "api"}, "the Railway service api"),
        ({"host": "vercel", "project": "web"}, "the Vercel project web"),
        ({"host": "render", "service": "srv-1"}, "the Render service srv-1"),
    ],
)
def test_a_token_means_the_api_of_the_host(
    store: Store, monkeypatch: pytest.MonkeyPatch, hosted: dict[str, object], said: str
) -> None:
    monkeypatch.setenv("KEY", PLANTED)
    assert described(store, {**hosted, "token": "env:KEY", "hook": "env:KEY"}) == said


def test_a_hook_alone_is_called(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", f"https://example.com/{PLANTED}")
    hosted = {"host": "railway", "hook": "env:KEY", "health_url": "https://example.com/health"}
    said = described(store, hosted)
    assert said == "a deploy hook of Railway, checked at https://example.com/health"


@pytest.mark.parametrize(
    ("hosted", "reason"),
    [
        (None, "nothing says how backend is deployed to railway"),
        ({"host": "railway"}, "deploy/hosted/backend names neither a hook nor a token"),
        ({"host": "railway", "token": "env:KEY"}, "deploy/hosted/backend names no service"),
        ({"host": "vercel", "token": "env:KEY"}, "deploy/hosted/backend names no project"),
        (
            {"host": "render", "service": "srv-1", "token": "env:NOT_SET"},
            "the token of backend is not set",
        ),
        (
            {"host": "other", "hook": "env:KEY", "environments": ["development"]},
            "deploy/hosted/backend deploys development, not production",
        ),
    ],
)
def test_what_is_missing_is_said(
    store: Store, monkeypatch: pytest.MonkeyPatch, hosted: dict[str, object] | None, reason: str
) -> None:
    monkeypatch.setenv("KEY", PLANTED)
    with pytest.raises(InputError, match=reason) as refused:
        described(store, hosted)
    assert refused.value.remedy
    assert PLANTED not in f"{refused.value} {refused.value.remedy}"


def test_the_hook_of_production_never_deploys_another_environment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "https://example.com/hook")
    hosted: dict[str, object] = {"host": "other", "hook": "env:KEY"}
    with pytest.raises(InputError, match="deploys production, not development"):
        described(store, hosted, "development")
    named = {**hosted, "environments": ["development", "production"]}
    assert described(store, named, "development") == "a deploy hook of Other"


def test_a_phase_that_runs_it_elsewhere_is_not_deployed_to_the_host() -> None:
    hosted: dict[str, object] = {"host": "railway", "hook": "env:KEY"}
    assert module_name(*nowry(hosted)).endswith(".hosted")
    assert module_name(*nowry(hosted, phase="aws")).endswith(".ecs")
    assert module_name(*nowry(hosted, environment="development")).endswith(".own_hosts")
    assert module_name(*nowry({"host": "other", "hook": "env:KEY"}, "aws")).endswith(".hosted")


def test_only_what_never_changes_its_meaning_is_deployed() -> None:
    found, part = nowry(None)
    takes = resolver(opened("nowry"), found, part)
    assert takes.resolve("ab" * 20) == "git:" + "ab" * 20
    image = "ghcr.io/a/b@sha256:" + "0" * 64
    assert [takes.resolve(one) for one in (image, "deployment:dpl_1")] == [
        image,
        "deployment:dpl_1",
    ]
    for branch in ("main", "abcdef1", "ghcr.io/a/b:v1"):
        with pytest.raises(InputError, match="may mean something else tomorrow"):
            takes.resolve(branch)
