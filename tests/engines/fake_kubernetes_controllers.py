"""The controllers of the fake cluster, played while the test lets time pass."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

from tests.engines.fake_kubernetes import Behaviour, FakeCluster

Json = dict[str, Any]
_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


def pass_time(cluster: FakeCluster, seconds: float) -> None:
    """Let `seconds` pass, and every controller do what it would have done by then."""
    with cluster.lock:
        cluster.now += seconds
        for _ in range(40):
            before = cluster._versions
            for deployment in cluster.every("deployments"):
                _deployment(cluster, deployment)
            for replica_set in cluster.every("replicasets"):
                _replica_set(cluster, replica_set)
            for job in cluster.every("jobs"):
                _job(cluster, job)
            for pod in cluster.every("pods"):
                _kubelet(cluster, copy.deepcopy(pod))
            for route in cluster.every("httproutes"):
                _gateway(cluster, route)
            if cluster._versions == before:
                return
        raise AssertionError("the controllers do not come to rest")


def ready_pods(cluster: FakeCluster, labels: Json) -> list[Json]:
    """Return the pods with `labels` that get requests from a Service."""
    return [
        pod
        for pod in cluster.every("pods")
        if labels.items() <= pod["metadata"].get("labels", {}).items() and _is_ready(pod)
    ]


def _deployment(cluster: FakeCluster, found: Json) -> None:
    sets = _owned(cluster, "replicasets", found)
    newest = _newest(cluster, found, sets)
    sets = _owned(cluster, "replicasets", found)
    if not found["spec"].get("paused"):
        _scale(cluster, found, newest, [one for one in sets if one is not newest])
    _deployment_status(cluster, cluster.get("deployments", found["metadata"]["name"]))


def _newest(cluster: FakeCluster, found: Json, sets: list[Json]) -> Json:
    template = found["spec"]["template"]
    mark = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
    highest = max((_revision(one) for one in sets), default=0)
    now = next((one for one in sets if one["metadata"]["labels"][_HASH] == mark), None)
    if now is not None and _revision(now) == highest:
        return now
    if now is None:
        body = copy.deepcopy(template)
        body["metadata"]["labels"][_HASH] = mark
        selector = {"matchLabels": {**found["spec"]["selector"]["matchLabels"], _HASH: mark}}
        now = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{found['metadata']['name']}-{mark}",
                "labels": dict(body["metadata"]["labels"]),
                "annotations": {},
                "ownerReferences": [_owner(found)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": body},
            "status": {"replicas": 0},
        }
        now = cluster.make("replicasets", now)
    changed = copy.deepcopy(now)
    changed["metadata"]["annotations"][_REVISION] = str(highest + 1)
    marked = copy.deepcopy(found)
    marked["metadata"].setdefault("annotations", {})[_REVISION] = str(highest + 1)
    cluster.put("deployments", marked)
    return cluster.put("replicasets", changed)


def _scale(cluster: FakeCluster, found: Json, newest: Json, older: list[Json]) -> None:
    """Replace pods one at a time, never with fewer available than are wanted."""
    wanted = found["spec"]["replicas"]
    total = sum(one["spec"]["replicas"] for one in [newest, *older])
    available = newest["status"].get("availableReplicas", 0)
    size = newest["spec"]["replicas"]
    if size > wanted:
        size = wanted
    elif size < wanted:
        size += max(min(wanted - size, wanted + 1 - total), 0)
    _resize(cluster, newest, size)
    for one in older:
        if wanted == 0:
            _resize(cluster, one, 0)
            continue
        serving = available + sum(each["status"].get("availableReplicas", 0) for each in older)
        broken = one["spec"]["replicas"] - one["status"].get("availableReplicas", 0)
        # Pods that never were available go at once, others when there is one in their place.
        spare = max(serving - wanted, 0) + (broken if one["status"].get("replicas") else 0)
        if spare:
            _resize(cluster, one, max(one["spec"]["replicas"] - spare, 0))


def _resize(cluster: FakeCluster, found: Json, replicas: int) -> None:
    if found["spec"]["replicas"] == replicas:
        return
    changed = copy.deepcopy(found)
    changed["spec"]["replicas"] = replicas
    cluster.put("replicasets", changed)


def _deployment_status(cluster: FakeCluster, found: Json) -> None:
    sets = _owned(cluster, "replicasets", found)
    newest = max(sets, key=_revision)
    status = {
        "observedGeneration": found["metadata"]["generation"],
        "replicas": sum(one["status"].get("replicas", 0) for one in sets),
        "updatedReplicas": newest["status"].get("replicas", 0),
        "readyReplicas": sum(one["status"].get("readyReplicas", 0) for one in sets),
        "availableReplicas": sum(one["status"].get("availableReplicas", 0) for one in sets),
    }
    wanted = found["spec"]["replicas"]
    counts = {status[k] for k in ("replicas", "updatedReplicas", "availableReplicas")}
    name, step = found["metadata"]["name"], json.dumps([status, newest["metadata"]["name"]])
    since = cluster.progress.get(name, ("", 0.0))
    if since[0] != step:
        since = cluster.progress[name] = (step, cluster.now)
    late = cluster.now - since[1] > found["spec"].get("progressDeadlineSeconds", 600)
    progressing = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    said = {one["type"]: one["reason"] for one in found.get("status", {}).get("conditions", [])}
    # Once it was complete it stays so, however its pods do, until the template changes.
    complete = said.get("Progressing") == "NewReplicaSetAvailable" and (
        found["status"].get("observedGeneration") == found["metadata"]["generation"]
        and status["replicas"] == status["updatedReplicas"]
    )
    if counts == {wanted} or complete:
        progressing = ("True", "NewReplicaSetAvailable", "has successfully progressed.")
    elif late:
        text = f'ReplicaSet "{newest["metadata"]["name"]}" has timed out progressing.'
        progressing = ("False", "ProgressDeadlineExceeded", text)
    conditions = [_condition(cluster, "Progressing", *progressing)]
    enough = status["availableReplicas"] >= wanted
    conditions.append(_condition(cluster, "Available", str(enough), "MinimumReplicas", ""))
    conditions += [
        one for one in newest["status"].get("conditions", []) if one["type"] == "ReplicaFailure"
    ]
    _keep(cluster, "deployments", found, {**status, "conditions": conditions})


def _replica_set(cluster: FakeCluster, found: Json) -> None:
    pods = _owned(cluster, "pods", found)
    wanted = found["spec"]["replicas"]
    refused = False
    for number in range(len(pods), wanted):
        quota = cluster.pod_quota
        if quota is not None and len(cluster.every("pods")) >= quota:
            refused = True
            break
        _make_pod(cluster, found, found["spec"]["template"], f"{cluster._uids:05d}{number}")
    # Those that are not ready go first, as in a cluster.
    for pod in sorted(pods, key=_is_ready)[: max(len(pods) - wanted, 0)]:
        cluster.remove("pods", pod["metadata"]["name"])
    pods = _owned(cluster, "pods", found)
    ready = sum(_is_ready(pod) for pod in pods)
    status: Json = {"replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready}
    if refused:
        text = f'pods "{found["metadata"]["name"]}-x" is forbidden: exceeded quota: environment'
        status["conditions"] = [_condition(cluster, "ReplicaFailure", "True", "FailedCreate", text)]
    _keep(cluster, "replicasets", found, status)


def _job(cluster: FakeCluster, found: Json) -> None:
    pods = _owned(cluster, "pods", found)
    if not pods:
        _make_pod(cluster, found, found["spec"]["template"], f"{cluster._uids:05d}")
        return
    ended = pods[0]["status"]["containerStatuses"][0]["state"].get("terminated")
    if ended is None:
        _keep(cluster, "jobs", found, {"active": 1})
    elif ended["exitCode"]:
        text = "Job has reached the specified backoff limit"
        failed = _condition(cluster, "Failed", "True", "BackoffLimitExceeded", text)
        _keep(cluster, "jobs", found, {"failed": 1, "conditions": [failed]})
    else:
        done = _condition(cluster, "Complete", "True", "CompletionsReached", "")
        _keep(cluster, "jobs", found, {"succeeded": 1, "conditions": [done]})


def _make_pod(cluster: FakeCluster, owner: Json, template: Json, suffix: str) -> None:
    name = owner["metadata"]["name"]
    labels = dict(template["metadata"]["labels"])
    if owner["kind"] == "Job":
        labels["job-name"] = name
    container = template["spec"]["containers"][0]
    first = {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": "ContainerCreating"}},
    }
    cluster.make(
        "pods",
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{name}-{suffix}",
                "labels": labels,
                "annotations": dict(template["metadata"].get("annotations", {})),
                "ownerReferences": [_owner(owner)],
            },
            "spec": copy.deepcopy(template["spec"]),
            "status": {"phase": "Pending", "containerStatuses": [first]},
        },
    )
    cluster.born[f"{name}-{suffix}"] = cluster.now


def _kubelet(cluster: FakeCluster, pod: Json) -> None:
    name = pod["metadata"]["name"]
    image = pod["spec"]["containers"][0]["image"]
    age = cluster.now - cluster.born[name]
    does = cluster.images.get(image)
    if does is None:
        does = Behaviour("pull", message=f'Back-off pulling image "{image}": not found')
    if age < does.after_seconds:
        return
    status = pod["status"]
    container = status["containerStatuses"][0]
    was = json.dumps(status, sort_keys=True)
    ready = False
    if pod["spec"].get("restartPolicy") == "Never" and does.does in ("ready", "ends"):
        ended = {
            "exitCode": does.exit_code,
            "reason": "Completed" if not does.exit_code else "Error",
        }
        container["state"] = {"terminated": ended}
        status["phase"] = "Failed" if does.exit_code else "Succeeded"
    elif does.does in ("pull", "config"):
        word = "ImagePullBackOff" if does.does == "pull" else "CreateContainerConfigError"
        container["state"] = {"waiting": {"reason": word, "message": does.message}}
        _event(cluster, pod, "Failed", does.message, 1)
    elif does.does == "crash":
        restarts = int((age - does.after_seconds) // 10)
        container["restartCount"] = restarts
        ended = {"exitCode": does.exit_code, "reason": does.reason}
        container["lastState"] = {"terminated": ended}
        text = "back-off 10s restarting failed container"
        container["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
        if restarts == 0:
            container["state"], container["lastState"] = {"terminated": ended}, {}
        _event(cluster, pod, "BackOff", "Back-off restarting failed container", restarts + 1)
    else:
        ready = does.does == "ready"
        status["phase"] = "Running"
        container["state"] = {
            "running": container["state"].get("running") or {"startedAt": cluster.time()}
        }
        container["ready"] = ready
        if not ready:
            _event(cluster, pod, "Unhealthy", does.message, 1)
    conditions = [
        _condition(cluster, "Ready", str(ready), "" if ready else "ContainersNotReady", "")
    ]
    old = {one["type"]: one for one in status.get("conditions", [])}
    if "Ready" in old and old["Ready"]["status"] == str(ready):
        conditions = status["conditions"]
    status["conditions"] = conditions
    if json.dumps(status, sort_keys=True) != was:
        cluster.put("pods", pod)


def _event(cluster: FakeCluster, pod: Json, reason: str, message: str, count: int) -> None:
    name = f"{pod['metadata']['name']}.{reason.lower()}"
    body = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "uid": pod["metadata"]["uid"]},
        "reason": reason,
        "message": message,
        "type": "Warning",
        "count": count,
        "lastTimestamp": cluster.time(),
    }
    found = cluster.objects.get(("events", "shop", name))
    if found is None:
        cluster.make("events", body)
    elif found["count"] != count:
        cluster.put("events", {**copy.deepcopy(found), "count": count})


def _gateway(cluster: FakeCluster, route: Json) -> None:
    if not cluster.gateway_works:
        return
    names = {one["metadata"]["name"] for one in cluster.every("services")}
    refs = [b["name"] for rule in route["spec"]["rules"] for b in rule.get("backendRefs", [])]
    missing = [name for name in refs if name not in names]
    generation = route["metadata"]["generation"]
    resolved = (
        ("False", "BackendNotFound", f"no Service {missing[0]}")
        if missing
        else ("True", "ResolvedRefs", "")
    )
    conditions = [
        {
            **_condition(cluster, "Accepted", "True", "Accepted", ""),
            "observedGeneration": generation,
        },
        {**_condition(cluster, "ResolvedRefs", *resolved), "observedGeneration": generation},
    ]
    _keep(cluster, "httproutes", route, {"parents": [{"conditions": conditions}]})


def _keep(cluster: FakeCluster, plural: str, found: Json, status: Json) -> None:
    now = cluster.get(plural, found["metadata"]["name"])
    if _timeless(now.get("status", {})) != _timeless(status):
        cluster.put(plural, {**now, "status": status})


def _timeless(status: Any) -> Any:
    return json.loads(
        json.dumps(status), object_hook=lambda o: {k: v for k, v in o.items() if "Time" not in k}
    )


def _condition(cluster: FakeCluster, kind: str, status: str, reason: str, message: str) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": cluster.time(),
    }


def _owned(cluster: FakeCluster, plural: str, owner: Json) -> list[Json]:
    uid = owner["metadata"]["uid"]
    return [
        one
        for one in cluster.every(plural)
        if any(ref["uid"] == uid for ref in one["metadata"].get("ownerReferences", []))
    ]


def _owner(found: Json) -> Json:
    return {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "name": found["metadata"]["name"],
        "uid": found["metadata"]["uid"],
        "controller": True,
    }


def _revision(replica_set: Json) -> int:
    return int(replica_set["metadata"].get("annotations", {}).get(_REVISION, "0"))


def _is_ready(pod: Json) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
