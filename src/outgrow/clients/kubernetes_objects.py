"""The parts of a cluster's objects that deploys read; everything else is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic.alias_generators import to_camel

Json = dict[str, JsonValue]
HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"


class _Read(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, found: object) -> object:
        # Go writes null for an empty list here and there.
        return _kept(found) if isinstance(found, dict) else found


def _kept(found: Mapping[object, object]) -> dict[object, object]:
    return {key: value for key, value in found.items() if value is not None}


class Owner(_Read):
    """Whom an object belongs to."""

    uid: str = ""
    controller: bool = False


class Metadata(_Read):
    """Who an object is. `labels` and `annotations` are empty where it has none."""

    name: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: list[Owner] = []

    def belongs_to(self, uid: str) -> bool:
        """Return whether the object called `uid` made it and looks after it."""
        return any(one.controller and one.uid == uid for one in self.owner_references)


class Condition(_Read):
    """What is said of an object; `observed_generation` is that of which it is said."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    observed_generation: int | None = None


class Named(_Read):
    """An object of which only the metadata is read."""

    metadata: Metadata


class Selector(_Read):
    """What finds the pods of a Deployment."""

    match_labels: dict[str, str] = {}


class DeploymentSpec(_Read):
    """What is wanted. `template` is left as it is."""

    replicas: int = 1
    paused: bool = False
    selector: Selector = Field(default_factory=Selector)
    template: Json = {}


class DeploymentStatus(_Read):
    """How far it is, in pods."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    conditions: list[Condition] = []


class Deployment(_Read):
    """Pods of one template, which it replaces one after the other when the template changes."""

    metadata: Metadata
    spec: DeploymentSpec = Field(default_factory=DeploymentSpec)
    status: DeploymentStatus = Field(default_factory=DeploymentStatus)

    def condition(self, kind: str) -> Condition | None:
        """Return what is said of one matter: `Progressing`, `Available`, `ReplicaFailure`."""
        return next((one for one in self.status.conditions if one.type == kind), None)

    @property
    def is_seen(self) -> bool:
        """Return whether the status is about what is wanted now."""
        return self.status.observed_generation >= self.metadata.generation

    @property
    def is_complete(self) -> bool:
        """Return whether exactly the pods of the newest template run, and all are available."""
        status, wanted = self.status, self.spec.replicas
        counts = (status.updated_replicas, status.available_replicas, status.replicas)
        return self.is_seen and all(count == wanted for count in counts)

    @property
    def is_late(self) -> bool:
        """Return whether it has made no progress within its deadline."""
        found = self.condition("Progressing")
        return found is not None and found.reason == "ProgressDeadlineExceeded"


class ReplicaSet(_Read):
    """The pods of one template, of those that a Deployment had."""

    metadata: Metadata
    spec: DeploymentSpec = Field(default_factory=DeploymentSpec)
    status: DeploymentStatus = Field(default_factory=DeploymentStatus)

    @property
    def revision(self) -> int:
        """Return its number; the newest template has the highest."""
        found = self.metadata.annotations.get(REVISION, "0")
        return int(found) if found.isdecimal() else 0

    @property
    def refusal(self) -> str | None:
        """Return why its pods cannot be made (a quota, a policy), None when they can."""
        for one in self.status.conditions:
            if one.type == "ReplicaFailure" and one.status == "True":
                return one.message or one.reason
        return None


class Waiting(_Read):
    """Why a container does not run."""

    reason: str = ""
    message: str = ""


class Ended(_Read):
    """How a container ended."""

    exit_code: int = 0
    reason: str = ""
    message: str = ""


class Running(_Read):
    """That a container runs."""

    started_at: str | None = None


class ContainerState(_Read):
    """One of three."""

    waiting: Waiting | None = None
    terminated: Ended | None = None
    running: Running | None = None


class ContainerStatus(_Read):
    """How a container is, and how it was before its last start."""

    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = Field(default_factory=ContainerState)
    last_state: ContainerState = Field(default_factory=ContainerState)


class PodStatus(_Read):
    """How a pod is."""

    phase: str = ""
    conditions: list[Condition] = []
    init_container_statuses: list[ContainerStatus] = []
    container_statuses: list[ContainerStatus] = []


class Pod(_Read):
    """Containers that run together."""

    metadata: Metadata
    status: PodStatus = Field(default_factory=PodStatus)

    def is_true(self, condition: str) -> bool:
        """Return whether a condition holds."""
        return any(one.type == condition and one.status == "True" for one in self.status.conditions)

    @property
    def is_ready(self) -> bool:
        """Return whether it may get requests."""
        return self.is_true("Ready") and self.metadata.deletion_timestamp is None

    @property
    def containers(self) -> list[ContainerStatus]:
        """Return its containers, those that run before the others first."""
        return [*self.status.init_container_statuses, *self.status.container_statuses]


class Event(_Read):
    """Something that happened to an object; `count` says how often."""

    metadata: Metadata
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int | None = None
    last_timestamp: str | None = None
    event_time: str | None = None

    @property
    def when(self) -> str:
        """Return when it happened last, in a form that sorts."""
        return self.last_timestamp or self.event_time or self.metadata.creation_timestamp or ""


class JobStatus(_Read):
    """How a Job is."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    conditions: list[Condition] = []


