"""The pod of a part: its container, what it may take, and everything it may not do."""

from __future__ import annotations

import re
from decimal import Decimal

from outgrow.render.kit.text import folded, is_settings
from outgrow.render.kubernetes.facts import (
    USER,
    Object,
    config_name,
    cpu,
    image_with_tag,
    labels,
    memory,
    secret_keys,
    secret_name,
    selector,
    service_port,
    whole_seconds,
)
from outgrow.render.kubernetes.placement import Cluster
from outgrow.render.kubernetes.probes import escaped, probes
from outgrow.render.system.model import Part, Role, System
from outgrow.render.writers.yaml_text import Commented, Folded, Yaml
from outgrow.strategy.components import ComponentKind

_DRAIN_SECONDS = 5
_GRACE_SECONDS = 30
_TEMPORARY = "/tmp"
_SCRATCH_GIB = Decimal(1)
# Folders that the official images write to beside their data.
_STORE_FOLDERS = {
    ComponentKind.POSTGRES: ("/var/run/postgresql",),
    ComponentKind.MYSQL: ("/var/run/mysqld",),
    ComponentKind.MONGODB: ("/data/configdb",),
}
DATA_FOLDERS = {
    ComponentKind.POSTGRES: "/var/lib/postgresql/data",
    ComponentKind.MONGODB: "/data/db",
    ComponentKind.REDIS: "/data",
    ComponentKind.MYSQL: "/var/lib/mysql",
}


def pod_template(cluster: Cluster, part: Part, label: Object | None = None) -> Object:
    """Return the pod template of a Deployment or a StatefulSet; `label` is that of its slot."""
    more = label or {}
    spec: Object = {
        **_identity(part.name),
        "securityContext": pod_security(part),
        "topologySpreadConstraints": _spread(part, more),
        "terminationGracePeriodSeconds": _grace(cluster.system, part),
        "containers": [_container(cluster.system, part)],
        "volumes": [_scratch_volume(name) for name, _ in _scratch(part)],
    }
    return {"metadata": {"labels": {**labels(cluster.system, part), **more}}, "spec": spec}


def _plain_variables(part: Part) -> list[Yaml]:
    """Return variables of whose values the kubelet replaces nothing."""
    return [
        {
            "name": key,
            "value": Folded(folded(value)) if is_settings(part, key) else escaped(value),
        }
        for key, value in part.environment.items()
    ]


def migration_pod(cluster: Cluster, part: Part, command: list[str]) -> Object:
    """Return the pod that runs `command` once with the part's image and variables."""
    system = cluster.system
    container: Object = {
        "name": "migrate",
        "image": image_with_tag(system, part),
        "args": words(command),
        "env": [
            *_plain_variables(part),
            *_secret_variables(part),
        ],
        "resources": _resources(system, part),
        "securityContext": container_security(),
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in _scratch(part)],
    }
    found = labels(system, part) | {"app.kubernetes.io/component": "migration"}
    spec: Object = {
        **_identity(f"{part.name}-migrate"),
        "restartPolicy": "Never",
        "securityContext": pod_security(part),
        "containers": [container],
        "volumes": [_scratch_volume(name) for name, _ in _scratch(part)],
    }
    return {"metadata": {"labels": found}, "spec": spec}


def words(command: list[str]) -> list[Yaml]:
    """Return a command as a list; one text is what a shell runs."""
    if len(command) == 1:
        return ["sh", "-c", escaped(command[0])]
    return [escaped(word) for word in command]


def _with_secrets(part: Part, command: list[str]) -> list[Yaml]:
    """Return a command in which the kubelet fills in a secret that no shell would: `$(KEY)`."""
    if not part.secrets or len(command) == 1 or "-c" in command:
        return words(command)
    named = "|".join(map(re.escape, part.secrets))
    return [re.sub(rf"\$\{{({named})\}}", r"$(\1)", escaped(word)) for word in command]


