"""The key with which everything of a region is encrypted, and who may use it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.policies import Statement, let, policy
from outgrow.render.aws.region import ACCOUNT, AwsRegion
from outgrow.render.aws.wording import is_used
from outgrow.render.writers.expressions import Joined, Lifecycle, ResourceBlock, Value

_SECTION = "keys"
_USE = ("kms:Decrypt", "kms:GenerateDataKey*")
_LOGS = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*")


def key_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the region's key and its name, where anything of the region is on AWS."""
    if not is_used(region):
        return
    key = ResourceBlock(
        "aws_kms_key",
        "main",
        {
            "description": f"Data of {region.prefix} at rest.",
            "enable_key_rotation": True,
            "deletion_window_in_days": 30 if region.system.is_production else 7,
            "policy": policy(*_statements(region)),
            "tags": region.tags("main"),
        },
        section=_SECTION,
        comment="One key for all data at rest: whoever loses the right to it loses all of it.",
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
    )
    yield key
    yield ResourceBlock(
        "aws_kms_alias",
        "main",
        {"name": f"alias/{region.prefix}", "target_key_id": key.ref("key_id")},
        section=_SECTION,
    )


def _statements(region: AwsRegion) -> Iterator[Statement]:
    ours: dict[str, Value] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    yield {
        "Sid": "RightsComeFromIam",
        "Effect": "Allow",
        "Principal": {"AWS": Joined("arn:aws:iam::", ACCOUNT, ":root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs: Value = region.arn("logs", "*")
    yield let(
        f"logs.{region.region}.amazonaws.com",
        list(_LOGS),
        "*",
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
    )
    # They publish to the encrypted topic.
    for service in ("cloudwatch", "budgets", "costalerts"):
        yield let(f"{service}.amazonaws.com", list(_USE), "*", ours)
    if region.on("aws/cloudfront", "aws/s3"):
        distributions = Joined("arn:aws:cloudfront::", ACCOUNT, ":distribution/*")
        yield let(
            "cloudfront.amazonaws.com",
            list(_USE),
            "*",
            {"StringLike": {"aws:SourceArn": distributions}},
        )
