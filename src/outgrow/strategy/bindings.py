"""What an application with outgrow-kit is told: who signs in, what browsers may do, its traces.

The whole file has these once, and an environment only what differs there: its own issuer, its
own origins, its own share of traces.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from outgrow.strategy.components import SecretReference
from outgrow.strategy.fields import Model, Quantity, Share, Text

UNIX_SOCKET = "unix"


def _network(value: str) -> str:
    if value == UNIX_SOCKET:
        return value
    try:
        ip_network(value)
    except ValueError:
        raise PydanticCustomError(
            "bad_network",
            "{got} is not a network; write an address and the bits of its network: 10.0.0.0/8",
            {"got": repr(value)[:80]},
        ) from None
    return value


# All three are as strict as the kit, which refuses to start with anything else.
Network = Annotated[str, Field(max_length=80), AfterValidator(_network)]
Origin = Annotated[
    str,
    Field(
        pattern=r"^(\*|https?://(\*\.)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?)$",
        max_length=300,
        description="Scheme, host and port, without a path: `https://app.example.com`.",
    ),
]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=128)]
HeaderValue = Annotated[str, Field(pattern=r"^[\t\x20-\x7e]*$", max_length=4_000)]
Address = Annotated[
    str,
    Field(
        pattern=r"^https?://\S+$",
        max_length=2_000,
        description="An address that begins with `https://` (or `http://`).",
    ),
]


class SignIn(Model):
    """Whose tokens are accepted: those of Clerk, or of any OIDC issuer.

    Clerk's tokens carry no audience: there `authorized_parties` names the pages that they may
    have been made for.
    """

    issuer: Address | None = None
    audience: list[Text] = []
    authorized_parties: list[Text] = []
    jwks_url: Address | None = None
    leeway_seconds: Quantity | None = None
    webhook_secret: SecretReference | None = None


class Http(Model):
    """What browsers are told: who may call from another page, and headers of every answer.

    Without `allowed_origins` those are the pages that talk to the service, at the addresses of
    the environment. `secure` follows those addresses as well when it is left out.
    """

    allowed_origins: list[Origin] = []
    trusted_proxies: list[Network] = []
    headers: dict[HeaderName, HeaderValue] = {}
    secure: bool | None = None


class Tracing(Model):
    """Which share of errors and traces is sent, and where traces and metrics go over OTLP."""

    errors_sample_share: Share | None = None
    traces_sample_share: Share | None = None
    otlp_endpoint: Address | None = None
    otlp_headers: SecretReference | None = None


Section = TypeVar("Section", SignIn, Http, Tracing)


def in_environment(common: Section, own: Section | None) -> Section:
    """Return `common`, changed by what an environment writes of its own."""
    if own is None:
        return common
    written = {name: getattr(own, name) for name in own.model_fields_set}
    return common.model_copy(update=written)
