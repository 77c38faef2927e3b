"""What a managed host is asked to run, and the names of its rollouts.

A host builds from a commit, runs an image, or puts back a deployment that it has:
`git:SHA`, `registry/app@sha256:...` or `deployment:ID`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from outgrow.deploy.ports import RolloutState
from outgrow.deploy.values import Problem, Version
from outgrow.errors import InputError, OutsideError

ArtifactKind = Literal["commit", "image", "deployment"]
_COMMIT = re.compile(r"^(?:git:)?([0-9a-f]{40})$")
_IMAGE = re.compile(r"^[^\s@]+/[^\s@]+@(sha256:[0-9a-f]{64})$")
_DEPLOYMENT = re.compile(r"^deployment:([A-Za-z0-9_-]+)$")
_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is to run: `id` is a commit, an image with its digest, or a deployment of the host."""

    kind: ArtifactKind
    id: str

    @property
    def mark(self) -> str:
        """Return what a running version may report of itself: the commit, or the digest."""
        return self.id.rsplit("@", 1)[-1]


def artifact_of(version: Version) -> Artifact | None:
    """Return what `version` is made of, None for what no managed host takes."""
    if found := _COMMIT.match(version.artifact):
        return Artifact("commit", found[1])
    if _IMAGE.match(version.artifact):
        return Artifact("image", version.artifact)
    if found := _DEPLOYMENT.match(version.artifact):
        return Artifact("deployment", found[1])
    return None


def resolved(reference: str) -> str:
    """Return the artifact that `reference` means; raise InputError for what may change meaning."""
    if artifact_of(Version("v", reference)) is None:
        raise InputError(
            f"{reference} may mean something else tomorrow, or nothing that a managed host runs",
            "Name a full commit (`git rev-parse HEAD`), an image by its digest, or a deployment"
            " of the host (`deployment:ID`).",
        )
    return f"git:{reference}" if re.fullmatch(r"[0-9a-f]{40}", reference) else reference


@dataclass(frozen=True, slots=True)
class Name:
    """What a rollout is called: everything that is needed to follow it, and no secret.

    `host_id` is the host's own name of the deployment, `before` of the one that ran before;
    both are "" where they are not known.
    """

    version: str
    mark: str
    host_id: str = ""
    before: str = ""

    def __str__(self) -> str:
        return _SEPARATOR.join(one or "-" for one in self._parts())

    def _parts(self) -> tuple[str, str, str, str]:
        return (self.version, self.mark, self.host_id, self.before)


def read_name(rollout: str) -> Name:
    """Return the parts of a rollout's name; raise OutsideError for what is none."""
    parts = ["" if one == "-" else one for one in rollout.split(_SEPARATOR)]
    if len(parts) != 4:
        raise OutsideError(
            f"{rollout!r} is no deployment of a managed host", "Look it up: `outgrow deploys`."
        )
    return Name(*parts)


class Host(Protocol):
    """What each host does, in its own way. All raise HostRefusal when it refuses."""

    @property
    def can_go_back(self) -> bool:
        """Return whether it can be told to put the version before back."""

    def describe(self) -> str:
        """Return what it is: `the Render service srv-1`."""

    def takes(self) -> Sequence[ArtifactKind]:
        """Return the kinds of artifact that it can run."""

    def problems(self) -> Sequence[Problem]:
        """Return why nothing can be deployed there, such as a token that it does not take."""

    def current(self) -> Version | None:
        """Return the version that has the traffic, None when that cannot be told."""

    def begin(self, version: Version, artifact: Artifact, token: str) -> Name:
        """Let it begin, unless it has begun this already; return the rollout's name."""

    def progress(self, name: Name) -> RolloutState:
        """Return how far it has come, by its own word."""

    def abort(self, name: Name) -> None:
        """Let it put the version before back, or stop what is not live yet."""

    def lines(self, name: Name) -> Sequence[str]:
        """Return the last lines that it has of building and running a deployment."""


def dns_label(words: str) -> str:
    """Return `words` as a label of DNS: what a version is called that outgrow did not make."""
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:63].rstrip("-")
    return plain or "unknown"
