"""How a version stands in a pod template: its image by digest, its marks, its variables.

The image and the variables are all that a deploy changes of a template. What else is in it
came from the rendered files, or from a change of the team's own, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from outgrow.clients.kubernetes_api import CONFIG_MAPS, Json, KubernetesApi
from outgrow.clients.kubernetes_objects import HASH_LABEL, ReplicaSet, mapping, sequence
from outgrow.deploy.values import Problem, Version
from outgrow.render.kubernetes.facts import UNRELEASED

VERSION_LABEL = "outgrow/version"
_ARTIFACT, _LABEL = "outgrow/artifact", "outgrow/label"
_CONFIGURATION = "outgrow/configuration"
_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
_HASH_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Workload:
    """One component on a cluster.

    `name` is that of its objects and of its container, `labels` find its pods, `variables` are
    its plain variables, `port` is where it listens, `copies` how many pods of it there are at
    the least.
    """

    name: str
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    port: int | None
    copies: int = 1


def artifact_problem(version: Version) -> Problem | None:
    """Return why a cluster cannot run `version`, None when it can."""
    if _DIGEST.fullmatch(version.artifact):
        return None
    return Problem(
        f"{version.artifact} is not an image with its digest, which every machine of a cluster "
        "can fetch and which never means another",
        "Push it to a registry and name it by what that answers: registry/app@sha256:...",
    )


def container_of(template: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue] | None:
    """Return the container of a component: the one of its name, or the only one."""
    found = [mapping(one) for one in sequence(mapping(template.get("spec")).get("containers"))]
    named = [one for one in found if one.get("name") == name] or found
    return named[0] if len(named) == 1 else None


def version_of(template: Mapping[str, JsonValue], name: str) -> Version | None:
    """Return the version in a template; None for one that was never released.

    Where somebody else has put the image there, it is called by the template's own hash.
    """
    container = container_of(template, name)
    image = str((container or {}).get("image", ""))
    metadata = mapping(template.get("metadata"))
    marks = mapping(metadata.get("annotations"))
    labels = mapping(metadata.get("labels"))
    if VERSION_LABEL in labels and marks.get(_ARTIFACT) == image:
        return Version(
            id=str(labels[VERSION_LABEL]),
            artifact=image,
            label=str(marks.get(_LABEL, "")),
            configuration=str(marks.get(_CONFIGURATION, "")),
        )
    if not image or image.endswith(f":{UNRELEASED}"):
        return None
    return Version(id=str(labels.get(HASH_LABEL, "")) or f"{name}-before", artifact=image)


def template_patch(
    template: Mapping[str, JsonValue], workload: Workload, version: Version, config: str | None
) -> Json:
    """Return what makes a template one of `version`, as a strategic merge patch."""
    container = container_of(template, workload.name) or {}
    changed: Json = {"name": container.get("name", workload.name), "image": version.artifact}
    if config is not None:
        changed["envFrom"] = _sources(sequence(container.get("envFrom")), workload.name, config)
    marks: Json = {
        _ARTIFACT: version.artifact,
        _LABEL: version.label,
        _CONFIGURATION: version.configuration,
    }
    return {
        "metadata": {"labels": {VERSION_LABEL: version.id}, "annotations": marks},
        "spec": {"containers": [changed]},
    }


def previous_template(found: ReplicaSet) -> Json:
    """Return the template of a ReplicaSet as its Deployment had it."""
    template = dict(found.spec.template)
    metadata = dict(mapping(template.get("metadata")))
    labels = mapping(metadata.get("labels"))
    metadata["labels"] = {key: value for key, value in labels.items() if key != HASH_LABEL}
    return {**template, "metadata": metadata}


def ensure_variables(api: KubernetesApi, workload: Workload, version: Version) -> str | None:
    """Return the ConfigMap with the variables of `version`, made if it is not there.

    None when the template names them already: the component has none, or the version says
    nothing of them. What is there is never changed, so that a version always starts alike.
    """
    if not workload.variables or not version.configuration:
        return None
    name = f"{workload.name}-config-{version.configuration[:_HASH_LENGTH].lower()}"
    body: Json = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": dict(workload.labels)},
        "immutable": True,
        "data": dict(workload.variables),
    }
    api.ensure(CONFIG_MAPS, body)
    return name


def _sources(found: list[JsonValue], name: str, config: str) -> list[JsonValue]:
    """Return where variables come from, with `config` in place of the component's ConfigMap."""
    ours = re.compile(rf"{re.escape(name)}-config(-[a-z0-9]+)?")
    kept: list[JsonValue] = []
    for one in found:
        of_config = mapping(mapping(one).get("configMapRef"))
        if not ours.fullmatch(str(of_config.get("name", ""))):
            kept.append(one)
    return [{"configMapRef": {"name": config}}, *kept]
