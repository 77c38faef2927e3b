"""What a cluster can tell about pods that do not work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.clients.kubernetes_api import EVENTS, PODS, KubernetesApi, NotThere, Refused
from outgrow.clients.kubernetes_objects import ContainerStatus, Ended, Event, Listed, Pod
from outgrow.clients.kubernetes_versions import Workload
from outgrow.deploy.values import Evidence, Probe
from outgrow.discovery.secret_values import masked

_LINES = 20
_EVENTS = 6
_LONGEST = 500
_RESTARTS = 3
# A container that waits for one of these does not start by itself: an image that cannot be
# fetched, a Secret or a key of it that is not there, a command that cannot be run.
_HOPELESS = frozenset(
    {
        "ErrImageNeverPull",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)


def stuck(pods: Sequence[Pod]) -> str | None:
    """Return why one of `pods` will never be ready, in the cluster's words; None otherwise.

    One that crashes is given three starts: it may have waited for something else to come up.
    """
    for pod in pods:
        for one in pod.containers:
            waiting = one.state.waiting
            if waiting is None:
                continue
            crashing = waiting.reason == "CrashLoopBackOff" and one.restart_count >= _RESTARTS
            if waiting.reason in _HOPELESS or crashing:
                return f"{pod.metadata.name}: {_sentence(waiting.reason, waiting.message)}"
    return None


def evidence_of(api: KubernetesApi, workload: Workload, pod: Pod, slot: str) -> Evidence:
    """Return what explains why `pod` does not work; `slot` is what it is called there."""
    container = _worst(pod)
    ended = _ended(container)
    events = _events(api, pod)
    said = [*_states(pod), *(_of_event(one) for one in events[-_EVENTS:])]
    lines = [*(f"kubernetes: {one}" for one in said), *_log(api, pod, container)]
    return Evidence(
        slot=slot,
        probe=_probe(pod, events, slot),
        lines=tuple(masked(line)[:_LONGEST] for line in lines),
        listening=None,
        expected_port=workload.port,
        exit_code=ended.exit_code if ended else None,
        out_of_memory=ended is not None and ended.reason == "OOMKilled",
    )


def last_probe(api: KubernetesApi, pods: Sequence[Pod], slot: str) -> Probe:
    """Return what the cluster's own checks say of `pods`: their readiness probe, at each pod.

    A cluster tells no latency of its probes.
    """
    waiting = [pod for pod in pods if not pod.is_ready]
    if not pods:
        return Probe(slot, False, "no pod has been started yet", None)
    if not waiting:
        return Probe(slot, True, f"{len(pods)} of {len(pods)} pods are ready", None)
    found = _probe(waiting[0], _events(api, waiting[0]), slot)
    said = found.said if found else "is not ready"
    count = f"{len(pods) - len(waiting)} of {len(pods)} pods are ready"
    return Probe(slot, False, f"{count}; {waiting[0].metadata.name}: {said}", None)


def tail(api: KubernetesApi, pod: str, container: str, *, previous: bool = False) -> list[str]:
    """Return the last lines of a container; none where it has printed nothing yet."""
    try:
        text = api.log(pod, container, _LINES, previous=previous)
    except NotThere:
        return []
    except Refused as refusal:
        if refusal.status == 400:  # it has not been started
            return []
        raise
    return [masked(line)[:_LONGEST] for line in text.splitlines()]


def _log(api: KubernetesApi, pod: Pod, container: ContainerStatus | None) -> list[str]:
    if container is None:
        return []
    # What explains a crash is what the process before the present one has said.
    previous = container.restart_count > 0 and container.state.running is None
    try:
        return tail(api, pod.metadata.name, container.name, previous=previous)
    except Refused as refusal:
        return [f"kubernetes: its log cannot be read: {refusal.reason}"]


def _worst(pod: Pod) -> ContainerStatus | None:
    found = [one for one in pod.containers if not one.ready]
    return max(found or pod.containers, key=lambda one: one.restart_count, default=None)


def _ended(container: ContainerStatus | None) -> Ended | None:
    if container is None:
        return None
    return container.state.terminated or container.last_state.terminated


def _states(pod: Pod) -> Iterator[str]:
    for one in pod.status.conditions:
        if one.status == "False" and one.reason not in ("ContainersNotReady", "PodCompleted"):
            yield f"{one.type} is false: {_sentence(one.reason, one.message)}"
    for each in pod.containers:
        if waiting := each.state.waiting:
            yield f"{each.name} waits: {_sentence(waiting.reason, waiting.message)}"
        if ended := _ended(each):
            how = "out of memory (OOMKilled)" if ended.reason == "OOMKilled" else ended.reason
            yield (
                f"{each.name} ended with exit code {ended.exit_code}"
                f"{f', {how}' if how else ''}; started again {each.restart_count} times"
            )


def _events(api: KubernetesApi, pod: Pod) -> list[Event]:
    try:
        fields = f"involvedObject.uid={pod.metadata.uid}"
        found = Listed[Event].model_validate_json(api.find(EVENTS, {}, fields))
    except Refused:
        return []  # they help, and not everybody may read them
    return sorted(found.items, key=lambda one: one.when)


def _of_event(event: Event) -> str:
    often = f" ({event.count} times)" if (event.count or 1) > 1 else ""
    return f"{_sentence(event.reason, event.message)}{often}"


def _probe(pod: Pod, events: Sequence[Event], slot: str) -> Probe | None:
    for event in reversed(events):
        if event.reason == "Unhealthy":
            return Probe(slot, False, masked(event.message)[:_LONGEST], None)
    for one in pod.status.conditions:
        if one.type == "Ready" and one.status != "True":
            return Probe(slot, False, masked(_sentence(one.reason, one.message))[:_LONGEST], None)
    return None


def _sentence(reason: str, message: str) -> str:
    return f"{reason}: {message}" if reason and message else reason or message or "no reason given"


def pods_of(api: KubernetesApi, labels: dict[str, str]) -> list[Pod]:
    """Return the pods with `labels`, the oldest first; those on their way out are left out."""
    found = Listed[Pod].model_validate_json(api.find(PODS, labels)).items
    here = [pod for pod in found if pod.metadata.deletion_timestamp is None]
    return sorted(here, key=lambda pod: (pod.metadata.creation_timestamp or "", pod.metadata.name))
