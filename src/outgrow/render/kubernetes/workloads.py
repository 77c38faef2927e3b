"""The objects that run a part: Deployment or StatefulSet, Service, identity, migration."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.kubernetes.facts import (
    Object,
    is_ours,
    labels,
    memory,
    metadata,
    pulls_with_secret,
    secret_keys,
    selector,
    service_port,
)
from outgrow.render.kubernetes.placement import Cluster
from outgrow.render.kubernetes.pods import DATA_FOLDERS, migration_pod, pod_template
from outgrow.render.kubernetes.slots import Slot, slots
from outgrow.render.system.model import Part, System
from outgrow.render.writers.yaml_text import Commented, Yaml
from outgrow.strategy.deploys import Deploy

_ASSUMED_DISK_GIB = Decimal(10)
_DISK_SETTINGS = ("storage_gb", "storage_gib", "disk_gb", "disk_gib")
PULL_SECRET = "registry"
# checkov sees files one by one: these say why it may pass over what it finds.
_WAIVED = {
    "CKV_K8S_15": "a digest always names the same image; pulling it again changes nothing",
    "CKV_K8S_35": "the applications read their secrets from the environment",
    "CKV_K8S_43": "the pipeline puts the digest into the overlay",
}
_WAIVED_FOR_OTHERS = {
    "CKV_K8S_15": "what runs is what was tried; a newer image comes with a new tag",
    "CKV_K8S_43": "the tag names the release, and a machine that pulls it gets its fixes",
}


def deployment(cluster: Cluster, part: Part, slot: Slot | None = None) -> Object:
    """Return the Deployment of an application part; its overlay says how many of it run.

    That of a slot says nothing of it: a deploy fills the one slot and empties the other.
    """
    system = cluster.system
    label = slot.label if slot else {}
    spec: Object = {
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": 600,
        "minReadySeconds": _bake(system),
        "strategy": Commented(
            {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "A new container must be ready before an old one goes.",
        ),
        "selector": {"matchLabels": {**selector(part), **label}},
        "template": pod_template(cluster, part, label),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _slot_metadata(system, part, slot, annotations=waivers(part)),
        "spec": spec,
    }


def stateful_set(cluster: Cluster, part: Part) -> Object:
    """Return the StatefulSet of a store, one container with a disk of its own."""
    system = cluster.system
    claim: Object = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": _disk(system, part)}},
        },
    }
    spec: Object = {
        "serviceName": part.name,
        "replicas": 1,
        "revisionHistoryLimit": 5,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "selector": {"matchLabels": selector(part)},
        "template": pod_template(cluster, part),
    }
    if part.kind in DATA_FOLDERS:
        spec["volumeClaimTemplates"] = [claim]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata(system, part, annotations=waivers(part)),
        "spec": spec,
    }


def _slot_metadata(system: System, part: Part, slot: Slot | None, **more: Yaml) -> Object:
    found = metadata(system, part, slot.name if slot else "", **more)
    if slot is not None:
        found["labels"] = {**labels(system, part), **slot.label}
    return found


def slot_service(cluster: Cluster, part: Part, slot: Slot) -> Object:
    """Return the Service of one slot, which a route gives a weight."""
    found = service(cluster, part)
    spec = {**_mapping(found["spec"]), "selector": {**selector(part), **slot.label}}
    return {**found, "metadata": _slot_metadata(cluster.system, part, slot), "spec": spec}


def _mapping(value: Yaml) -> Object:
    return value if isinstance(value, dict) else {}


def service(cluster: Cluster, part: Part, *, headless: bool = False) -> Object:
    """Return the Service that gives the part its name inside the cluster."""
    spec: Object = {"type": "ClusterIP"}
    if headless:
        spec["clusterIP"] = "None"
    port = service_port(part)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(cluster.system, part),
        "spec": spec
        | {
            "selector": _selected(cluster, part),
            "ports": [{"name": port, "port": part.listens, "targetPort": port}],
        },
    }


def _selected(cluster: Cluster, part: Part) -> Yaml:
    found = slots(cluster, part)
    if not found:
        return selector(part)
    return Commented({**selector(part), **found[0].label}, "A deploy changes the slot.")


def service_account(cluster: Cluster, part: Part, name: str = "") -> Object:
    """Return an identity of the part's own, without access to the cluster's API."""
    account: Object = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(cluster.system, part, name),
        "automountServiceAccountToken": False,
    }
    if pulls_with_secret(cluster, part):
        account["imagePullSecrets"] = [{"name": PULL_SECRET}]
    return account


def migration(cluster: Cluster, part: Part, command: list[str]) -> Object:
    """Return the Job that changes the database's schema before a new version starts."""
    found = labels(cluster.system, part) | {"app.kubernetes.io/component": "migration"}
    spec: Object = {
        "backoffLimit": Commented(0, "A migration that failed half-way is looked at, not retried."),
        "activeDeadlineSeconds": 900,
        "ttlSecondsAfterFinished": 86400,
        "template": migration_pod(cluster, part, command),
    }
    name: Object = {
        "name": f"{part.name}-migrate",
        "labels": found,
        "annotations": waivers(part),
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": name, "spec": spec}


def autoscaler(cluster: Cluster, part: Part, slot: Slot | None = None) -> Object:
    """Return what adds and removes containers between the strategy's two ends.

    It leaves an empty slot alone: with no containers there is nothing to measure.
    """
    name = slot.name if slot else part.name
    target: Object = {"type": "Utilization", "averageUtilization": 70}
    spec: Object = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": max(part.instances.minimum, 1),
        "maxReplicas": part.instances.maximum,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        "behavior": Commented(
            {"scaleDown": {"stabilizationWindowSeconds": 300}},
            "Up at once, down only after five calm minutes.",
        ),
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _slot_metadata(cluster.system, part, slot),
        "spec": spec,
    }


def disruption_budget(cluster: Cluster, part: Part) -> Object:
    """Return the promise that maintenance takes one container of the part at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(cluster.system, part),
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(part)},
        },
    }


def scales(part: Part) -> bool:
    """Return whether the number of containers follows the load."""
    return part.instances.maximum > part.instances.minimum


def waivers(part: Part) -> Object:
    """Return the findings of checkov that are accepted, each with its reason."""
    reasons = dict(_WAIVED) if is_ours(part) else _WAIVED | _WAIVED_FOR_OTHERS
    if not secret_keys(part):
        del reasons["CKV_K8S_35"]
    found = enumerate(reasons.items(), 1)
    return {f"checkov.io/skip{i}": f"{code}={why}" for i, (code, why) in found}


def _bake(system: System) -> Yaml:
    deploy: Deploy = system.strategy.deploy
    if deploy.health_gate_seconds is None:
        return 10
    seconds = int(deploy.health_gate_seconds)
    return Commented(seconds, f"{system.where('deploy', 'health_gate_seconds')}")


def _disk(system: System, part: Part) -> Yaml:
    for name in _DISK_SETTINGS:
        value = part.setting(name)
        if isinstance(value, Decimal):
            return Commented(memory(value), f"{system.where(*part.resource.path)}")
    needed = part.spec.needs.storage_gib
    if needed is not None:
        where = system.where(*part.path, "needs", "storage_gib")
        return Commented(memory(needed), where)
    return Commented(
        memory(_ASSUMED_DISK_GIB), f"Assumed: {system.where(*part.path)} names no size."
    )
