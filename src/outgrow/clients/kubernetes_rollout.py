"""A Deployment that replaces the pods of one version by those of the next by itself.

Everything that a rollout needs to be watched, or undone, stands in the Deployment: which
rollout it is, and which ReplicaSet had the pods before. So any process can go on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from outgrow.clients.kubernetes_api import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    JOBS,
    OPERATIONS,
    PODS,
    REPLICA_SETS,
    STRATEGIC,
    Json,
    Kind,
    KubernetesApi,
    NotThere,
    Patch,
)
from outgrow.clients.kubernetes_evidence import evidence_of, pods_of, stuck
from outgrow.clients.kubernetes_objects import HASH_LABEL, Deployment, Listed, Pod, ReplicaSet
from outgrow.clients.kubernetes_once import run_once
from outgrow.clients.kubernetes_versions import (
    Workload,
    artifact_problem,
    container_of,
    ensure_variables,
    previous_template,
    template_patch,
    version_of,
)
from outgrow.deploy.ports import RolloutPhase, RolloutState
from outgrow.deploy.values import Evidence, Problem, Ran, Version
from outgrow.errors import OutsideError

_ROLLOUT, _PREVIOUS = "outgrow/rollout", "outgrow/previous"
_ABORTED = "outgrow/aborted"
_CAUSE = "kubernetes.io/change-cause"
RIGHTS: Sequence[tuple[str, Kind, str]] = (
    ("get", DEPLOYMENTS, ""),
    ("patch", DEPLOYMENTS, ""),
    ("list", REPLICA_SETS, ""),
    ("list", PODS, ""),
    ("get", PODS, "log"),
    ("list", EVENTS, ""),
    ("list", JOBS, ""),
    ("get", JOBS, ""),
    ("create", JOBS, ""),
    ("patch", JOBS, ""),
    ("delete", JOBS, ""),
)


class DeploymentRollout:
    """A `Rollout` on the Deployment of a component. Close it when it is not needed any more."""

    def __init__(self, api: KubernetesApi, workload: Workload) -> None:
        self._api = api
        self._workload = workload

    def close(self) -> None:
        """End the connections to the cluster."""
        self._api.close()

    def describe(self) -> str:
        """Return what it is, in a line."""
        return f"the Deployment {self._workload.name} in {self._api.where}"

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""
        found = [one for one in [artifact_problem(version)] if one is not None]
        found += missing_rights(self._api, self._workload, RIGHTS)
        if found and any("may not get deployments" in one.reason for one in found):
            return found
        try:
            deployment = read_deployment(self._api, self._workload.name)
        except NotThere:
            return [*found, no_deployment(self._api, self._workload.name)]
        return [*found, *self._problems(deployment)]

    def current(self) -> Version | None:
        """Return the version that has the traffic, None when nothing was deployed yet.

        While pods are replaced it is that of the older ones, until none of them is ready.
        """
        try:
            deployment = read_deployment(self._api, self._workload.name)
        except NotThere:
            return None
        sets = self._sets(deployment)
        found = _serving(deployment, sets)
        return version_of(found.spec.template, self._workload.name) if found else None

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once as a Job with the image and the variables of `version`."""
        template = read_deployment(self._api, self._workload.name).spec.template
        return run_once(self._api, self._workload, template, version, command)

    def begin(self, version: Version, token: str) -> str:
        """Put `version` into the template; return `token`, by which the Deployment knows it."""
        config = ensure_variables(self._api, self._workload, version)
        change(
            self._api,
            self._workload.name,
            STRATEGIC,
            lambda deployment: self._beginning(deployment, version, token, config),
        )
        return token

    def progress(self, rollout: str) -> RolloutState:
        """Return how far it has come, by the Deployment's own conditions and its pods."""
        deployment = read_deployment(self._api, self._workload.name)
        marks = deployment.metadata.annotations
        if marks.get(_ROLLOUT) != rollout:
            return RolloutState("failed", reason="another rollout has taken its place")
        sets = self._sets(deployment)
        newest = sets[-1] if sets else None
        counted = _counted(deployment, sets)
        back = marks.get(_ABORTED) == rollout
        if deployment.is_complete:
            return _state("reverted" if back else "done", deployment, counted, "")
        why = self._failure(deployment, newest)
        if why is not None and not back:
            return _state("failed", deployment, counted, why)
        if why is not None:
            return _state("failed", deployment, counted, f"going back does not work either: {why}")
        said = deployment.condition("Progressing")
        word = said.message if said and deployment.is_seen else "the change was not looked at yet"
        return _state("reverting" if back else "running", deployment, counted, word)

    def abort(self, rollout: str) -> None:
        """Put the template of the ReplicaSet before back in place, as `rollout undo` does."""
        change(
            self._api, self._workload.name, OPERATIONS, lambda found: self._undoing(found, rollout)
        )

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        """Return what explains why it failed, one for each of the new pods that is not ready."""
        deployment = read_deployment(self._api, self._workload.name)
        sets = self._sets(deployment)
        if not sets or deployment.metadata.annotations.get(_ROLLOUT) != rollout:
            return []
        newest = sets[-1]
        if refusal := newest.refusal:
            name = newest.metadata.name
            line = f"kubernetes: its pods cannot be made: {refusal}"
            return [Evidence(name, None, (line,), None, self._workload.port)]
        pods = [pod for pod in self._pods(newest) if not pod.is_ready]
        return [evidence_of(self._api, self._workload, pod, pod.metadata.name) for pod in pods]

    def _problems(self, deployment: Deployment) -> list[Problem]:
        found: list[Problem] = []
        name = self._workload.name
        if container_of(deployment.spec.template, name) is None:
            found.append(no_container(name))
        if deployment.spec.paused:
            found.append(
                Problem(
                    f"the Deployment {name} is paused",
                    f"kubectl rollout resume deployment/{name}",
                )
            )
        if deployment.spec.replicas == 0:
            found.append(
                Problem(
                    f"the Deployment {name} has no pods, so nothing would show that a version "
                    "works",
                    f"kubectl scale deployment/{name} --replicas={max(self._workload.copies, 1)}",
                )
            )
        if self._is_under_way(deployment):
            found.append(
                Problem(
                    f"the pods of {name} are being replaced right now, by somebody else",
                    f"Wait for it: kubectl rollout status deployment/{name}",
                )
            )
        return found

    def _beginning(
        self, deployment: Deployment, version: Version, token: str, config: str | None
    ) -> Json | None:
        marks = deployment.metadata.annotations
        if marks.get(_ROLLOUT) == token:
            return None
        before = _serving(deployment, self._sets(deployment))
        annotations: Json = {
            _ROLLOUT: token,
            _PREVIOUS: before.metadata.name if before else "",
            _ABORTED: None,
            _CAUSE: f"outgrow deploy of {version.label or version.id}",
        }
        template = deployment.spec.template
        return {
            "metadata": {
                "resourceVersion": deployment.metadata.resource_version,
                "annotations": annotations,
            },
            "spec": {"template": template_patch(template, self._workload, version, config)},
        }

    def _undoing(self, deployment: Deployment, rollout: str) -> list[JsonValue] | None:
        marks = deployment.metadata.annotations
        if marks.get(_ABORTED) == rollout:
            return None
        if marks.get(_ROLLOUT) != rollout:
            raise OutsideError(
                f"{self._workload.name} has been changed by another rollout since",
                "Look at it with `kubectl rollout history`, and deploy the version you want.",
            )
        name = marks.get(_PREVIOUS, "")
        sets = {one.metadata.name: one for one in self._sets(deployment)}
        if name not in sets:
            raise OutsideError(
                f"there is nothing to go back to: the ReplicaSet {name or 'before'} is not there",
                "Deploy a version that works.",
            )
        return [
            _operation("replace", "/metadata/resourceVersion", deployment),
            {"op": "replace", "path": "/spec/template", "value": previous_template(sets[name])},
            {"op": "add", "path": f"/metadata/annotations/{_escaped(_ABORTED)}", "value": rollout},
        ]

    def _is_under_way(self, deployment: Deployment) -> bool:
        """Return whether older pods are being replaced, and may yet be."""
        if version_of(deployment.spec.template, self._workload.name) is None:
            return False
        replacing = deployment.status.updated_replicas < deployment.status.replicas
        if deployment.is_seen and not replacing:
            return False
        sets = self._sets(deployment)
        return self._failure(deployment, sets[-1] if sets else None) is None

    def _failure(self, deployment: Deployment, newest: ReplicaSet | None) -> str | None:
        if not deployment.is_seen or newest is None:
            return None
        if refusal := newest.refusal:
            return f"its pods cannot be made: {refusal}"
        if why := stuck(self._pods(newest)):
            return why
        if deployment.is_late:
            found = deployment.condition("Progressing")
            return f"ProgressDeadlineExceeded: {found.message if found else ''}"
        return None

    def _sets(self, deployment: Deployment) -> list[ReplicaSet]:
        """Return its ReplicaSets, the newest last."""
        labels = deployment.spec.selector.match_labels
        found = Listed[ReplicaSet].model_validate_json(self._api.find(REPLICA_SETS, labels)).items
        ours = [one for one in found if one.metadata.belongs_to(deployment.metadata.uid)]
        return sorted(ours, key=lambda one: one.revision)

    def _pods(self, newest: ReplicaSet) -> list[Pod]:
        labels = {
            **self._workload.labels,
            HASH_LABEL: newest.metadata.labels.get(HASH_LABEL, ""),
        }
        return pods_of(self._api, labels)


