"""Roles with what they may do, and the groups that logs go to: what most concerns need."""

from __future__ import annotations

from outgrow.render.aws.policies import Statement, assume_by, policy
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.retention import log_days, log_waivers
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Ref, ResourceBlock


def role(
    region: AwsRegion,
    name: str,
    service: str,
    section: str,
    part: Part | None = None,
    comment: str = "",
) -> ResourceBlock:
    """Return the role `name` that the AWS service `service` takes."""
    title = region.global_name(name.replace("_", "-"))
    return ResourceBlock(
        "aws_iam_role",
        name,
        {
            "name": title,
            "assume_role_policy": assume_by(service),
            "tags": region.tags(name.replace("_", "-"), part),
        },
        section,
        comment=comment,
    )


def allowed(
    name: str, section: str, *statements: Statement, suffix: str = "", comment: str = ""
) -> ResourceBlock:
    """Return what the role `name` may do; `suffix` tells several policies of a role apart."""
    return ResourceBlock(
        "aws_iam_role_policy",
        f"{name}{suffix}",
        {
            "name": (suffix or "what-it-needs").strip("_").replace("_", "-"),
            "role": Ref("aws_iam_role", name),
            "policy": policy(*statements),
        },
        section,
        comment=comment,
    )


def attached(name: str, suffix: str, managed: str, section: str) -> ResourceBlock:
    """Return the policy of AWS's own called `managed` on the role `name`."""
    return ResourceBlock(
        "aws_iam_role_policy_attachment",
        f"{name}_{suffix}",
        {
            "role": Ref("aws_iam_role", name, "name"),
            "policy_arn": f"arn:aws:iam::aws:policy/{managed}",
        },
        section,
    )


def log_group(
    region: AwsRegion, name: str, path: str, section: str, part: Part | None = None
) -> ResourceBlock:
    """Return a group of logs, encrypted and kept as long as the strategy says."""
    return ResourceBlock(
        "aws_cloudwatch_log_group",
        name,
        {
            "name": path,
            "retention_in_days": log_days(region),
            "kms_key_id": region.key,
            "tags": region.tags(name.replace("_", "-"), part),
        },
        section,
        waivers=log_waivers(region),
    )


def streams_of(group: str) -> Joined:
    """Return the ARN of every stream of the log group whose block is called `group`."""
    return Joined(Ref("aws_cloudwatch_log_group", group, "arn"), ":*")