def pod_security(part: Part) -> Object:
    """Return what every container of the pod is bound to."""
    named = part.run.user or ""
    user = (int(named) if named.isdecimal() else 0) or USER
    security: Object = {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if part.listens is not None and part.listens < 1024:
        security["sysctls"] = Commented(
            [{"name": "net.ipv4.ip_unprivileged_port_start", "value": str(part.listens)}],
            f"Port {part.listens} without root; the pod's own network only.",
        )
    return security


def container_security() -> Object:
    """Return what a container may not do."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _identity(account: str) -> Object:
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
    }


def _spread(part: Part, more: Object) -> list[Yaml]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {**selector(part), **more}},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _grace(system: System, part: Part) -> Yaml:
    stop = part.run.stop_seconds
    longest = part.spec.needs.longest_request_seconds
    if stop is not None:
        return Commented(
            whole_seconds(stop) + _drain(part), f"{system.where(*part.path, 'run', 'stop_seconds')}"
        )
    if longest is not None and longest > _GRACE_SECONDS - _DRAIN_SECONDS:
        where = system.where(*part.path, "needs", "longest_request_seconds")
        seconds = whole_seconds(longest) + _drain(part) + _DRAIN_SECONDS
        return Commented(seconds, f"The longest request takes {longest} s ({where}).")
    return _GRACE_SECONDS + _drain(part)


def _drain(part: Part) -> int:
    return _DRAIN_SECONDS if _is_endpoint(part) else 0


def _is_endpoint(part: Part) -> bool:
    return part.listens is not None and part.role is Role.APPLICATION


def _container(system: System, part: Part) -> Object:
    container: Object = {"name": part.name, "image": image_with_tag(system, part)}
    container["imagePullPolicy"] = "IfNotPresent"
    if part.run.entrypoint:
        container["command"] = _with_secrets(part, part.run.entrypoint)
    if part.run.command:
        container["args"] = _with_secrets(part, part.run.command)
    if part.run.working_folder:
        container["workingDir"] = part.run.working_folder
    if part.listens is not None:
        port: Object = {
            "name": service_port(part),
            "containerPort": part.listens,
            "protocol": "TCP",
        }
        container["ports"] = [port]
    if part.environment:
        container["envFrom"] = [{"configMapRef": {"name": config_name(part)}}]
    variables = [*_store_variables(part), *_secret_variables(part)]
    if variables:
        container["env"] = variables
    container["resources"] = _resources(system, part)
    container |= probes(part)
    if _is_endpoint(part):
        container["lifecycle"] = Commented(
            {"preStop": {"sleep": {"seconds": _DRAIN_SECONDS}}},
            "Endpoints take a moment to hear that it goes away; until then requests still come.",
        )
    container["securityContext"] = container_security()
    container["volumeMounts"] = _mounts(part)
    return container


def _store_variables(part: Part) -> list[Yaml]:
    if part.role is not Role.STORE:
        return []
    # An unknown user has no home folder, and PostgreSQL wants an empty folder for its data.
    own: list[Yaml] = [{"name": "HOME", "value": _TEMPORARY}]
    if part.kind is ComponentKind.POSTGRES:
        folder = DATA_FOLDERS[part.kind]
        own.append({"name": "PGDATA", "value": f"{folder}/pgdata"})
    return own


def _secret_variables(part: Part) -> list[Yaml]:
    return [
        {
            "name": key,
            "valueFrom": {"secretKeyRef": {"name": secret_name(part), "key": key}},
        }
        for key in secret_keys(part)
    ]


def requested(part: Part) -> tuple[Decimal, Decimal]:
    """Return the vCPU and the memory in GiB that one container is promised."""
    needs = part.spec.needs
    vcpu = needs.vcpu if needs.vcpu is not None else part.size.vcpu
    gib = needs.memory_gib if needs.memory_gib is not None else part.size.memory_gib
    return min(vcpu, limited(part)[0]), min(gib, limited(part)[1])


def limited(part: Part) -> tuple[Decimal, Decimal]:
    """Return the most vCPU and memory in GiB that one container may take."""
    return part.size.vcpu, part.size.memory_gib


def _resources(system: System, part: Part) -> Yaml:
    asked, most = requested(part), limited(part)
    resources: Object = {
        "requests": {"cpu": cpu(asked[0]), "memory": memory(asked[1])},
        "limits": {"cpu": cpu(most[0]), "memory": memory(most[1])},
    }
    if part.size.assumed:
        return Commented(
            resources,
            f"Assumed, at least in part: say `needs` of {part.component} "
            f"({system.where(*part.path)}) once it has been measured.",
        )
    return Commented(resources, f"As {_said_at(system, part)} has it.")


def _said_at(system: System, part: Part) -> str:
    needs = part.spec.needs
    sized = any(part.setting(name) is not None for name in ("vcpu", "memory_gb", "memory_gib"))
    if not sized and (needs.vcpu is not None or needs.memory_gib is not None):
        return system.where(*part.path, "needs")
    return part.size.source


def _scratch(part: Part) -> list[tuple[str, str]]:
    """Return the folders that a container writes to and nobody keeps."""
    mounted = [m.target for m in part.run.volumes if part.role is not Role.STORE]
    folders = (*part.run.writable_folders, *_STORE_FOLDERS.get(part.kind, ()), *mounted)
    others = [path for path in dict.fromkeys(folders) if path.rstrip("/") != _TEMPORARY]
    named = [(f"writable-{i}", path) for i, path in enumerate(others, start=1)]
    return [("tmp", _TEMPORARY), *named]


def _scratch_volume(name: str) -> Yaml:
    return {"name": name, "emptyDir": {"sizeLimit": memory(_SCRATCH_GIB)}}


def _mounts(part: Part) -> list[Yaml]:
    mounts: list[Yaml] = [{"name": n, "mountPath": p} for n, p in _scratch(part)]
    if part.role is Role.STORE and part.kind in DATA_FOLDERS:
        mounts.append({"name": "data", "mountPath": DATA_FOLDERS[part.kind]})
    return mounts
