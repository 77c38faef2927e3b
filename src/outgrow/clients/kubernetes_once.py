"""Runs a command once as a Job, with the image and the variables of a version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from outgrow.clients.kubernetes_api import JOBS, MERGE, Json, KubernetesApi, NotThere, Unanswered
from outgrow.clients.kubernetes_evidence import evidence_of, pods_of, stuck, tail
from outgrow.clients.kubernetes_objects import Job, Listed, Pod, mapping, sequence
from outgrow.clients.kubernetes_versions import (
    VERSION_LABEL,
    Workload,
    container_of,
    ensure_variables,
    template_patch,
)
from outgrow.deploy.values import Ran, Version
from outgrow.errors import OutsideError
from outgrow.render.kubernetes.pods import words

_LOOK_EVERY_SECONDS = 1.0
_LONGEST_SECONDS = 900
_KEPT_SECONDS = 86_400
_TRIES = 3
_ONCE = "outgrow/once"
_REPORTED = "outgrow/reported"
# What only a container makes sense of that answers requests.
_OF_SERVING = frozenset(
    {"ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle", "command"}
)
_OF_MANY = frozenset({"topologySpreadConstraints", "terminationGracePeriodSeconds"})


def run_once(
    api: KubernetesApi,
    workload: Workload,
    template: Mapping[str, JsonValue],
    version: Version,
    command: Sequence[str],
) -> Ran:
    """Run `command` in a pod like those of `template`, with `version`, and wait for its end.

    A run that an earlier process began is waited for, not begun again, until its end has been
    told once. Raises OutsideError when its pod cannot start, or it takes longer than a Job may.
    """
    key = hashlib.sha256("\0".join((version.id, version.artifact, *command)).encode())
    mark = key.hexdigest()[:12]
    name = _begun(api, workload, mark) or _begin(api, workload, template, version, command, mark)
    ran = _waited(api, workload, name)
    _noted(api, name)
    return ran


def _begun(api: KubernetesApi, workload: Workload, mark: str) -> str | None:
    """Return the Job of this command whose end nobody has been told."""
    jobs = _jobs(api, workload, mark)
    return next((j.metadata.name for j in jobs if _REPORTED not in j.metadata.annotations), None)


def _jobs(api: KubernetesApi, workload: Workload, mark: str) -> list[Job]:
    labels = {"app.kubernetes.io/name": workload.name, _ONCE: mark}
    return Listed[Job].model_validate_json(api.find(JOBS, labels)).items


def _begin(
    api: KubernetesApi,
    workload: Workload,
    template: Mapping[str, JsonValue],
    version: Version,
    command: Sequence[str],
    mark: str,
) -> str:
    config = ensure_variables(api, workload, version)
    # A name that follows from what was there lets a second try after a lost answer find the first.
    numbers = [one.metadata.name.rpartition("-")[2] for one in _jobs(api, workload, mark)]
    number = max((int(one) for one in numbers if one.isdecimal()), default=0) + 1
    name = f"{workload.name[:40].rstrip('-')}-once-{mark[:8]}-{number}"
    labels: Json = {
        "app.kubernetes.io/name": workload.name,
        "app.kubernetes.io/component": "migration",
        _ONCE: mark,
        VERSION_LABEL: version.id,
    }
    body: Json = {
        "apiVersion": JOBS.api_version,
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": _LONGEST_SECONDS,
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "template": {
                "metadata": {"labels": labels},
                "spec": _pod(template, workload, version, config, command),
            },
        },
    }
    api.ensure(JOBS, body)
    return name


def _pod(
    template: Mapping[str, JsonValue],
    workload: Workload,
    version: Version,
    config: str | None,
    command: Sequence[str],
) -> Json:
    spec = mapping(template.get("spec"))
    changed = mapping(template_patch(template, workload, version, config).get("spec"))
    patch = mapping(sequence(changed.get("containers"))[0])
    container = {**(container_of(template, workload.name) or {}), **patch}
    kept: Json = {key: value for key, value in container.items() if key not in _OF_SERVING}
    kept |= {"name": "once", "args": [str(word) for word in words(list(command))]}
    others: Json = {key: value for key, value in spec.items() if key not in _OF_MANY}
    return {**others, "restartPolicy": "Never", "containers": [kept]}


def _waited(api: KubernetesApi, workload: Workload, name: str) -> Ran:
    waited = 0.0
    while waited < _LONGEST_SECONDS + 60:
        job = Job.model_validate_json(api.get(JOBS, name))
        pods = pods_of(api, {"job-name": name})
        if (end := job.ended()) is not None:
            return _ended(api, pods, end.type == "Complete", f"{end.reason}: {end.message}")
        if why := stuck(pods):
            lines = evidence_of(api, workload, pods[0], name).lines
            api.delete(JOBS, name)
            raise OutsideError(f"the command could not be started: {why}", "\n".join(lines))
        api.wait(_LOOK_EVERY_SECONDS)
        waited += _LOOK_EVERY_SECONDS
    raise OutsideError(
        f"the Job {name} has not ended after {waited:g} seconds", f"Look at it in {api.where}."
    )


def _ended(api: KubernetesApi, pods: Sequence[Pod], done: bool, why: str) -> Ran:
    if not pods:
        return Ran(0 if done else 1, () if done else (f"kubernetes: {why}",))
    pod = pods[-1]
    codes = [one.state.terminated.exit_code for one in pod.containers if one.state.terminated]
    code = 0 if done else next((one for one in codes if one), 1)
    lines = tail(api, pod.metadata.name, "once")
    return Ran(code, tuple(lines if done else [*lines, f"kubernetes: {why}"]))


def _noted(api: KubernetesApi, name: str) -> None:
    """Note that the end of a Job has been told, so that the same command may run again."""
    for _ in range(_TRIES):
        try:
            api.patch(JOBS, name, MERGE, {"metadata": {"annotations": {_REPORTED: "true"}}})
        except Unanswered:
            api.wait(_LOOK_EVERY_SECONDS)
        except NotThere:
            return
        else:
            return
