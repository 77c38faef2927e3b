"""What belongs to one environment: its namespace, counts, addresses, variables, images."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.kit.text import folded, is_settings
from outgrow.render.kubernetes.facts import (
    UNRELEASED,
    Object,
    config_name,
    cpu,
    image_name,
    is_ours,
    memory,
    split_image,
)
from outgrow.render.kubernetes.placement import Cluster
from outgrow.render.kubernetes.pods import limited, requested
from outgrow.render.kubernetes.slots import slots
from outgrow.render.kubernetes.workloads import scales
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Commented, Folded, Yaml
from outgrow.strategy.environments import Size

_POD_SECURITY = "pod-security.kubernetes.io"


def kustomization(cluster: Cluster, resources: list[str]) -> Object:
    """Return the kustomization of the environment."""
    found: Object = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": cluster.namespace,
        "resources": [*resources],
    }
    configs = [_config(part) for part in cluster.parts if part.environment]
    if configs:
        found["configMapGenerator"] = Commented(
            configs, "Each name ends with a hash of its content, so a change starts new pods."
        )
    fixed = [p for p in cluster.applications if not scales(p) and not slots(cluster, p)]
    if fixed:
        found["replicas"] = [
            Commented(
                {"name": part.name, "count": part.instances.minimum},
                cluster.system.where(*part.resource.path),
            )
            for part in fixed
        ]
    found["images"] = images(cluster, cluster.parts)
    return found


def images(cluster: Cluster, parts: tuple[Part, ...]) -> Yaml:
    """Return which version of each image runs in this environment."""
    entries = {image_name(cluster.system, part): _image(cluster, part) for part in parts}
    if any(is_ours(part) for part in parts):
        return Commented(
            list(entries.values()),
            "`kustomize edit set image` writes what the pipeline has built, by its digest. Until "
            f"then `{UNRELEASED}` names an image that no registry has.",
        )
    return list(entries.values())


def namespace_objects(cluster: Cluster) -> list[Yaml]:
    """Return the namespace, and how much of the machines it may take."""
    system = cluster.system
    security = {f"{_POD_SECURITY}/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    labels: Object = {"app.kubernetes.io/part-of": system.name, **security}
    found: list[Yaml] = [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": cluster.namespace, "labels": labels},
        }
    ]
    if system.settings.fits_into is not None:
        found += [_quota(cluster), _limit_range(cluster)]
    return found


def _config(part: Part) -> Yaml:
    # Kustomize takes one pair of quotes off a value; this is the pair it takes.
    return {
        "name": config_name(part),
        "literals": [_literal(part, key, value) for key, value in part.environment.items()],
    }


def _literal(part: Part, key: str, value: str) -> Yaml:
    text = f'{key}="{value}"'
    return Folded(folded(text)) if is_settings(part, key) else text


def _image(cluster: Cluster, part: Part) -> Yaml:
    name = image_name(cluster.system, part)
    if is_ours(part) or part.image is None:
        return {"name": name, "newTag": UNRELEASED}
    _, tag, digest = split_image(part.image)
    if digest:
        return {"name": name, "digest": digest}
    return {"name": name, "newTag": tag or "latest"}


def _quota(cluster: Cluster) -> Yaml:
    system = cluster.system
    room, kept = system.settings.fits_into or Size(), system.settings.reserves or Size()
    vcpu, gib = _while_rolling(cluster)
    hard: Object = {}
    if room.vcpu is not None:
        hard["requests.cpu"] = cpu(max(room.vcpu - (kept.vcpu or 0), vcpu))
    if room.memory_gib is not None:
        hard["limits.memory"] = memory(max(room.memory_gib - (kept.memory_gib or 0), gib))
    if room.storage_gib is not None:
        hard["requests.storage"] = memory(room.storage_gib)
    where = system.where("environments", system.environment, "fits_into")
    why = (
        f"What the environment fits into ({where}), and never less than it takes while one "
        "container is replaced by the next."
    )
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "environment", "namespace": cluster.namespace},
        "spec": {"hard": Commented(hard, why)},
    }


def _while_rolling(cluster: Cluster) -> tuple[Decimal, Decimal]:
    """Return the vCPU and memory in GiB of all containers and of one more of the largest."""
    counts = [(part, _most(cluster, part)) for part in cluster.parts]
    vcpu = sum((requested(part)[0] * count for part, count in counts), Decimal(0))
    gib = sum((limited(part)[1] * count for part, count in counts), Decimal(0))
    more = [(requested(part)[0], limited(part)[1]) for part in cluster.applications]
    return vcpu + max(one[0] for one in more), gib + max(one[1] for one in more)


def _most(cluster: Cluster, part: Part) -> int:
    """Return how many containers of `part` there may be, both of its slots being full."""
    if part in cluster.stores:
        return 1
    return part.instances.maximum * max(len(slots(cluster, part)), 1)


def _limit_range(cluster: Cluster) -> Yaml:
    one: Object = {
        "type": "Container",
        "default": {"cpu": "500m", "memory": "512Mi"},
        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
    }
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "environment", "namespace": cluster.namespace},
        "spec": {
            "limits": Commented([one], "For pods that others start here: the quota wants limits.")
        },
    }
