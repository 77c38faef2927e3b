"""Which parts of a system run on a cluster, and what stands before that cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import ComponentKind

_CLUSTER_WORDS = re.compile(r"\b(kubernetes|k8s|k3s|k0s|microk8s|eks|gke|aks)\b", re.IGNORECASE)
_K3S = re.compile(r"\bk3s\b", re.IGNORECASE)
_HOST = re.compile(r"(?=.{4,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.IGNORECASE)

Front = Literal["alb", "traefik", "default"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The parts that run on the cluster and what they need to know of it.

    `asked` says that nobody planned a cluster: the user asked for one, and parts leave the
    offerings that the strategy gives them. `front` is the ingress controller.
    """

    system: System
    applications: tuple[Part, ...]
    stores: tuple[Part, ...]
    asked: bool
    front: Front

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return every part on the cluster, applications first."""
        return (*self.applications, *self.stores)

    @property
    def namespace(self) -> str:
        """Return the namespace of this environment."""
        return namespace_of(self.system)

    def holds(self, name: str) -> bool:
        """Return whether the part called `name` runs here."""
        return any(name == part.name for part in self.parts)


def namespace_of(system: System) -> str:
    """Return the namespace that a system lives in: `nowry-production`, or as it names it."""
    cluster = system.settings.cluster
    if cluster is not None and cluster.namespace:
        return cluster.namespace
    return namespace_named(system.name, system.environment)


def namespace_named(system: str, environment: str) -> str:
    """Return the namespace of an environment that does not name its own."""
    return safe_name(f"{system}-{environment}")[:63].rstrip("-")


def has_cluster(system: System) -> bool:
    """Return whether the strategy puts at least one application part on a cluster."""
    return bool(_planned(system))


def place(system: System) -> Cluster:
    """Return what runs on the cluster: as planned, or everything of ours if none is planned."""
    planned = _planned(system)
    chosen = planned or tuple(part for part in system.parts if _could_run(part))
    return Cluster(
        system=system,
        applications=tuple(p for p in chosen if p.role is Role.APPLICATION),
        stores=tuple(p for p in chosen if p.role is Role.STORE),
        asked=not planned,
        front=_front(system),
    )


def exposed(cluster: Cluster, part: Part) -> bool:
    """Return whether people outside of the cluster connect to `part`."""
    if part.listens is None or part.role is not Role.APPLICATION:
        return False
    edges = {p.name for p in cluster.system.parts_of(Role.EDGE)}
    return part.public or bool(edges & set(part.linked_from))


def host_of(part: Part) -> str | None:
    """Return the name that `part` answers to, or None where the strategy gives no real one."""
    host = part.host or ""
    if host == "localhost" or not _HOST.fullmatch(host) or host.replace(".", "").isdigit():
        return None
    return host.lower()


def _planned(system: System) -> tuple[Part, ...]:
    clusters = [part for part in system.parts if _is_cluster(part)]
    if not clusters:
        return ()
    carriers = {p.name for p in system.parts_of(Role.MACHINE)} | {p.name for p in clusters}
    found = tuple(p for p in system.parts if _could_run(p) and _is_carried(p, carriers))
    return found if any(p.role is Role.APPLICATION for p in found) else ()


def names_cluster(stack: str) -> bool:
    """Return whether the `stack` of a component says that it is a cluster, or is on one."""
    return bool(_CLUSTER_WORDS.search(stack))


def _is_cluster(part: Part) -> bool:
    if part.service == "aws/eks":
        return True
    return part.role is not Role.STORE and names_cluster(part.spec.stack)


def _is_carried(part: Part, carriers: set[str]) -> bool:
    if part.service == "aws/eks" or part.name in carriers:
        return True
    if part.service.startswith("self-hosted/"):
        return part.runs_on is None or part.runs_on in carriers
    return False


def _could_run(part: Part) -> bool:
    """Return whether a container of `part` can be run from what the strategy knows."""
    if part.role is Role.APPLICATION:
        return part.kind is not ComponentKind.SANDBOX_POOL or part.image is not None
    own = part.service.startswith("self-hosted/") or not part.service
    return part.role is Role.STORE and own and part.image is not None


def _front(system: System) -> Front:
    edges = system.parts_of(Role.EDGE)
    if any(part.service == "aws/alb" for part in edges):
        return "alb"
    if any(_K3S.search(part.spec.stack) for part in system.parts):
        return "traefik"
    return "default"
