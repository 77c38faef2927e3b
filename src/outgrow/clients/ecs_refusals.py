"""What AWS says when it refuses, as something that can be acted on.

Messages of AWS name accounts, roles and signed requests. Only those of ECS about a service or a
task are passed on, shortened; of the others the kind is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from outgrow.errors import OutsideError

_SIGN_IN = "Sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, and run it again."
_WAIT = "Wait a minute and run it again: it goes on where it stopped."
_LONGEST_WORD = 300
_ACTION = re.compile(r"perform: ([a-z0-9-]+:[A-Za-z]+)")
_SIGNED = re.compile(r"(?i)(AKIA|ASIA)[A-Z0-9]{12,}|(Signature|Credential|SecurityToken)=\S+")

THROTTLED = (
    "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException",
    "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete",
)  # fmt: skip
EXPIRED = ("ExpiredTokenException", "ExpiredToken", "RequestExpired", "InvalidIdentityToken")
UNKNOWN_CREDENTIALS = (
    "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
    "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken", "AuthFailure",
)  # fmt: skip
DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "OptInRequired")
# What older regions and partitions answer where ECS knows no service deployments.
UNSUPPORTED = ("UnsupportedFeatureException", "UnknownOperationException", "InvalidAction")

_REFUSALS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(THROTTLED, ("asks for fewer requests (it throttles)", _WAIT)),
    **dict.fromkeys(EXPIRED, ("says that the credentials have expired", _SIGN_IN)),
    **dict.fromkeys(UNKNOWN_CREDENTIALS, ("does not accept the credentials", _SIGN_IN)),
    "ClusterNotFoundException": (
        "knows no such cluster",
        "Check the region and the account, or apply the Terraform that makes it.",
    ),
    "ServiceNotFoundException": (
        "knows no such service",
        "Check the region and the account, or apply the Terraform that makes it.",
    ),
    "ServiceNotActiveException": (
        "says that the service is being deleted",
        "Apply the Terraform that makes it again, then deploy.",
    ),
    "ServerException": ("failed", _WAIT),
    "ConflictException": ("is busy with another change", _WAIT),
}


class AwsRefusal(OutsideError):
    """A call that AWS refused; `code` is its own name for why, "" without an answer."""

    def __init__(self, reason: str, remedy: str, code: str = "") -> None:
        super().__init__(reason, remedy)
        self.code = code


@contextmanager
def asking(service: str, to: str) -> Iterator[None]:
    """Turn what boto3 raises inside into an AwsRefusal: `service` is asked `to` do something."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        _refused(service, to, error.response.get("Error", {}))
    except BotoCoreError as error:
        raise _not_asked(service, to, error) from None


def _refused(service: str, to: str, error: Mapping[str, object]) -> NoReturn:
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    if code in DENIED:
        action = _ACTION.search(message)
        named = f"`{action.group(1)}`" if action else f"to {to}"
        raise AwsRefusal(
            f"{service} does not allow these credentials {named}",
            "Add it to their policy, or use a role that may deploy (AWS_PROFILE)."
            " docs/deploy/ecs.md has the policy.",
            code,
        ) from None
    if code in _REFUSALS:
        why, remedy = _REFUSALS[code]
        raise AwsRefusal(f"{service} {why}; it was asked to {to}", remedy, code) from None
    raise AwsRefusal(
        f"{service} would not {to}: {shortened(message) or code}",
        "Change what it names, and run it again.",
        code,
    ) from None


def _not_asked(service: str, to: str, error: Exception) -> AwsRefusal:
    kind = type(error).__name__
    if "Credential" in kind or "Token" in kind or kind in ("ProfileNotFound", "SSOError"):
        return AwsRefusal("there are no AWS credentials that can be used", _SIGN_IN, kind)
    if kind == "ParamValidationError":
        return AwsRefusal(
            f"this version of boto3 cannot ask {service} to {to}",
            "pip install --upgrade 'outgrow[aws]'",
            kind,
        )
    return AwsRefusal(
        f"{service} does not answer ({kind}); it was asked to {to}",
        "Check the network, the region and any proxy, and run it again.",
        kind,
    )


def shortened(message: str) -> str:
    """Return what AWS said in one line of bounded length, without keys and signatures."""
    line = _SIGNED.sub("***", " ".join(message.split()))
    return line if len(line) <= _LONGEST_WORD else line[: _LONGEST_WORD - 1] + "…"
