"""A blue and a green Deployment of a component, and what sends requests to one or both.

Which slot takes requests, and what runs in it, is read of the cluster each time. A slot's pods
are as many as the other slot has when it starts, and at least as many as the strategy says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from outgrow.clients.kubernetes_api import MERGE, STRATEGIC, Json, KubernetesApi, NotThere
from outgrow.clients.kubernetes_evidence import evidence_of, last_probe, pods_of, stuck
from outgrow.clients.kubernetes_objects import Deployment, Pod, mapping
from outgrow.clients.kubernetes_once import run_once
from outgrow.clients.kubernetes_rollout import (
    RIGHTS,
    change,
    missing_rights,
    no_container,
    no_deployment,
    read_deployment,
)
from outgrow.clients.kubernetes_routing import Routing, Weights
from outgrow.clients.kubernetes_versions import (
    VERSION_LABEL,
    Workload,
    artifact_problem,
    container_of,
    ensure_variables,
    template_patch,
    version_of,
)
from outgrow.deploy.values import (
    Colour,
    Counted,
    Evidence,
    Probe,
    Problem,
    Ran,
    SlotState,
    Version,
    other,
)
from outgrow.errors import InputError, OutsideError
from outgrow.render.kubernetes.slots import COLOURS, SLOT_LABEL, slot_name

_TAKING = "outgrow/taking"
Taking = Literal["ready", "drain", "maint"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the policy of a deploy needs of its slots: `shares` of traffic, and who counts."""

    kind: str
    shares: tuple[float, ...]
    sources: tuple[str, ...]


