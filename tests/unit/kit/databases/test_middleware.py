"""A client's position travels from response to request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from outgrow_kit import ReadYourWrites, Secret
from outgrow_kit.clock import monotonic
from outgrow_kit.databases import Position
from outgrow_kit.databases.seen import Memory
from outgrow_kit.settings import DatabaseSettings


class FakeDatabase:
    def __init__(self, has_replicas: bool = True) -> None:
        self.settings = DatabaseSettings(url=Secret("x"), allowed_lag_seconds=1.5)
        self.memory = Memory(60, monotonic)
        self.has_replicas = has_replicas


class Client:
    """Sends one request through the middleware; the handler writes up to `writes`."""

    def __init__(self, database: FakeDatabase, **options: Any) -> None:
        self.database = database
        self.before: Position | None = None
        self.writes: Position | None = None
        self.after_the_start = False
        self.app = ReadYourWrites(self.handler, database=database, **options)

    async def handler(self, scope: Any, receive: Any, send: Any) -> None:
        seen = self.database.memory.here()
        self.before = seen.position
        if self.writes is not None:
            seen.add(self.writes)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})

    def call(self, *headers: tuple[bytes, bytes], kind: str = "http") -> dict[str, str]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        asyncio.run(self.app({"type": kind, "headers": list(headers)}, receive, send))
        return {key.decode(): value.decode() for key, value in sent[0]["headers"]}


def test_a_write_is_told_in_a_cookie_that_outlives_the_allowed_lag() -> None:
    client = Client(FakeDatabase())
    client.writes = Position(1, 0xAB)
    assert client.call() == {
        "a": "b",
        "set-cookie": "outgrow_seen=00000001-00000000000000AB; Max-Age=12; Path=/; HttpOnly; "
        "SameSite=Lax; Secure",
    }


def test_the_cookie_is_what_the_next_requests_reads_must_have_seen() -> None:
    client = Client(FakeDatabase())
    headers = client.call((b"cookie", b"x=1; outgrow_seen=00000001-00000000000000AB; y=2"))
    assert client.before == Position(1, 0xAB)
    assert headers == {"a": "b"}, "it wrote nothing, so nothing is told"


def test_a_header_serves_clients_without_cookies() -> None:
    client = Client(FakeDatabase(), carrier="header")
    client.writes = Position(1, 9)
    assert client.call((b"outgrow-seen", b"00000001-0000000000000005")) == {
        "a": "b", "outgrow-seen": "00000001-0000000000000009",
    }  # fmt: skip
    assert client.before == Position(1, 5)


def test_a_signed_token_cannot_be_made_up() -> None:
    client = Client(FakeDatabase(), secret=Secret("s"))
    client.call((b"cookie", b"outgrow_seen=00000001-00000000000000AB"))
    assert client.before is None
    signed = Position(1, 0xAB).token(Secret("s")).encode()
    client.call((b"cookie", b"outgrow_seen=" + signed))
    assert client.before == Position(1, 0xAB)


@pytest.mark.parametrize("cookie", [b"outgrow_seen=", b"outgrow_seen=zzz", b"\xff\xfe", b";;=;"])
def test_a_broken_cookie_counts_as_none(cookie: bytes) -> None:
    client = Client(FakeDatabase())
    client.call((b"cookie", cookie))
    assert client.before is None


def test_requests_without_tls_get_a_cookie_that_they_can_send_back() -> None:
    client = Client(FakeDatabase(), secure=False)
    client.writes = Position(1, 9)
    assert "Secure" not in client.call()["set-cookie"]


def test_without_replicas_nothing_is_read_or_added() -> None:
    client = Client(FakeDatabase(has_replicas=False))
    client.writes = Position(1, 9)
    assert client.call((b"cookie", b"outgrow_seen=00000001-00000000000000AB")) == {"a": "b"}
    assert client.before is None


def test_a_websocket_sees_what_its_client_wrote_before() -> None:
    client = Client(FakeDatabase())
    client.call((b"cookie", b"outgrow_seen=00000001-00000000000000AB"), kind="websocket")
    assert client.before == Position(1, 0xAB)
