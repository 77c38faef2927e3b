"""Which digest a tag means, by a fake of a registry of images."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from outgrow.clients.registry import pinned
from outgrow.errors import InputError, OutsideError

DIGEST = f"sha256:{11:064x}"


@dataclass
class FakeRegistry:
    """Answers for one image; with `asks` nobody reads it without a token of its own."""

    asks: bool = False
    realm: str = ""
    port: int = 0
    sent: list[str] = field(default_factory=list)

    def answer(self, path: str, way_in: str) -> tuple[int, dict[str, str], bytes]:
        self.sent.append(path)
        if path.startswith("/token"):
            return 200, {}, b'{"token": "short-lived"}'
        if self.asks and way_in != "Bearer short-lived":
            realm = self.realm or f"http://127.0.0.1:{self.port}/token"
            asked = f'Bearer realm="{realm}",service="fake",scope="repository:shop/api:pull"'
            return 401, {"WWW-Authenticate": asked}, b""
        if path != "/v2/shop/api/manifests/live":
            return 404, {}, b""
        return 200, {"Docker-Content-Digest": DIGEST}, b""


@contextmanager
def registry(found: FakeRegistry) -> Iterator[str]:
    """Yield the name of a host that is a registry."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, text = found.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"127.0.0.1:{found.port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_tag_becomes_the_digest_that_it_means_now() -> None:
    with registry(FakeRegistry()) as home:
        assert pinned(f"{home}/shop/api:live") == f"{home}/shop/api@{DIGEST}"


def test_nobody_is_asked_for_an_image_with_its_digest() -> None:
    found = FakeRegistry()
    with registry(found) as home:
        assert pinned(f"{home}/shop/api:live@{DIGEST}") == f"{home}/shop/api@{DIGEST}"
    assert found.sent == []


def test_a_registry_that_asks_for_a_token_gets_one() -> None:
    found = FakeRegistry(asks=True)
    with registry(found) as home:
        assert pinned(f"{home}/shop/api:live").endswith(DIGEST)
    assert any("scope=repository%3Ashop%2Fapi%3Apull" in path for path in found.sent)


def test_no_way_in_is_sent_to_a_stranger_without_tls() -> None:
    found = FakeRegistry(asks=True, realm="http://tokens.invalid/token")
    with registry(found) as home, pytest.raises(InputError, match="may not be read"):
        pinned(f"{home}/shop/api:live")


def test_an_image_that_is_not_there_is_named() -> None:
    with (
        registry(FakeRegistry()) as home,
        pytest.raises(InputError, match="shop/api:nightly is not there") as refused,
    ):
        pinned(f"{home}/shop/api:nightly")
    assert f"docker login {home}" in refused.value.remedy


def test_a_registry_that_is_gone_is_named() -> None:
    with registry(FakeRegistry()) as home:
        gone = home
    with pytest.raises(OutsideError, match=f"the registry {gone} does not answer"):
        pinned(f"{gone}/shop/api:live")


@pytest.mark.parametrize("wrong", ["Shop/API", "a b", f"x/api@{DIGEST[:-1]}", "api:ta/g"])
def test_what_is_no_image_is_refused_before_anybody_is_asked(wrong: str) -> None:
    with pytest.raises(InputError):
        pinned(wrong)


def test_a_way_in_is_no_part_of_what_is_shown() -> None:
    secret = base64.b64encode(b"me:planted").decode()
    found = FakeRegistry(asks=True, realm=f"https://me:{secret}@127.0.0.1:1/token")
    with registry(found) as home, pytest.raises(OutsideError) as failed:
        pinned(f"{home}/shop/api:live")
    assert secret not in f"{failed.value.reason} {failed.value.remedy}"