class KubernetesFleet:
    """A `Fleet` of two slots, `blue1` and `green1`. Close it when it is not needed any more."""

    def __init__(
        self, api: KubernetesApi, workload: Workload, routing: Routing, wanted: Wanted
    ) -> None:
        self._api = api
        self._workload = workload
        self._routing = routing
        self._wanted = wanted

    def close(self) -> None:
        """End the connections to the cluster."""
        self._api.close()

    def describe(self) -> str:
        """Return what it is, in a line."""
        blue, green = (slot_name(self._workload.name, colour) for colour in COLOURS)
        return f"{blue} and {green} in {self._api.where}, behind {self._routing.describe()}"

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""
        found = [one for one in [artifact_problem(version)] if one is not None]
        found += self._of_policy()
        missing = missing_rights(self._api, self._workload, (*RIGHTS, *self._routing.rights))
        found += missing
        if any(" may not get " in one.reason for one in missing):
            return found
        for colour in COLOURS:
            found += self._of_slot(colour)
        return [*found, *self._routing.problems()]

    def look(self) -> Sequence[SlotState]:
        """Return both slots, as they are now."""
        weights = self._routing.weights()
        return [self._state(colour, self._read(colour), weights[colour]) for colour in COLOURS]

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once as a Job with the image and the variables of `version`."""
        template = self._read(COLOURS[0]).spec.template
        return run_once(self._api, self._workload, template, version, command)

    def start(self, slot: str, version: Version) -> None:
        """Run `version` in a slot without traffic, with as many pods as the other slot has."""
        colour = _colour(slot)
        config = ensure_variables(self._api, self._workload, version)
        self._refuse_with_traffic(colour, version)
        beside = self._read(other(colour))
        copies = max(self._workload.copies, beside.spec.replicas if self._holds(beside) else 0, 1)

        def patch(found: Deployment) -> Json | None:
            if found.spec.replicas > 0 and self._holds(found) == version:
                return None
            template = template_patch(found.spec.template, self._workload, version, config)
            return {
                "metadata": _guarded(found, {_TAKING: "maint"}),
                "spec": {"replicas": copies, "template": template},
            }

        change(self._api, slot_name(self._workload.name, colour), STRATEGIC, patch)
        if self._holds(beside) is None and beside.spec.replicas > 0:
            self._scale_to_none(other(colour))  # it was made with an image that no registry has

    def admit(self, slot: str) -> None:
        """Take a slot out of maintenance; it has no weight yet."""
        self._note(_colour(slot), "ready")

    def probe(self, slot: str) -> Probe:
        """Return what the readiness probe says that the cluster asks each of its pods."""
        colour = _colour(slot)
        deployment = self._read(colour)
        pods = self._pods(colour, deployment)
        found = last_probe(self._api, pods, slot)
        if found.ok and len(pods) < deployment.spec.replicas:
            missing = f"{len(pods)} of {deployment.spec.replicas} pods have been made"
            refusal = deployment.condition("ReplicaFailure")
            return Probe(slot, False, f"{missing}{f': {refusal.message}' if refusal else ''}", None)
        return found

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Set the weights of slots; one that holds nothing gets none.

        Where all are 0 (the first version was no good) a Service goes on selecting the slot,
        and stopping it is what ends its requests.
        """
        changed = {_colour(slot): weight for slot, weight in weights.items()}
        for colour, weight in changed.items():
            if weight > 0:
                self._note(colour, "ready")
        now = {**self._routing.weights(), **changed}
        for colour in COLOURS:
            if now[colour] and self._holds(self._read(colour)) is None:
                now[colour] = 0
        if any(now.values()) or self._routing.splits:
            self._routing.weigh(now)
        else:
            for colour in changed:
                self._note(colour, "drain")

    def drain(self, slot: str) -> None:
        """Send no new request to a slot; what its pods have begun goes on."""
        self._without_weight(_colour(slot))
        self._note(_colour(slot), "drain")

    def rest(self, slot: str) -> None:
        """Put a slot into maintenance. Its pods stay: a cluster cuts off no connection."""
        self._without_weight(_colour(slot))
        self._note(_colour(slot), "maint")

    def stop(self, slot: str) -> None:
        """Scale a slot to no pods; each gets the time to end that its template gives it."""
        colour = _colour(slot)
        self._without_weight(colour)
        self._scale_to_none(colour)

    def evidence(self, slot: str) -> Evidence:
        """Return what explains why a slot does not work, by the worst of its pods."""
        colour = _colour(slot)
        deployment = self._read(colour)
        pods = self._pods(colour, deployment)
        bad = [pod for pod in pods if not pod.is_ready]
        refusal = deployment.condition("ReplicaFailure")
        if not pods and refusal is not None:
            line = f"kubernetes: its pods cannot be made: {refusal.message}"
            return Evidence(slot, None, (line,), None, self._workload.port)
        if not pods:
            line = "kubernetes: it has no pods"
            return Evidence(slot, None, (line,), None, self._workload.port)
        return evidence_of(self._api, self._workload, (bad or pods)[0], slot)

    def counts_nothing(self) -> str:
        """Return what sends requests to the slots and counts none."""
        return self._routing.describe()

    def mark(self) -> str:
        """Return nothing: neither a Service nor an HTTPRoute counts requests."""
        return ""

    def counted(self, since: str) -> Mapping[str, Counted]:  # noqa: ARG002 - nothing is counted
        """Return nothing: the gate has to ask Prometheus, which `preflight` says."""
        return {}

    def _of_policy(self) -> list[Problem]:
        wanted, found = self._wanted, []
        if any(share != 1 for share in wanted.shares) and not self._routing.splits:
            shares = ", ".join(f"{share:.0%}" for share in wanted.shares)
            found.append(
                Problem(
                    f"shares of {shares} need a Gateway: {self._routing.describe()} sends "
                    "everything to one slot",
                    "Name the Gateway under the environment's cluster, or deploy blue_green.",
                )
            )
        if wanted.kind == "canary" and set(wanted.sources) <= {"proxy"}:
            found.append(
                Problem(
                    "a canary is judged by its requests, and a Gateway counts none for outgrow",
                    "Set deploy/gate/sources to [prometheus], with deploy/gate/prometheus_url.",
                )
            )
        return found

    def _of_slot(self, colour: Colour) -> list[Problem]:
        name = slot_name(self._workload.name, colour)
        try:
            deployment = self._read(colour)
        except NotThere:
            return [no_deployment(self._api, name)]
        if container_of(deployment.spec.template, self._workload.name) is None:
            return [no_container(self._workload.name)]
        return []

    def _state(self, colour: Colour, deployment: Deployment, weight: int) -> SlotState:
        holds = self._holds(deployment)
        taking = _taking(deployment, weight) if holds else "maint"
        pods = self._pods(colour, deployment)
        ready = any(pod.is_ready for pod in pods)
        return SlotState(
            name=f"{colour}1",
            colour=colour,
            number=1,
            host=self._api.access.context,
            version=holds.id if holds else None,
            # A pod that cannot be started, or is not started again for now, has no process.
            running=holds is not None and (ready or stuck(pods) is None),
            up=_up(deployment, pods, weight) if holds and taking != "maint" else None,
            weight=weight,
            taking=taking,
            open_requests=None,
            open_websockets=None,
        )

    def _refuse_with_traffic(self, colour: Colour, version: Version) -> None:
        found = self._read(colour)
        holds = self._holds(found)
        if holds is None or holds == version or not found.status.ready_replicas:
            return
        if self._routing.weights()[colour]:
            raise OutsideError(
                f"{colour}1 gets requests of {self._workload.name} with version {holds.id}",
                "Start the new version in the other slot.",
            )

    def _without_weight(self, colour: Colour) -> None:
        """Take the weight of a slot, unless it is the only one: of the first version, say."""
        weights: Weights = self._routing.weights()
        if weights[colour] and weights[other(colour)]:
            self._routing.weigh({**weights, colour: 0})
        elif weights[colour] and self._holds(self._read(other(colour))):
            raise OutsideError(
                f"{colour}1 is the only slot of {self._workload.name} that gets requests",
                "Give the other slot its weight first.",
            )

    def _scale_to_none(self, colour: Colour) -> None:
        def patch(found: Deployment) -> Json | None:
            if found.spec.replicas == 0 and found.metadata.annotations.get(_TAKING) == "maint":
                return None
            return {"metadata": _guarded(found, {_TAKING: "maint"}), "spec": {"replicas": 0}}

        change(self._api, slot_name(self._workload.name, colour), MERGE, patch)

    def _note(self, colour: Colour, taking: Taking) -> None:
        def patch(found: Deployment) -> Json | None:
            if found.metadata.annotations.get(_TAKING) == taking:
                return None
            return {"metadata": _guarded(found, {_TAKING: taking})}

        change(self._api, slot_name(self._workload.name, colour), MERGE, patch)

    def _holds(self, deployment: Deployment) -> Version | None:
        """Return the version that is placed in a slot, None for an empty one."""
        if deployment.spec.replicas == 0:
            return None
        return version_of(deployment.spec.template, self._workload.name)

    def _read(self, colour: Colour) -> Deployment:
        return read_deployment(self._api, slot_name(self._workload.name, colour))

    def _pods(self, colour: Colour, deployment: Deployment) -> list[Pod]:
        if self._holds(deployment) is None:
            return []
        labels = {**self._workload.labels, SLOT_LABEL: colour}
        found = pods_of(self._api, labels)
        labels_now = mapping(mapping(deployment.spec.template.get("metadata")).get("labels"))
        mark = labels_now.get(VERSION_LABEL)
        return [one for one in found if one.metadata.labels.get(VERSION_LABEL) == mark]


