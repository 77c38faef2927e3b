"""What a strategy asks for and a cluster's files cannot give."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.kubernetes.placement import Cluster, exposed
from outgrow.render.system.docker_only import docker_only
from outgrow.render.system.model import Part, Role
from outgrow.render.target import Loss
from outgrow.strategy.components import ComponentKind


def losses(cluster: Cluster) -> tuple[Loss, ...]:
    """Return everything of the strategy that these files leave out."""
    found = [*_of_the_system(cluster)]
    for part in cluster.parts:
        found += _of_part(cluster, part)
        found += _docker_options(part)
    return tuple(found)


def _docker_options(part: Part) -> Iterator[Loss]:
    if keys := docker_only(part):
        yield Loss(
            "kubernetes-docker-options",
            (*part.path, "run"),
            f"{', '.join(keys)} of {part.component}",
            "these are Docker's words, and pods here get no more rights than others",
            "Grant what it needs in an overlay of your own, or leave it on a machine.",
        )


def _of_the_system(cluster: Cluster) -> Iterator[Loss]:
    system = cluster.system
    if len(system.regions) > 1:
        yield Loss(
            "kubernetes-regions",
            ("phases", system.phase, "regions"),
            f"The phase runs in {len(system.regions)} regions.",
            "A cluster lives in one region.",
            "Apply the same overlay to one cluster in each region, behind latency routing.",
        )
    if system.settings.schedule is not None:
        yield Loss(
            "kubernetes-schedule",
            ("environments", system.environment, "schedule"),
            "The environment is stopped outside of its hours.",
            "Kubernetes has no hours; pods that are gone do not stop their machines.",
            "Stop the machines of the cluster on a schedule.",
        )
    if system.settings.env_file is not None:
        yield _env_file(("environments", system.environment, "env_file"))
    yield from _rate_limits(cluster)
    yield from _missing(cluster)


def _env_file(path: tuple[str | int, ...]) -> Loss:
    return Loss(
        "kubernetes-environment-file",
        path,
        "Variables come from a file that outgrow does not read.",
        "A pod gets its variables from a ConfigMap or a Secret.",
        "Name the variables under `environment` and `secrets`.",
    )


def _rate_limits(cluster: Cluster) -> Iterator[Loss]:
    system = cluster.system
    open_parts = [part for part in cluster.parts if exposed(cluster, part)]
    if system.strategy.rate_limits and open_parts and not system.parts_of(Role.EDGE):
        yield Loss(
            "kubernetes-rate-limits",
            ("rate_limits",),
            "Callers may only ask so often.",
            "An Ingress has no rate limit that every controller understands.",
            "Limit in the application, or with the middleware of your ingress controller.",
        )


def _missing(cluster: Cluster) -> Iterator[Loss]:
    """Yield what a user who asks for a cluster would expect there and does not get."""
    for part in cluster.system.parts if cluster.asked else ():
        if part.kind is ComponentKind.SANDBOX_POOL and not cluster.holds(part.name):
            yield Loss(
                "kubernetes-sandboxes",
                part.path,
                f"{part.component} starts sandboxes of its own.",
                "Sandboxes need more rights than a restricted namespace gives.",
                "Leave them where they are; the services reach them by their address.",
            )
        elif part.role is Role.EDGE and cluster.holds(part.runs_on or ""):
            yield Loss(
                "kubernetes-edge",
                part.path,
                f"{part.component} is part of what {part.runs_on} runs on.",
                "On a cluster that platform, and its edge, no longer stand before it.",
                "Give the component an offering of its own.",
            )


def _of_part(cluster: Cluster, part: Part) -> Iterator[Loss]:
    if cluster.asked and not part.service.startswith("self-hosted/") and part.service:
        yield Loss(
            "kubernetes-offering",
            part.resource.path,
            f"{part.component} is on {part.resource.offering_id}.",
            "These files run it on a cluster, which the phase neither has nor prices.",
            "Add a component on aws/eks and its machines, and let the part run on them.",
        )
    if part.role is Role.STORE and part.instances.maximum > 1:
        yield Loss(
            "kubernetes-store-copies",
            part.resource.path,
            f"{part.component} has {part.instances.maximum} copies.",
            "The image of a store does not replicate by itself; one copy is rendered.",
            "Use an operator for this store, or a managed one.",
        )
    if part.role is Role.STORE and cluster.system.strategy.retention.backups_days:
        yield Loss(
            "kubernetes-backups",
            ("retention", "backups_days"),
            f"Backups of {part.component} are kept.",
            "A claim's disk is not backed up by the objects of a cluster.",
            "Take snapshots of the volume, or dump to an object store.",
        )
    if part.run.environment_files:
        yield _env_file((*part.path, "run", "environment_files"))
    if part.role is Role.APPLICATION and part.run.volumes:
        yield Loss(
            "kubernetes-volumes",
            (*part.path, "run", "volumes"),
            f"{part.component} keeps files on its machine.",
            "Pods move between machines and several run at once; the folders here are temporary.",
            "Keep files in an object store, and what the image needs in the image.",
        )
    if part.spec.needs.sticky_sessions and exposed(cluster, part) and cluster.front != "alb":
        yield Loss(
            "kubernetes-sticky-sessions",
            (*part.path, "needs", "sticky_sessions"),
            f"A user of {part.component} stays with one container.",
            "An Ingress has no stickiness that every controller understands.",
            "Set the annotation or middleware of your ingress controller in an overlay.",
        )
