"""Which webhooks are believed."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from outgrow_kit import InvalidSettings, Secret
from outgrow_kit.auth import InvalidWebhook, verify_webhook

KEY = b"0123456789abcdef01234567"
SECRET = Secret("whsec_" + base64.b64encode(KEY).decode())
NOW = 1_800_000_000
BODY = b'{"type":"user.created"}'


def clock() -> float:
    return float(NOW)


def sent(
    body: bytes = BODY, at: int = NOW, key: bytes = KEY, prefix: str = "svix"
) -> dict[str, str]:
    mac = hmac.digest(key, f"msg_1.{at}.".encode() + body, hashlib.sha256)
    return {
        f"{prefix}-id": "msg_1",
        f"{prefix}-timestamp": str(at),
        f"{prefix}-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


@pytest.mark.parametrize("prefix", ["svix", "webhook", "Svix"])
def test_a_signed_webhook_is_believed(prefix: str) -> None:
    webhook = verify_webhook(SECRET, sent(prefix=prefix), BODY, clock=clock)
    assert (webhook.id, webhook.body) == ("msg_1", BODY)


def test_the_example_of_the_standard_is_believed() -> None:
    """The test vector in svix's own documentation of manual verification."""
    secret = Secret("whsec_plJ3nmyCDGBKInavdOK15jsl")
    body = b'{"event_type":"ping","data":{"success":true}}'
    headers = {
        "svix-id": "msg_loFOjxBNrRLzqYUf",
        "svix-timestamp": "1731705121",
        "svix-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }
    at = 1731705121.0
    assert verify_webhook(secret, headers, body, clock=lambda: at).id == "msg_loFOjxBNrRLzqYUf"


def test_one_of_several_signatures_is_enough_while_a_secret_is_replaced() -> None:
    headers = sent()
    headers["svix-signature"] = "v1,AAAA v2,whatever " + headers["svix-signature"]
    assert verify_webhook(SECRET, headers, BODY, clock=clock).id == "msg_1"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (sent(), BODY + b" "),
        (sent(key=b"another key of a stranger"), BODY),
        (sent(at=NOW - 301), BODY),
        (sent(at=NOW + 301), BODY),
        ({**sent(), "svix-timestamp": "NaN"}, BODY),
        ({**sent(), "svix-signature": "v1,"}, BODY),
        ({**sent(), "svix-id": "msg_2"}, BODY),
        ({}, BODY),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(InvalidWebhook):
        verify_webhook(SECRET, headers, body, clock=clock)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!"])
def test_a_secret_that_is_none_is_told_without_showing_it(secret: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        verify_webhook(Secret(secret), sent(), BODY, clock=clock)
    assert "not base64!" not in str(caught.value)