def read_deployment(api: KubernetesApi, name: str) -> Deployment:
    """Return a Deployment. Raises NotThere."""
    return Deployment.model_validate_json(api.get(DEPLOYMENTS, name))


def change(
    api: KubernetesApi, name: str, form: str, patch: Callable[[Deployment], Patch | None]
) -> None:
    """Change a Deployment by a patch made for it as it is; None changes nothing."""
    api.change(DEPLOYMENTS, name, form, lambda found: patch(Deployment.model_validate_json(found)))


def missing_rights(
    api: KubernetesApi, workload: Workload, rights: Sequence[tuple[str, Kind, str]]
) -> list[Problem]:
    """Return a problem for each thing that the cluster does not let us do."""
    wanted = [*rights, *([("create", CONFIG_MAPS, "")] if workload.variables else [])]
    missing = [
        (verb, kind, below) for verb, kind, below in wanted if not api.may(verb, kind, below)
    ]
    return [
        Problem(
            f"this user may not {verb} {kind.plural}{f'/{below}' if below else ''} in {api.where}",
            "Ask for a Role with that right; docs/deploy/kubernetes.md has one.",
        )
        for verb, kind, below in missing
    ]


def no_deployment(api: KubernetesApi, name: str) -> Problem:
    """Return that the rendered files were not applied."""
    return Problem(
        f"there is no Deployment {name} in {api.where}",
        "Render the target kubernetes and apply it: outgrow render kubernetes",
    )


