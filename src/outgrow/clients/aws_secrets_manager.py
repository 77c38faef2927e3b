"""Secrets in AWS Secrets Manager: `NAME`, or `NAME#FIELD` for one field of a JSON secret."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from outgrow.clients.aws_errors import WITHOUT_BOTO3, quick, refused
from outgrow.environments.resolving import Unread

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


def read_secrets(names: Collection[str]) -> Mapping[str, SecretStr | Unread]:
    """Return the secret of each name; one request for all fields of the same secret."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        return dict.fromkeys(names, WITHOUT_BOTO3)
    try:
        client = boto3.client("secretsmanager", config=quick())
    except (BotoCoreError, ValueError) as error:
        return dict.fromkeys(names, refused(error))
    whole = {name: _whole(client, name) for name in {_split(one)[0] for one in names}}
    return {one: _field(whole[_split(one)[0]], _split(one)[1]) for one in names}


def _split(name: str) -> tuple[str, str]:
    secret, _, field = name.partition("#")
    return secret, field


def _whole(client: SecretsManagerClient, name: str) -> SecretStr | Unread:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = client.get_secret_value(SecretId=name)
    except (BotoCoreError, ClientError) as error:
        return refused(error)
    if "SecretString" not in answer:
        return Unread("it is binary, not text")
    return SecretStr(answer["SecretString"])


def _field(secret: SecretStr | Unread, field: str) -> SecretStr | Unread:
    if isinstance(secret, Unread) or not field:
        return secret
    try:
        document = json.loads(secret.get_secret_value())
    except ValueError:
        return Unread("it is no JSON, so it has no fields")
    found = document.get(field) if isinstance(document, dict) else None
    if found is None:
        return Unread(f"it has no field {field!r}")
    return SecretStr(found if isinstance(found, str) else json.dumps(found))
