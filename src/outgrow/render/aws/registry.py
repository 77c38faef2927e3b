"""Where images lie: a repository for each part that is built, tags that never move."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.region import AwsRegion, aws_applications
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    JsonText,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)
from outgrow.strategy.components import ComponentKind

SECTION = "registry"
_KEEP_IMAGES = 30
_UNTAGGED_DAYS = 7


def built_here(region: AwsRegion) -> tuple[Part, ...]:
    """Return the parts whose images lie in ECR.

    A registry of another provider in the strategy (GitHub's) takes them all.
    """
    registries = [part for part in region.parts if part.kind is ComponentKind.REGISTRY]
    if any(part.provider != "aws" for part in registries):
        return ()
    kinds = (ComponentKind.SERVICE, ComponentKind.WORKER, ComponentKind.FRONTEND)
    return tuple(p for p in aws_applications(region) if p.image is None and p.kind in kinds)


def registry_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the repositories, once and in the home region; ECR copies to the others."""
    if not region.is_home:
        return
    parts = built_here(region)
    for part in parts:
        yield _repository(region, part)
        yield _lifecycle(region, part)
    others = [name for name in region.system.regions if name != region.region]
    if parts and others:
        yield _replication(region, others)


def registry_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield where a pipeline pushes images to."""
    for part in built_here(region) if region.is_home else ():
        name = region.name(part)
        value = Ref("aws_ecr_repository", name, "repository_url")
        yield OutputBlock(f"{name}_repository", value, f"Where images of {part.name} go")


def _repository(region: AwsRegion, part: Part) -> ResourceBlock:
    return ResourceBlock(
        "aws_ecr_repository",
        region.name(part),
        {
            "name": f"{region.prefix}/{part.name}",
            "image_tag_mutability": "IMMUTABLE",
            "tags": region.tags(part.name, part),
            "image_scanning_configuration": Block({"scan_on_push": True}),
            "encryption_configuration": Block({"encryption_type": "KMS", "kms_key": region.key}),
        },
        SECTION,
    )


def _lifecycle(region: AwsRegion, part: Part) -> ResourceBlock:
    rules = {
        "rules": [
            _rule(1, "untagged", "sinceImagePushed", _UNTAGGED_DAYS),
            _rule(2, "any", "imageCountMoreThan", _KEEP_IMAGES),
        ]
    }
    return ResourceBlock(
        "aws_ecr_lifecycle_policy",
        region.name(part),
        {
            "repository": Ref("aws_ecr_repository", region.name(part), "name"),
            "policy": JsonText(rules),
        },
        SECTION,
        comment=f"The last {_KEEP_IMAGES} images: far enough back for any rollback.",
    )


def _rule(priority: int, status: str, count: str, number: int) -> dict[str, Value]:
    selection: dict[str, Value] = {
        "tagStatus": status,
        "countType": count,
        "countNumber": number,
    }
    if count == "sinceImagePushed":
        selection["countUnit"] = "days"
    return {
        "rulePriority": priority,
        "description": f"{status} images",
        "selection": selection,
        "action": {"type": "expire"},
    }


def _replication(region: AwsRegion, others: list[str]) -> ResourceBlock:
    destinations = [
        Block(
            {
                "region": other,
                "registry_id": Ref("aws_caller_identity", "current", "account_id", data=True),
            }
        )
        for other in others
    ]
    only = Block({"filter": f"{region.prefix}/", "filter_type": "PREFIX_MATCH"})
    rule = Block({"destination": destinations, "repository_filter": only})
    return ResourceBlock(
        "aws_ecr_replication_configuration",
        "main",
        {"replication_configuration": Block({"rule": rule})},
        SECTION,
        comment="One push reaches every region.",
    )
