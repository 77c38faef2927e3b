"""Copies of the home region's buckets in every other region, made as objects are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.aws.policies import Statement, allow, assume_by, policy
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.s3 import S3
from outgrow.render.aws.wording import named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Joined, Ref, ResourceBlock, Value

_SECTION = "replication"
_READ = (
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
)
_WRITE = ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")


def s3_replication_blocks(regions: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    """Return the replication of each bucket of the first region into those of the others."""
    home, *others = regions
    for part in home.on(S3):
        copies = [region for region in others if region.part(part.name) is not None]
        if copies:
            yield from _role(home, part, copies)
            yield _replication(home, part, copies)


def _arn(region: AwsRegion, part: Part) -> Value:
    return region.from_root(Ref("aws_s3_bucket", region.name(part), "arn"))


def _versioned(region: AwsRegion, part: Part) -> Value:
    """Return the name of a bucket that keeps versions by then: S3 replicates no other."""
    return region.from_root(Ref("aws_s3_bucket_versioning", region.name(part), "bucket"))


def _role(home: AwsRegion, part: Part, copies: Sequence[AwsRegion]) -> Iterator[ResourceBlock]:
    name = f"{home.name(part)}_replication"
    role = ResourceBlock(
        "aws_iam_role",
        name,
        {
            "name": named(home, part.name, "replication"),
            "assume_role_policy": assume_by("s3.amazonaws.com"),
        },
        section=_SECTION,
    )
    yield role
    yield ResourceBlock(
        "aws_iam_role_policy",
        name,
        {"name": "replicate", "role": role.ref("id"), "policy": _rights(home, part, copies)},
        section=_SECTION,
    )


def _rights(home: AwsRegion, part: Part, copies: Sequence[AwsRegion]) -> Value:
    source = _arn(home, part)
    statements: list[Statement] = [
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], source),
        allow(list(_READ), Joined(source, "/*")),
        allow("kms:Decrypt", home.from_root(home.key)),
    ]
    for region in copies:
        statements.append(allow(list(_WRITE), Joined(_arn(region, part), "/*")))
        statements.append(allow("kms:Encrypt", region.from_root(region.key)))
    return policy(*statements)


def _replication(home: AwsRegion, part: Part, copies: Sequence[AwsRegion]) -> ResourceBlock:
    return ResourceBlock(
        "aws_s3_bucket_replication_configuration",
        home.name(part),
        {
            "bucket": _versioned(home, part),
            "role": Ref("aws_iam_role", f"{home.name(part)}_replication", "arn"),
            "rule": [_rule(part, region, number) for number, region in enumerate(copies)],
        },
        section=_SECTION,
        comment=(
            f"Objects written in {home.region} reach the other regions within minutes; what is\n"
            "written elsewhere stays there, so write in the home region only."
        ),
    )


def _rule(part: Part, region: AwsRegion, number: int) -> Block:
    return Block(
        {
            "id": f"to-{region.region}",
            "priority": number,
            "status": "Enabled",
            "filter": Block({}),
            "delete_marker_replication": Block({"status": "Enabled"}),
            "source_selection_criteria": Block(
                {"sse_kms_encrypted_objects": Block({"status": "Enabled"})}
            ),
            "destination": Block(
                {
                    "bucket": Joined("arn:aws:s3:::", _versioned(region, part)),
                    "encryption_configuration": Block(
                        {"replica_kms_key_id": region.from_root(region.key)}
                    ),
                }
            ),
        }
    )
