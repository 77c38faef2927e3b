"""Secrets of the applications: a place for each value, never the value."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from outgrow.render.aws.addresses import address_for, is_written_at_home
from outgrow.render.aws.rds_facts import RDS
from outgrow.render.aws.region import HELD, AwsRegion, aws_applications, secret_name
from outgrow.render.aws.wording import cite
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Noted, ResourceBlock

_SECTION = "secrets"
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def secret_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return a secret for each reference of an application that runs on AWS."""
    for part in secret_holders(region):
        for key in region.secret_keys(part):
            reference = part.secrets.get(key, f"env:{key}")
            if reference.startswith(HELD):
                yield _existing(part, key, reference.removeprefix(HELD))
                continue
            address = address_for(region, part, key)
            if address is None:
                yield _empty(region, part, key, reference)
            else:
                yield from _composed(region, part, key, address)


def secret_holders(region: AwsRegion) -> tuple[Part, ...]:
    """Return the applications that read their secrets from Secrets Manager.

    What runs in a Kubernetes cluster reads the cluster's own secrets.
    """
    nodes = {part.name for part in region.on("aws/ec2") if region.is_node(part)}
    return tuple(part for part in aws_applications(region) if part.runs_on not in nodes)


def secret_id(region: AwsRegion, part: Part, key: str) -> str:
    """Return the name of a secret that the team fills: `nexod-production/api/DATABASE_URL`."""
    return f"{region.prefix}/{part.name}/{key}"


def keys_to_fill(region: AwsRegion) -> tuple[tuple[Part, str], ...]:
    """Return the secrets that stay empty until somebody fills them, with their applications."""
    return tuple(
        (part, key)
        for part in secret_holders(region)
        for key in region.secret_keys(part)
        if not part.secrets.get(key, "").startswith(HELD) and address_for(region, part, key) is None
    )


def fill_command(region: AwsRegion, part: Part, key: str) -> str:
    """Return the command that fills a secret; its value is on no command line.

    It comes from the variable that the strategy names, or is typed without being shown.
    """
    source, _, name = part.secrets.get(key, f"env:{key}").partition(":")
    known = source == "env" and _VARIABLE.fullmatch(name) is not None
    value = f'printf %s "${name}"' if known else f'read -rsp "{key}: " V && printf %s "$V"'
    return (
        f"{value} | aws secretsmanager put-secret-value --region {region.region} \\\n"
        f"  --secret-id {shlex.quote(secret_id(region, part, key))}"
        " --secret-string file:///dev/stdin"
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


def _composed(region: AwsRegion, part: Part, key: str, address: Joined) -> Iterator[ResourceBlock]:
    place = cite(region, f"{key} of {part.component}", *part.path, "secrets", key)
    secret = _secret(
        region,
        part,
        key,
        f"{place} {_whose(region, part, key)}",
        ("CKV2_AWS_57", "a new password is a change of the store as well"),
    )
    yield secret
    yield ResourceBlock(
        "aws_secretsmanager_secret_version",
        secret.name,
        {
            "secret_id": secret.ref("id"),
            "secret_string_wo": address,
            "secret_string_wo_version": Noted(1, "Raise it when the password changes."),
        },
        section=_SECTION,
        comment="Write-only: the value is in neither plan nor state.",
    )


def _whose(region: AwsRegion, part: Part, key: str) -> str:
    named = next((one for one in part.connections if one.key == key), None)
    store = region.part(named.store) if named else None
    if named and store and store.service == RDS and not region.is_home:
        if named.replica is None and is_written_at_home(region, store):
            return f"The address in {region.system.region}, where it is written to."
        return "The address of the replica here: it refuses writes until it is promoted."
    return "The address of a store that stands here, put together here."


def _empty(region: AwsRegion, part: Part, key: str, reference: str) -> ResourceBlock:
    place = cite(region, f"{key} of {part.component}", *part.path, "secrets", key)
    said = f"{place} Its value is in {reference}; README.md has the command that fills it."
    rotated = ("CKV2_AWS_57", "the value comes from elsewhere and is rotated there")
    return _secret(region, part, key, said, rotated)


def _secret(
    region: AwsRegion, part: Part, key: str, comment: str, waiver: tuple[str, str]
) -> ResourceBlock:
    return ResourceBlock(
        "aws_secretsmanager_secret",
        secret_name(part, key),
        {
            "name": secret_id(region, part, key),
            "description": f"{key} of {part.component}",
            "kms_key_id": region.key,
            "recovery_window_in_days": 30 if region.system.is_production else 7,
            "tags": region.tags(f"{part.name}-{key.lower().replace('_', '-')}", part),
        },
        section=_SECTION,
        comment=comment,
        waivers=(waiver,),
    )