def _up(deployment: Deployment, pods: Sequence[Pod], weight: int) -> bool | None:
    """Return whether its pods answer: all of them before it gets requests, one after that.

    More pods are added to a busy slot at any time, and are not ready at once.
    """
    if deployment.is_complete:
        return True
    if deployment.is_late or stuck(pods):
        return False
    if weight > 0 and deployment.is_seen and deployment.status.ready_replicas:
        return True
    return None if not weight or not deployment.is_seen or _is_starting(deployment) else False


def _is_starting(deployment: Deployment) -> bool:
    """Return whether nothing of it was ever available, as in the first deploy of all."""
    found = deployment.condition("Progressing")
    return found is None or found.reason != "NewReplicaSetAvailable"


def _taking(deployment: Deployment, weight: int) -> Taking:
    found = deployment.metadata.annotations.get(_TAKING)
    if found == "ready" or found is None:
        return "ready" if found or weight else "maint"
    return "drain" if found == "drain" else "maint"


def _guarded(found: Deployment, annotations: dict[str, str]) -> Json:
    return {
        "resourceVersion": found.metadata.resource_version,
        "annotations": {**annotations},
    }


def _colour(slot: str) -> Colour:
    for colour in COLOURS:
        if slot == f"{colour}1":
            return colour
    raise InputError(f"there is no slot {slot!r}", "There are blue1 and green1.")
