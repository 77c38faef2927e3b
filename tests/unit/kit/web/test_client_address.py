"""Whose request it is, when it comes through proxies; and whom an invented header does not fool."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from outgrow_kit import InvalidSettings
from outgrow_kit.settings import HttpSettings
from outgrow_kit.web import ClientAddressMiddleware, TrustedProxies

BALANCERS = TrustedProxies(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9", "10.0.0.7"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.9, 10.0.0.7"], "10.0.0.9"),
        ("10.0.0.1", ["203.0.113.9:51234"], "203.0.113.9"),
        ("fd00::1", ["2001:DB8:0::7"], "2001:db8::7"),
        ("fd00::1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("fe80::1%eth0", [], "fe80::1"),
        ("testclient", ["203.0.113.9"], "testclient"),
    ],
)
def test_the_client_is_the_first_address_from_the_right_that_no_proxy_has(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert BALANCERS.client(peer, forwarded) == client


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody between: whoever connects may write what he likes.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("2001:db8::7", ["::1"], "2001:db8::7"),
        # The balancer appends whom it talked to; what the client sent stands left of it.
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["127.0.0.1, 10.0.0.5, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9, 10.0.0.5"], "203.0.113.9"),
        # What is no address ends the reading, and is never taken for one.
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, "], "10.0.0.1"),
        ("10.0.0.1", ["' OR 1=1 --"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, [::1, 10.0.0.5"], "::1"),
        ("10.0.0.1", ["999.1.1.1"], "10.0.0.1"),
    ],
)
def test_an_invented_address_is_not_believed(peer: str, forwarded: list[str], client: str) -> None:
    assert BALANCERS.client(peer, forwarded) == client


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert TrustedProxies([]).client("127.0.0.1", ["198.51.100.1"]) == "127.0.0.1"


def test_a_unix_socket_is_believed_only_when_it_is_named() -> None:
    assert TrustedProxies(["unix"]).client(None, ["203.0.113.9"]) == "203.0.113.9"
    assert BALANCERS.client(None, ["203.0.113.9"]) is None


def test_every_network_that_is_none_is_told() -> None:
    with pytest.raises(InvalidSettings) as caught:
        TrustedProxies(["10.0.0.0/40", "10.0.0.1", "proxy"])
    assert len(caught.value.problems) == 2
    assert "'proxy'" in str(caught.value)


def seen_by_the_application(scope: dict[str, Any]) -> dict[str, Any]:
    seen = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)

    settings = HttpSettings(trusted_proxies=("10.0.0.0/8",))
    middleware = ClientAddressMiddleware(app, settings)
    asyncio.run(middleware(scope, None, None))  # type: ignore[arg-type]
    return seen


def test_the_application_sees_the_clients_address_and_scheme() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": ("10.0.0.1", 5), "scheme": "http", "headers": headers}
    seen = seen_by_the_application(scope)
    assert (seen["client"], seen["scheme"]) == (("203.0.113.9", 0), "https")
    socket = seen_by_the_application({**scope, "type": "websocket", "scheme": "ws"})
    assert socket["scheme"] == "wss"


def test_a_stranger_cannot_choose_address_or_scheme() -> None:
    headers = [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": ("203.0.113.9", 5), "scheme": "http", "headers": headers}
    seen = seen_by_the_application(scope)
    assert (seen["client"], seen["scheme"]) == (("203.0.113.9", 5), "http")
