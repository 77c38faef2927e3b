"""Who is calling: tokens of Clerk or any OIDC issuer, verified without asking it each time."""

from __future__ import annotations

from outgrow_kit.auth.errors import InvalidToken, InvalidWebhook, KeysUnavailable
from outgrow_kit.auth.identity import Identity
from outgrow_kit.auth.keys import KeySet
from outgrow_kit.auth.tokens import Verifier
from outgrow_kit.auth.webhooks import Webhook, verify_webhook

__all__ = [
    "Identity",
    "InvalidToken",
    "InvalidWebhook",
    "KeySet",
    "KeysUnavailable",
    "Verifier",
    "Webhook",
    "verify_webhook",
]
