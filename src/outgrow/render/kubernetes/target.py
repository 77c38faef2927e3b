"""From a system to a Kustomize tree: a base, and an overlay for the environment."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.render.kubernetes.losses import losses
from outgrow.render.kubernetes.network import ingress, namespace_policies, part_policy
from outgrow.render.kubernetes.overlay import images, kustomization, namespace_objects
from outgrow.render.kubernetes.placement import Cluster, exposed, has_cluster, place
from outgrow.render.kubernetes.secrets_page import secret_commands, secrets_page
from outgrow.render.kubernetes.slots import has_route, route, slots
from outgrow.render.kubernetes.workloads import (
    autoscaler,
    deployment,
    disruption_budget,
    migration,
    scales,
    service,
    service_account,
    slot_service,
    stateful_set,
)
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Commented, Yaml, yaml_text


def cluster_rendering(system: System) -> Rendering:
    """Return the files that run `system` on a cluster.

    Where the strategy has a cluster, those are its parts on it. Where it has none, they are
    all parts of our own and the stores that are containers anyway, and every offering that
    a part leaves is a loss.
    """
    cluster = place(system)
    if not cluster.applications:
        return Rendering(files=())
    files = [_checkov(), *_base(cluster), *_overlay(cluster), *_migrations(cluster)]
    if secret_commands(cluster):
        files.append(RenderedFile("SECRETS.md", secrets_page(cluster)))
    return Rendering(
        files=tuple(files),
        losses=losses(cluster),
        covers=frozenset(part.name for part in cluster.parts),
        commands=_commands(cluster),
    )


TARGET = Target(
    name="kubernetes",
    title="Kubernetes, with Kustomize",
    applies=has_cluster,
    render=cluster_rendering,
)


def _checkov() -> RenderedFile:
    skipped: Yaml = {
        "skip-check": [Commented("CKV_K8S_21", "The overlay gives every object its namespace.")]
    }
    header = "checkov reads the files one by one; what it cannot see then is passed over here."
    return RenderedFile(".checkov.yaml", yaml_text(skipped, header=header))


def _base(cluster: Cluster) -> list[RenderedFile]:
    names = [f"{part.name}.yaml" for part in cluster.parts]
    listed: Yaml = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["network-policies.yaml", *names],
    }
    system = cluster.system
    header = (
        f"What runs in every environment of {system.name} in its phase {system.phase}. Counts, "
        "addresses, variables and images are in the overlays."
    )
    policies = [*namespace_policies(system), *(part_policy(cluster, p) for p in cluster.parts)]
    return [
        RenderedFile("base/kustomization.yaml", yaml_text(listed, header=header)),
        RenderedFile("base/network-policies.yaml", yaml_text(*policies, header=_POLICIES)),
        *(
            RenderedFile(f"base/{part.name}.yaml", _part_text(cluster, part))
            for part in cluster.parts
        ),
    ]


_POLICIES = "Nothing talks to anything, except along the links of the strategy (`talks_to`)."


def _part_text(cluster: Cluster, part: Part) -> str:
    header = f"{part.component}: {cluster.system.where(*part.path)}"
    objects: list[Yaml] = [service_account(cluster, part)]
    if part in cluster.stores:
        objects += [stateful_set(cluster, part)]
    elif found := slots(cluster, part):
        objects += [deployment(cluster, part, slot) for slot in found]
    else:
        objects += [deployment(cluster, part)]
    if part.listens is not None:
        objects.append(service(cluster, part, headless=part in cluster.stores))
    if has_route(cluster, part):
        objects += [slot_service(cluster, part, slot) for slot in slots(cluster, part)]
    return yaml_text(*objects, header=header)


def _overlay(cluster: Cluster) -> list[RenderedFile]:
    folder = f"overlays/{cluster.system.environment}"
    extras = [(part, _extras(cluster, part)) for part in cluster.applications]
    named = [(f"{part.name}.yaml", objects) for part, objects in extras if objects]
    routes = [part for part in cluster.applications if has_route(cluster, part)]
    named += [(f"{part.name}-route.yaml", [route(cluster, part)]) for part in routes]
    resources = ["../../base", "namespace.yaml", *(name for name, _ in named)]
    system = cluster.system
    header = (
        f"The environment {system.environment} "
        f"({system.where('environments', system.environment)})."
    )
    top = kustomization(cluster, resources)
    return [
        RenderedFile(f"{folder}/kustomization.yaml", yaml_text(top, header=header)),
        RenderedFile(f"{folder}/namespace.yaml", yaml_text(*namespace_objects(cluster))),
        *(RenderedFile(f"{folder}/{name}", yaml_text(*objects)) for name, objects in named),
    ]


def _extras(cluster: Cluster, part: Part) -> list[Yaml]:
    found: list[Yaml] = []
    if scales(part):
        found += [autoscaler(cluster, part, slot) for slot in slots(cluster, part) or (None,)]
    if part.instances.minimum > 1:
        found.append(disruption_budget(cluster, part))
    if exposed(cluster, part) and not has_route(cluster, part):
        found.append(ingress(cluster, part))
    return found


def _migrating(cluster: Cluster) -> Sequence[tuple[Part, list[str]]]:
    return [(p, p.run.migrate) for p in cluster.applications if p.run.migrate]


def _migrations(cluster: Cluster) -> list[RenderedFile]:
    found = _migrating(cluster)
    if not found:
        return []
    folder = f"overlays/{cluster.system.environment}/migrations"
    top: Yaml = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": cluster.namespace,
        "resources": [f"{part.name}.yaml" for part, _ in found],
        "images": images(cluster, tuple(part for part, _ in found)),
    }
    header = "Applied before the overlay above, and waited for: see the README of this tree."
    return [
        RenderedFile(f"{folder}/kustomization.yaml", yaml_text(top, header=header)),
        *(
            RenderedFile(f"{folder}/{part.name}.yaml", _migration_text(cluster, part, command))
            for part, command in found
        ),
    ]


def _migration_text(cluster: Cluster, part: Part, command: list[str]) -> str:
    account = service_account(cluster, part, f"{part.name}-migrate")
    header = f"{part.component}: {cluster.system.where(*part.path, 'run', 'migrate')}"
    return yaml_text(account, migration(cluster, part, command), header=header)


def _commands(cluster: Cluster) -> tuple[str, ...]:
    folder = f"overlays/{cluster.system.environment}"
    inside = f"kubectl --namespace {cluster.namespace}"
    found = [f"kubectl apply --filename {folder}/namespace.yaml", *secret_commands(cluster)]
    for part, _ in _migrating(cluster):
        found.append(f"{inside} delete job {part.name}-migrate --ignore-not-found")
    if _migrating(cluster):
        found.append(f"kubectl apply --kustomize {folder}/migrations")
    for part, _ in _migrating(cluster):
        found.append(
            f"{inside} wait job/{part.name}-migrate --for=condition=complete --timeout=15m"
        )
    slotted = [part for part in cluster.applications if slots(cluster, part)]
    # What a deploy has moved belongs to it: the server refuses to move it back, and says so.
    found.append(f"kubectl apply {'--server-side ' if slotted else ''}--kustomize {folder}")
    found += [
        f"{inside} rollout status deployment/{part.name} --timeout=10m"
        for part in cluster.applications
        if part not in slotted
    ]
    return tuple(found)
