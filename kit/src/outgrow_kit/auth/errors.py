"""Why a token or a webhook is refused. No text ever holds the token itself."""

from __future__ import annotations

from outgrow_kit.errors import KitError, StoreUnavailable


class InvalidToken(KitError):
    """The token is not accepted; `reason` is one word for a log or a metric."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


class KeysUnavailable(StoreUnavailable):
    """The issuer's keys were never fetched, so no token can be judged: answer 503, not 401."""


class InvalidWebhook(KitError):
    """The request does not come from the one who knows the secret, or it is too old."""
