"""Secrets of the applications: a place for each value, never the value."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.region import AwsRegion, aws_applications, secret_name
from outgrow.render.aws.wording import cite
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import ResourceBlock

HELD = "aws-secrets-manager:"
_SECTION = "secrets"


def secret_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return a secret for each reference of an application that runs on AWS."""
    for part in secret_holders(region):
        for key in region.secret_keys(part):
            reference = part.secrets.get(key, f"env:{key}")
            if reference.startswith(HELD):
                yield _existing(part, key, reference.removeprefix(HELD))
            else:
                yield _empty(region, part, key, reference)


def secret_holders(region: AwsRegion) -> tuple[Part, ...]:
    """Return the applications that read their secrets from Secrets Manager.

    What runs in a Kubernetes cluster reads the cluster's own secrets.
    """
    nodes = {part.name for part in region.on("aws/ec2") if region.is_node(part)}
    return tuple(part for part in aws_applications(region) if part.runs_on not in nodes)


def secret_id(region: AwsRegion, part: Part, key: str) -> str:
    """Return the name of a secret that the team fills: `nexod-production/api/DATABASE_URL`."""
    return f"{region.prefix}/{part.name}/{key}"


def secret_commands(region: AwsRegion) -> tuple[str, ...]:
    """Return the commands with which the team fills the secrets, the value read from a file."""
    return tuple(
        f"aws secretsmanager put-secret-value --region {region.region}"
        f" --secret-id {secret_id(region, part, key)} --secret-string file:///dev/stdin"
        for part in secret_holders(region)
        for key, reference in part.secrets.items()
        if not reference.startswith(HELD)
    )


def _existing(part: Part, key: str, name: str) -> ResourceBlock:
    by = "arn" if name.startswith("arn:") else "name"
    return ResourceBlock(
        "aws_secretsmanager_secret",
        secret_name(part, key),
        {by: name},
        section=_SECTION,
        kind="data",
        comment=f"{key} of {part.component}: the strategy names this secret as it is.",
    )


def _empty(region: AwsRegion, part: Part, key: str, reference: str) -> ResourceBlock:
    place = cite(region, f"{key} of {part.component}", *part.path, "secrets", key)
    return ResourceBlock(
        "aws_secretsmanager_secret",
        secret_name(part, key),
        {
            "name": secret_id(region, part, key),
            "description": f"{key} of {part.component}",
            "kms_key_id": region.key,
            "recovery_window_in_days": 30 if region.system.is_production else 7,
            "tags": region.tags(f"{part.name}-{secret_name(part, key)}", part),
        },
        section=_SECTION,
        comment=f"{place} Elsewhere its value is in {reference}; it is filled by\n"
        f"aws secretsmanager put-secret-value --secret-id {secret_id(region, part, key)}"
        " --secret-string file:///dev/stdin",
        waivers=(("CKV2_AWS_57", "the value comes from elsewhere and is rotated there"),),
    )