class Job(_Read):
    """A command that runs once."""

    metadata: Metadata
    status: JobStatus = Field(default_factory=JobStatus)

    def ended(self) -> Condition | None:
        """Return how it ended (`Complete` or `Failed`), None while it runs."""
        ends = ("Complete", "Failed")
        found = (one for one in self.status.conditions if one.type in ends)
        return next((one for one in found if one.status == "True"), None)


class ServiceSpec(_Read):
    """Which pods a Service sends to."""

    selector: dict[str, str] = {}


class Service(_Read):
    """A name inside of the cluster for some pods."""

    metadata: Metadata
    spec: ServiceSpec = Field(default_factory=ServiceSpec)


class Backend(BaseModel):
    """Where requests are sent; a part of `weight` of all weights of its rule."""

    model_config = ConfigDict(extra="allow")

    name: str = ""
    weight: int = 1


class RouteRule(BaseModel):
    """Which requests go where; all other keys are kept as they are."""

    model_config = ConfigDict(extra="allow")

    backendRefs: list[Backend] = []  # noqa: N815 - it is written back under this name


class RouteSpec(_Read):
    """What a route does."""

    rules: list[RouteRule] = []


class RouteParent(_Read):
    """What one Gateway says of a route."""

    conditions: list[Condition] = []


class RouteStatus(_Read):
    """What Gateways say of a route."""

    parents: list[RouteParent] = []


class Route(_Read):
    """An HTTPRoute of the Gateway API."""

    metadata: Metadata
    spec: RouteSpec = Field(default_factory=RouteSpec)
    status: RouteStatus = Field(default_factory=RouteStatus)

    def is_taken(self) -> bool:
        """Return whether a Gateway has accepted it as it is now, with everything it refers to."""
        return any(self._taken_by(parent) for parent in self.status.parents)

    def _taken_by(self, parent: RouteParent) -> bool:
        said = {one.type: one for one in parent.conditions}
        wanted = [said.get("Accepted"), said.get("ResolvedRefs")]
        return all(
            one is not None
            and one.status == "True"
            and (one.observed_generation or 0) >= self.metadata.generation
            for one in wanted
        )

    def refusals(self) -> list[str]:
        """Return what Gateways have against it."""
        conditions = [one for parent in self.status.parents for one in parent.conditions]
        return [f"{one.reason}: {one.message}" for one in conditions if one.status == "False"]


Item = TypeVar("Item", bound=BaseModel)


class Listed(_Read, Generic[Item]):
    """A list of objects."""

    items: list[Item] = []


def mapping(value: JsonValue | None) -> Mapping[str, JsonValue]:
    """Return a part of an object that holds keys, empty where there is none."""
    return value if isinstance(value, dict) else {}


def sequence(value: JsonValue | None) -> list[JsonValue]:
    """Return a part of an object that is a list, empty where there is none."""
    return value if isinstance(value, list) else []
