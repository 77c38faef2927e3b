"""From a strategy to where a component runs on its cluster."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.render.kubernetes.written import CLUSTER

from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.clients.kubernetes_slots import KubernetesFleet
from outgrow.deploy.ports import Fleet, Rollout
from outgrow.errors import InputError
from outgrow.operations.deploying.backends import backend_for, module_name
from outgrow.operations.deploying.providers import kubernetes
from outgrow.operations.deploying.targets import DeployTarget, find_target
from outgrow.operations.opened import open_strategy
from outgrow.store.store import Store, open_store
from outgrow.strategy.deploys import DeployKind

BOUND = """
  production:
    urls: { api: https://api.shop.example }
    cluster: { context: shop-production, server: "https://k8s.shop.example:6443" }
"""
GATEWAY = BOUND.replace(':6443"', ':6443", gateway: { name: public }')


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "state.db", lambda: datetime(2026, 1, 1, tzinfo=UTC)) as found:
        yield found


def target(
    folder: Path, environments: str = BOUND, deploy: str = "rolling", component: str = "api"
) -> DeployTarget:
    text = CLUSTER.split("environments:")[0]
    text += f"environments:{environments}deploy: {{ strategy: {deploy} }}\n"
    (folder / "outgrow.yaml").write_text(text)
    return find_target(open_strategy(str(folder / "outgrow.yaml")), component, None)


def built(one: DeployTarget, store: Store, kind: DeployKind | None = None) -> Fleet | Rollout:
    return backend_for(one.opened, one.system, one.part, store, kind)


def test_what_runs_on_a_cluster_is_deployed_there(tmp_path: Path) -> None:
    one = target(tmp_path)
    assert module_name(one.system, one.part) == kubernetes.__name__


def test_rolling_is_the_deployment_in_the_namespace_of_the_environment(
    tmp_path: Path, store: Store
) -> None:
    rollout = built(target(tmp_path), store)
    assert isinstance(rollout, DeploymentRollout)
    said = rollout.describe()
    assert said == (
        "the Deployment api in namespace shop-production of https://k8s.shop.example:6443"
    )


@pytest.mark.parametrize(
    ("environments", "deploy", "routing"),
    [
        (BOUND, "blue_green", "the selector of the Service api"),
        (GATEWAY, "blue_green", "the HTTPRoute api"),
        (BOUND, "canary", "the HTTPRoute api"),
    ],
)
def test_two_slots_are_moved_by_what_was_rendered_for_them(
    tmp_path: Path, store: Store, environments: str, deploy: str, routing: str
) -> None:
    fleet = built(target(tmp_path, environments, deploy), store)
    assert isinstance(fleet, KubernetesFleet)
    assert fleet.describe().endswith(f"behind {routing}")


def test_a_worker_rolls_whatever_the_strategy_says(tmp_path: Path, store: Store) -> None:
    found = built(target(tmp_path, BOUND, "canary", "jobs"), store, "canary")
    assert isinstance(found, DeploymentRollout)


def test_an_environment_without_its_cluster_is_refused(tmp_path: Path, store: Store) -> None:
    bare = "\n  production: { urls: { api: https://api.shop.example } }\n"
    with pytest.raises(InputError, match="does not say which cluster") as refused:
        built(target(tmp_path, bare), store)
    assert "the current context of the kubeconfig is never used" in refused.value.remedy


def test_two_environments_in_one_namespace_are_refused(tmp_path: Path, store: Store) -> None:
    both = (
        BOUND
        + """  staging:
    cluster:
      { context: a, server: "https://K8S.shop.example:6443/", namespace: shop-production }
"""
    )
    with pytest.raises(InputError, match="production and staging have the same cluster"):
        built(target(tmp_path, both), store)


def test_two_environments_in_namespaces_of_their_own_are_not(tmp_path: Path, store: Store) -> None:
    both = (
        BOUND + '  staging: { cluster: { context: a, server: "https://k8s.shop.example:6443" } }\n'
    )
    assert built(target(tmp_path, both), store)


def test_slots_that_were_not_rendered_are_not_promised(tmp_path: Path, store: Store) -> None:
    with pytest.raises(InputError, match="api has one Deployment, since deploys are rolling"):
        built(target(tmp_path), store, "canary")


def test_a_digest_alone_is_one_of_the_image_that_is_named() -> None:
    digest = f"sha256:{7:064x}"
    resolver = kubernetes.ImageResolver("registry.example/shop/api:live")
    assert resolver.resolve(digest) == f"registry.example/shop/api@{digest}"
    with pytest.raises(InputError, match="a digest without its image"):
        kubernetes.ImageResolver(None).resolve(digest)
