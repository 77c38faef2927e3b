"""A component on a Kubernetes cluster: its Deployment, or its two slots, as they are rendered."""

from __future__ import annotations

from pathlib import Path

from outgrow.clients.kubernetes_access import Access, same_server
from outgrow.clients.kubernetes_api import KubernetesApi
from outgrow.clients.kubernetes_rollout import DeploymentRollout
from outgrow.clients.kubernetes_routing import GatewayRouting, SelectorRouting
from outgrow.clients.kubernetes_slots import KubernetesFleet, Wanted
from outgrow.clients.kubernetes_versions import Workload
from outgrow.clients.registry import pinned
from outgrow.deploy.policy import deploy_policy
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.render.kubernetes.facts import selector
from outgrow.render.kubernetes.placement import Cluster, namespace_named, place
from outgrow.render.kubernetes.slots import has_route, slots
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployCluster, DeployKind


def build(
    opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None = None
) -> KubernetesFleet | DeploymentRollout:
    """Return where `part` runs; nothing is asked of the cluster yet.

    Everything that a deploy has to remember stands in the cluster: `state` is not used. Raises
    InputError for what the strategy does not say, or says of two environments at once.
    """
    del state
    settings = _settings(system)
    cluster = place(system)
    if not cluster.holds(part.name):
        raise InputError(
            f"{part.component} does not run on the cluster of {system.environment}",
            "`outgrow render kubernetes` shows what does.",
        )
    _refuse_shared(opened, system, settings, cluster.namespace)
    access = Access(
        system.environment, settings.context, settings.server, _kubeconfig(opened, settings)
    )
    api = KubernetesApi(access, cluster.namespace)
    workload = _workload(part)
    if slots(cluster, part):
        return _fleet(api, workload, cluster, part, kind)
    _refuse_beside(system, part, kind)
    return DeploymentRollout(api, workload)


class ImageResolver:
    """Knows which digest a tag means now, by its registry."""

    def __init__(self, name: str | None) -> None:
        self._name = name

    def resolve(self, reference: str) -> str:
        """Return the image by its digest. Raises InputError for one that is not there.

        A digest alone is one of the image that the strategy names.
        """
        if reference.startswith("sha256:"):
            if self._name is None:
                raise InputError(
                    f"{reference} is a digest without its image",
                    "Name it whole: registry/app@sha256:...",
                )
            reference = f"{self._name}@{reference}"
        return pinned(reference)


def resolver(opened: Opened, system: System, part: Part) -> ImageResolver:
    """Return what knows which image a tag of `part` means."""
    del opened, system
    image = part.image
    return ImageResolver(image.partition("@")[0] if image else None)


def _settings(system: System) -> DeployCluster:
    if system.settings.cluster is None:
        raise InputError(
            f"the environment {system.environment} does not say which cluster it runs on",
            f"Write environments/{system.environment}/cluster with its `context` and `server`; "
            "the current context of the kubeconfig is never used.",
        )
    return system.settings.cluster


def _refuse_shared(opened: Opened, system: System, settings: DeployCluster, namespace: str) -> None:
    """Refuse an environment that would deploy over another one."""
    for name, other in opened.strategy.environments.items():
        if name == system.environment or other.cluster is None:
            continue
        theirs = other.cluster.namespace or namespace_named(system.name, name)
        if same_server(other.cluster.server, settings.server) and theirs == namespace:
            raise InputError(
                f"the environments {system.environment} and {name} have the same cluster and "
                f"the same namespace {namespace}",
                f"Give each its own: environments/{name}/cluster/namespace.",
            )


def _refuse_beside(system: System, part: Part, kind: DeployKind | None) -> None:
    own = system.strategy.deploy.strategy
    if kind in ("blue_green", "canary") and kind != own:
        raise InputError(
            f"{part.component} has one Deployment, since deploys are {own}",
            f"Set deploy/strategy to {kind}, render the target kubernetes and apply it.",
        )


def _fleet(
    api: KubernetesApi, workload: Workload, cluster: Cluster, part: Part, kind: DeployKind | None
) -> KubernetesFleet:
    policy = deploy_policy(cluster.system.strategy.deploy, kind)
    by_route = has_route(cluster, part)
    routing = GatewayRouting(api, part.name) if by_route else SelectorRouting(api, part.name)
    wanted = Wanted(policy.kind, policy.shares, policy.gate.sources)
    return KubernetesFleet(api, workload, routing, wanted)


def _workload(part: Part) -> Workload:
    return Workload(
        name=part.name,
        labels={key: str(value) for key, value in selector(part).items()},
        variables=dict(part.environment),
        port=part.listens,
        copies=max(part.instances.minimum, 1),
    )


def _kubeconfig(opened: Opened, settings: DeployCluster) -> str | None:
    if settings.kubeconfig is None:
        return None
    return str(Path(opened.path).resolve().parent / Path(settings.kubeconfig).expanduser())
