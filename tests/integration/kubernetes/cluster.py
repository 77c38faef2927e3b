"""A fake cluster that holds what the renderer renders, and the real client that deploys to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from tests.engines.fake_kubernetes import Behaviour, FakeCluster, Fault, fake_kubernetes
from tests.engines.fake_kubernetes_controllers import pass_time
from tests.tools import run_tool, said
from tests.unit.render.kubernetes.written import system_of

from outgrow.clients.kubernetes_access import Access
from outgrow.clients.kubernetes_api import KubernetesApi
from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.clients.kubernetes_routing import GatewayRouting, SelectorRouting
from outgrow.clients.kubernetes_slots import KubernetesFleet, Wanted
from outgrow.clients.kubernetes_versions import Workload
from outgrow.deploy.values import Version
from outgrow.render.kubernetes.target import cluster_rendering

NAMESPACE = "shop"
WORKLOAD = Workload(
    name="api",
    labels={"app.kubernetes.io/name": "api", "app.kubernetes.io/component": "service"},
    variables={"MODE": "live"},
    port=8000,
    copies=2,
)
_PLURALS = {
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "Service": "services",
    "HTTPRoute": "httproutes",
}


def version(number: int, **changes: str) -> Version:
    """Return a version of the application, by the digest of its image."""
    artifact = f"registry.example/shop/api@sha256:{number:064x}"
    made = {"id": f"v{number}", "artifact": artifact, "label": f"release {number}"}
    return Version(**{**made, "configuration": "c0ffee0000aa", **changes})


ONE, TWO, THREE = version(1), version(2), version(3)


@dataclass
class World:
    """The cluster, and what a test opens on it. `waited` are the seconds that somebody waited."""

    cluster: FakeCluster
    kubeconfig: Path
    stack: ExitStack
    waited: list[float] = field(default_factory=list)
    watch: Callable[[], None] = lambda: None

    def api(self, context: str = "prod", server: str = "") -> KubernetesApi:
        """Return a client of its own, which waits by letting the cluster's time pass."""
        access = Access("production", context, server or self.cluster.url, str(self.kubeconfig))
        found = KubernetesApi(access, NAMESPACE, self.wait)
        self.stack.callback(found.close)
        return found

    def rollout(self) -> DeploymentRollout:
        """Return the Deployment that rolls, as a process that has just begun sees it."""
        return DeploymentRollout(self.api(), WORKLOAD)

    def fleet(
        self,
        kind: str = "blue_green",
        shares: tuple[float, ...] = (1.0,),
        sources: tuple[str, ...] = ("prometheus",),
    ) -> KubernetesFleet:
        """Return the two slots, behind a Service or a route."""
        api = self.api()
        is_canary = kind == "canary"
        routing = GatewayRouting(api, "api") if is_canary else SelectorRouting(api, "api")
        return KubernetesFleet(api, WORKLOAD, routing, Wanted(kind, shares, sources))

    def dies_after(self, method: str, part: str, earlier: int = 0) -> None:
        """Let the next such request, after `earlier` of them, be the last of a process."""
        fault = Fault(method, part, earlier=earlier, lost_answer=True, gone_after=True)
        self.cluster.faults.append(fault)

    def restarted(self) -> None:
        """Let the API answer again, to the next process."""
        self.cluster.gone = False
        self.cluster.faults.clear()

    def wait(self, seconds: float) -> None:
        """Let the cluster's time pass, and nobody's else."""
        self.waited.append(seconds)
        pass_time(self.cluster, seconds)
        self.watch()

    def until(self, holds: Callable[[], bool], seconds: float = 900, step: float = 2) -> None:
        """Let time pass until `holds`, which is asked after each `step`."""
        passed = 0.0
        while not holds():
            assert passed < seconds, f"not after {passed:g} seconds of the cluster"
            self.wait(step)
            passed += step

    def works(self, *versions: Version, **behaviour: Any) -> None:
        """Say what the images of versions do; by default they become ready."""
        for one in versions:
            self.cluster.images[one.artifact] = Behaviour(**behaviour)


@contextmanager
def world_of(strategy: str, folder: Path) -> Iterator[World]:
    """Yield a cluster to which the tree of `strategy` was applied, nothing deployed yet."""
    with fake_kubernetes() as cluster, ExitStack() as stack:
        for one in applied(strategy):
            if one["kind"] in _PLURALS:
                one["metadata"].pop("namespace", None)
                if one["metadata"]["name"] == "api" and one["kind"] == "Deployment":
                    one["spec"]["replicas"] = 3  # as its autoscaler has made it
                cluster.make(_PLURALS[one["kind"]], one, NAMESPACE)
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(cluster.kubeconfig(staging="http://127.0.0.1:9")))
        kubeconfig.chmod(0o600)
        pass_time(cluster, 5)
        yield World(cluster, kubeconfig, stack)


def applied(strategy: str) -> list[dict[str, Any]]:
    """Return the objects of the application in the tree that is rendered for `strategy`."""
    found = yaml.safe_load_all(_built(strategy))
    return [one for one in found if one["metadata"].get("name", "").startswith("api")]


@cache
def _built(strategy: str) -> str:
    """Return what Kustomize makes of the tree, once for all tests."""
    with TemporaryDirectory() as folder:
        for file in cluster_rendering(system_of(deploy={"strategy": strategy})).files:
            path = Path(folder) / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8")
        done = run_tool("kubectl", "kustomize", Path(folder) / "overlays/production")
    assert done.returncode == 0, said(done)
    return done.stdout
