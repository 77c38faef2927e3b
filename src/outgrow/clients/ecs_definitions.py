"""Revisions of a task definition: which version each one is, and the one of a new version.

What a revision is, its tags say: the id of its version, and for the deploy that is under way its
token, what ran before and which deployment was the last one then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.clients.ecs_refusals import asking
from outgrow.clients.ecs_requests import OURS, new_definition
from outgrow.deploy.values import Version
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, TaskDefinitionTypeDef

VERSION = f"{OURS}version"
LABEL = f"{OURS}label"
CONFIGURATION = f"{OURS}configuration"
TOKEN = f"{OURS}token"
BEFORE = f"{OURS}before"
AFTER = f"{OURS}after"
_LOOK_BACK = 20
_LONGEST_TAG = 256


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a task definition with its tags."""

    arn: str
    definition: TaskDefinitionTypeDef
    tags: Mapping[str, str]

    @property
    def family(self) -> str:
        """Return the family it belongs to."""
        return self.definition.get("family", "")

    def container(self, name: str) -> ContainerDefinitionOutputTypeDef | None:
        """Return the container `name`, or the only one there is; None when it cannot be told."""
        found = self.definition.get("containerDefinitions", [])
        named = [one for one in found if one.get("name") == name]
        return (named or list(found))[0] if named or len(found) == 1 else None

    def version(self, container: str) -> Version:
        """Return which version it is; one that outgrow did not make is called after itself."""
        one = self.container(container)
        image = one.get("image", "") if one else ""
        own = self.arn.rsplit("/", 1)[-1].replace(":", "-").replace("_", "-").lower()
        return Version(
            self.tags.get(VERSION, own),
            image,
            self.tags.get(LABEL, ""),
            self.tags.get(CONFIGURATION, ""),
        )


class Definitions:
    """The revisions of the task definitions of one service."""

    def __init__(self, clients: EcsClients, place: EcsPlace) -> None:
        self._ecs = clients.ecs
        self._place = place

    def read(self, arn: str) -> Revision:
        """Return one revision."""
        with asking("ECS", "describe a task definition"):
            found = self._ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        definition = found["taskDefinition"]
        tags = {one["key"]: one["value"] for one in found.get("tags", []) if "key" in one}
        return Revision(definition.get("taskDefinitionArn", arn), definition, tags)

    def of_version(self, version: Version, current: Revision) -> Revision | None:
        """Return the newest revision of `version`, None when it was never put here.

        A version that came back finds its own revision: with the variables it had then.
        """
        for arn in self._newest(current.family):
            found = current if arn == current.arn else self.read(arn)
            if self._is(found, version):
                return found
        return None

    def _is(self, revision: Revision, version: Version) -> bool:
        container = revision.container(self._place.container)
        same = container is not None and container.get("image") == version.artifact
        wanted = tags_of(version)
        return same and all(revision.tags.get(k) == wanted.get(k) for k in (VERSION, CONFIGURATION))

    def _newest(self, family: str) -> Iterator[str]:
        with asking("ECS", "list task definitions"):
            found = self._ecs.list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=_LOOK_BACK
            )
        for arn in found["taskDefinitionArns"]:
            if arn.rsplit("/", 1)[-1].rsplit(":", 1)[0] == family:
                yield arn

    def place(self, version: Version, current: Revision) -> Revision:
        """Return the revision of `version`, registered now unless it was before."""
        found = self.of_version(version, current)
        return found or self._register(version, current)

    def _register(self, version: Version, current: Revision) -> Revision:
        container = current.container(self._place.container)
        if container is None:
            raise OutsideError(
                f"{current.arn.rsplit('/', 1)[-1]} has no container {self._place.container!r}",
                "Apply the Terraform that outgrow renders, or name the container as the component.",
            )
        foreign = {
            key: value for key, value in current.tags.items() if not key.startswith((OURS, "aws:"))
        }
        request = new_definition(
            current.definition,
            container["name"],
            version.artifact,
            {**foreign, **tags_of(version)},
            self._registrable(),
        )
        with asking("ECS", "register a task definition"):
            made = self._ecs.register_task_definition(**request)
        return Revision(
            made["taskDefinition"]["taskDefinitionArn"],
            made["taskDefinition"],
            {one["key"]: one["value"] for one in request.get("tags", [])},
        )

    def _registrable(self) -> frozenset[str]:
        """Return the keys that can be registered, as the installed botocore knows them."""
        operation = self._ecs.meta.service_model.operation_model("RegisterTaskDefinition")
        shape = operation.input_shape
        return frozenset(shape.members) if shape is not None else frozenset()

    def mark(self, revision: Revision, token: str, before: str, after: str) -> Revision:
        """Note on a revision which deploy is about to begin with it."""
        values = {TOKEN: token, BEFORE: before, AFTER: after}
        tags = [{"key": key, "value": value[:_LONGEST_TAG]} for key, value in values.items()]
        with asking("ECS", "tag a task definition"):
            self._ecs.tag_resource(resourceArn=revision.arn, tags=tags)  # type: ignore[arg-type]
        return Revision(revision.arn, revision.definition, {**revision.tags, **values})


def tags_of(version: Version) -> Mapping[str, str]:
    """Return the tags of a revision that say which version it is."""
    found = {VERSION: version.id, LABEL: version.label, CONFIGURATION: version.configuration}
    return {key: _tag_text(value) for key, value in found.items() if value}


def _tag_text(value: str) -> str:
    """Return a text as a tag takes it: letters, digits, spaces and `+-=._:/@`."""
    plain = "".join(one if one.isalnum() or one in " +-=._:/@" else "-" for one in value)
    return plain[:_LONGEST_TAG]
