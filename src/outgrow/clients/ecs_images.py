"""Images of ECR: which digest a tag means now, and whether a digest is still there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outgrow.clients.ecs_refusals import AwsRefusal, asking
from outgrow.deploy.values import Problem
from outgrow.errors import InputError

if TYPE_CHECKING:
    from outgrow.clients.ecs_place import EcsClients

_ECR = re.compile(
    r"^(?P<host>(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)"
    r"\.amazonaws\.com(?:\.cn)?)/(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_MISSING = ("ImageNotFoundException", "RepositoryNotFoundException")


@dataclass(frozen=True, slots=True)
class EcrImage:
    """An image in ECR; `tag` and `digest` are "" where they are not written."""

    host: str
    account: str
    region: str
    repository: str
    tag: str
    digest: str

    @property
    def address(self) -> str:
        """Return where it lies, without tag and digest."""
        return f"{self.host}/{self.repository}"


def ecr_image(reference: str) -> EcrImage | None:
    """Return the parts of an image in ECR, None for one that lies elsewhere."""
    found = _ECR.match(reference)
    return EcrImage(**{k: v or "" for k, v in found.groupdict().items()}) if found else None


def image_problem(clients: EcsClients, artifact: str) -> Problem | None:
    """Return why ECS could not pull `artifact`, None where nothing speaks against it.

    Of registries other than ECR it is only known that the image names a digest.
    """
    if artifact.startswith("sha256:") or "/" not in artifact:
        return Problem(
            f"{artifact[:19]} is an image of this machine: ECS cannot pull it",
            "Push it to the registry that Terraform made, and deploy it by that name.",
        )
    if not _DIGEST.search(artifact):
        return Problem(
            f"{artifact} names no digest, so it may mean another image tomorrow",
            "Deploy it by `repository@sha256:...`, or by a tag of ECR, which is looked up.",
        )
    image = ecr_image(artifact)
    return _missing(clients, image) if image else None


def _missing(clients: EcsClients, image: EcrImage) -> Problem | None:
    try:
        _describe(clients, image, {"imageDigest": image.digest})
    except AwsRefusal as refusal:
        if refusal.code in _MISSING:
            return Problem(
                f"ECR has no image {image.digest[:19]} in {image.repository} ({image.region})",
                "Push it. ECR keeps the last 30 images of a repository: older ones are gone.",
            )
        return Problem(refusal.reason, refusal.remedy)
    return None


def pinned(clients: EcsClients, reference: str) -> str:
    """Return an image of ECR with the digest that its tag means now: `repository@sha256:...`.

    One that names a digest already is returned as it is. Raises InputError for what is no image
    of ECR or is not there.
    """
    image = ecr_image(reference)
    if image is None:
        raise InputError(
            f"{reference} is not an image in ECR",
            "Name it by its digest: registry/repository@sha256:...",
        )
    if image.digest:
        return f"{image.address}@{image.digest}"
    try:
        digest = _describe(clients, image, {"imageTag": image.tag or "latest"})
    except AwsRefusal as refusal:
        if refusal.code not in _MISSING:
            raise
        raise InputError(
            f"ECR has no tag {image.tag or 'latest'!r} in {image.repository} ({image.region})",
            f"Push it: docker push {image.address}:{image.tag or 'latest'}",
        ) from None
    return f"{image.address}@{digest}"


def _describe(clients: EcsClients, image: EcrImage, which: dict[str, str]) -> str:
    with asking("ECR", "describe an image"):
        found = clients.registry(image.region).describe_images(
            registryId=image.account, repositoryName=image.repository, imageIds=[which]
        )
    digest: str = found["imageDetails"][0]["imageDigest"]
    return digest
