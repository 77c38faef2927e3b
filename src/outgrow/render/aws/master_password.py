"""The master password of a database: AWS keeps it, or whoever applies gives it.

AWS rotates what it keeps every seven days. An application that reads the whole address of its
database from one variable would stop then, so such a database takes a password of ours, which
stands in that address.
"""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.rds_facts import MASTER_USER, RDS, replicas_of
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.secret_rules import URL_SAFE
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    JsonText,
    Noted,
    Ref,
    ResourceBlock,
    Var,
    VariableBlock,
)

_TYPES = {
    RDS: "aws_db_instance",
    "aws/aurora-serverless-v2": "aws_rds_cluster",
    "aws/documentdb": "aws_docdb_cluster",
}


def keeps_own_password(region: AwsRegion, part: Part) -> bool:
    """Return whether AWS makes and rotates the master password.

    It refuses read replicas of an instance whose password it manages (every engine but SQL
    Server).
    """
    return not (_is_copied(region, part) or _readers(region, part))


def master_secret(region: AwsRegion, part: Part) -> Ref:
    """Return the secret that holds user name and password of the database."""
    name = region.name(part)
    if keeps_own_password(region, part):
        return Ref(_TYPES[part.service], name, ("master_user_secret", 0, "secret_arn"))
    return Ref("aws_secretsmanager_secret", f"{name}_master", "arn")


def password_name(region: AwsRegion, part: Part) -> str:
    """Return the variable that holds the password: `db_password`."""
    return f"{region.name(part)}_password"


def password_arguments(region: AwsRegion, part: Part, prefix: str = "") -> Arguments:
    """Return how a database gets its password; clusters say `master_` before it."""
    if keeps_own_password(region, part):
        kept = Noted(True, "AWS makes the password, keeps it in Secrets Manager and rotates it.")
        key: Arguments = (
            {}
            if part.service == "aws/documentdb"
            else {"master_user_secret_kms_key_id": region.key}
        )
        return {"manage_master_user_password": kept, **key}
    return {
        f"{prefix}password_wo": Noted(Var(password_name(region, part)), _why(region, part)),
        f"{prefix}password_wo_version": Noted(
            1, "Raise it to apply a new password, here and in the secrets that hold it."
        ),
    }


def password_variables(region: AwsRegion, part: Part) -> Iterator[VariableBlock]:
    """Yield the variable of a password that AWS does not keep itself.

    A replica in another region has that of home, which the addresses there hold as well.
    """
    if keeps_own_password(region, part):
        return
    name = password_name(region, part)
    yield VariableBlock(
        name,
        "string",
        f"Master password of {part.component}, for example of `openssl rand -hex 24`.",
        sensitive=True,
        ephemeral=True,
        condition=f"length(var.{name}) >= 16 && {URL_SAFE.format(name)}",
        error_message="Use at least 16 letters, digits, - and _: it becomes part of a URL.",
    )


def password_blocks(region: AwsRegion, part: Part, section: str) -> Iterator[ResourceBlock]:
    """Yield the secret with the user and the password that AWS does not keep itself."""
    if keeps_own_password(region, part):
        return
    name = region.name(part)
    secret = ResourceBlock(
        "aws_secretsmanager_secret",
        f"{name}_master",
        {
            "name": f"{region.prefix}/{part.name}/master",
            "description": f"Master user of {part.component}.",
            "kms_key_id": region.key,
            "recovery_window_in_days": 30 if region.system.is_production else 7,
            "tags": region.tags(part.name, part),
        },
        section=section,
        waivers=(("CKV2_AWS_57", "a change of the password is a change of the database as well"),),
    )
    yield secret
    yield ResourceBlock(
        "aws_secretsmanager_secret_version",
        f"{name}_master",
        {
            "secret_id": secret.ref("id"),
            "secret_string_wo": JsonText(
                {"username": MASTER_USER, "password": Var(password_name(region, part))}
            ),
            "secret_string_wo_version": 1,
        },
        section=section,
        comment="Write-only, as on the database: the value is in neither plan nor state.",
    )


def _is_copied(region: AwsRegion, part: Part) -> bool:
    return part.service == RDS and (replicas_of(part) > 0 or len(region.system.regions) > 1)


def _readers(region: AwsRegion, part: Part) -> tuple[str, ...]:
    """Return the variables that hold the database's address: `DATABASE_URL of api`."""
    return tuple(
        f"{one.key} of {other.component}"
        for other in region.system.parts
        for one in other.connections
        if one.store == part.name
    )


def _why(region: AwsRegion, part: Part) -> str:
    if _is_copied(region, part):
        return (
            "Write-only: never in the state. RDS refuses replicas of an instance whose password"
            " it manages."
        )
    return (
        "Write-only: never in the state. AWS would rotate a password of its own every seven"
        f" days, and {_readers(region, part)[0]} holds it."
    )
