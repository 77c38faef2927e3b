"""Check that a webhook comes from Clerk, or from any sender that follows Standard Webhooks.

The signature is HMAC-SHA256 over `id.timestamp.body` with the base64 part of the secret
(`whsec_...`); see docs.svix.com/receiving/verifying-payloads/how-manual and
standardwebhooks.com. While a secret is being replaced, several signatures are sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from outgrow_kit.auth.errors import InvalidWebhook
from outgrow_kit.clock import WallClock, wall
from outgrow_kit.errors import InvalidSettings
from outgrow_kit.secret import Secret

_PREFIXES = ("svix", "webhook")
_TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook whose sender is known. A repeated delivery has the same `id`: do it once."""

    id: str
    sent_at: datetime
    body: bytes


def verify_webhook(
    secret: Secret,
    headers: Mapping[str, str],
    body: bytes,
    *,
    clock: WallClock = wall,
    tolerance_seconds: float = _TOLERANCE_SECONDS,
) -> Webhook:
    """Return the webhook in a request; `body` is the raw body, before anything parses it.

    Raises InvalidWebhook, and InvalidSettings for a secret that is not one.
    """
    key = _key(secret)
    identity, written, signatures = _sent(headers)
    sent_at = _seconds(written)
    if abs(clock() - sent_at) > tolerance_seconds:
        raise InvalidWebhook(
            f"The webhook is more than {tolerance_seconds:.0f} seconds away from this clock."
        )
    signed = f"{identity}.{written}.".encode() + body
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    # Every signature is compared, so that the time taken tells nothing.
    held = [hmac.compare_digest(wanted, one) for one in _version_one(signatures)]
    if not any(held):
        raise InvalidWebhook("The signature of the webhook does not hold.")
    return Webhook(identity, datetime.fromtimestamp(sent_at, UTC), body)


def _key(secret: Secret) -> bytes:
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise InvalidSettings(
            ["auth: the webhook secret is not base64 after `whsec_`; copy it again from the sender"]
        )
    return key


def _sent(headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Return id, time and signatures from the headers, under either name they have."""
    given = {name.lower(): value for name, value in headers.items()}
    for prefix in _PREFIXES:
        names = tuple(f"{prefix}-{part}" for part in ("id", "timestamp", "signature"))
        if all(given.get(name) for name in names):
            identity, written, signatures = (given[name] for name in names)
            return identity, written, signatures
    raise InvalidWebhook("The request lacks the headers svix-id, svix-timestamp, svix-signature.")


def _seconds(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 12):
        raise InvalidWebhook("The time of the webhook is not a number of seconds.")
    return int(written)


def _version_one(signatures: str) -> list[bytes]:
    return [one[3:].encode() for one in signatures.split() if one.startswith("v1,")]
