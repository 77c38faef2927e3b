"""Parameters of AWS Systems Manager (SSM), decrypted where they are encrypted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

from pydantic import SecretStr

from outgrow.clients.aws_errors import WITHOUT_BOTO3, quick, refused
from outgrow.environments.resolving import Unread

_NAMES_A_REQUEST = 10  # AWS takes no more


def read_parameters(names: Collection[str]) -> Mapping[str, SecretStr | Unread]:
    """Return the parameter of each name."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return dict.fromkeys(names, WITHOUT_BOTO3)
    found: dict[str, SecretStr | Unread] = dict.fromkeys(names, Unread("SSM has no such parameter"))
    waiting = iter(sorted(names))
    try:
        client = boto3.client("ssm", config=quick())
        while some := list(islice(waiting, _NAMES_A_REQUEST)):
            answer = client.get_parameters(Names=some, WithDecryption=True)
            for one in answer["Parameters"]:
                found[one["Name"]] = SecretStr(one["Value"])
    except (BotoCoreError, ClientError, ValueError) as error:
        return dict.fromkeys(names, refused(error))
    return {name: found[name] for name in names}