def no_container(name: str) -> Problem:
    """Return that nobody can tell which container a version is for."""
    return Problem(
        f"the Deployment {name} has several containers and none called {name}",
        f"Call the component's container {name}, as the rendered files do.",
    )


def _serving(deployment: Deployment, sets: Sequence[ReplicaSet]) -> ReplicaSet | None:
    """Return the ReplicaSet with the traffic: the newest, unless older pods still answer."""
    if not sets or deployment.is_complete:
        return sets[-1] if sets else None
    older = [one for one in sets[:-1] if one.status.ready_replicas > 0]
    return older[-1] if older else sets[-1]


def _counted(deployment: Deployment, sets: Sequence[ReplicaSet]) -> float | None:
    """Return the part of the ready pods that is new: a Service shares among ready pods."""
    if not deployment.is_seen or not sets:
        return None
    ready = sum(one.status.ready_replicas for one in sets)
    return sets[-1].status.ready_replicas / ready if ready else None


def _state(
    phase: RolloutPhase, deployment: Deployment, share: float | None, reason: str
) -> RolloutState:
    going_back = phase in ("reverting", "reverted")
    return RolloutState(
        phase=phase,
        share_new=(1 - share if going_back else share) if share is not None else None,
        healthy=deployment.status.available_replicas if deployment.is_seen else None,
        wanted=deployment.spec.replicas,
        reason=reason,
    )


def _operation(op: str, path: str, deployment: Deployment) -> Json:
    # A patch that names another resourceVersion than the object's is refused with 409.
    return {"op": op, "path": path, "value": deployment.metadata.resource_version}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
