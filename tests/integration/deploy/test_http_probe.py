"""A probe of one instance, against servers of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.engines.processes import free_port

from outgrow.clients.http_probe import http_probe


class Answers(BaseHTTPRequestHandler):
    """One path for each way to answer."""

    asked: list[tuple[str, str]]
    ended: threading.Event
    elsewhere = ""

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["host"]))
        status, place, body = {
            "/fine": (200, "", b"all\n  is\x1b[31m well"),
            "/broken": (503, "", b"the database is away"),
            "/long": (200, "", b"x" * 10_000_000),
            "/near": (302, "/fine", b""),
            "/far": (302, f"http://{self.elsewhere}/fine", b""),
            "/round": (302, "/round", b""),
        }.get(self.path, (404, "", b""))
        if self.path == "/drips":
            self.drip()
            return
        self.send_response(status)
        if place:
            self.send_header("location", place)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            """The probe has read enough."""

    def drip(self) -> None:
        """Send a header a letter at a time, each soon enough for a limit of single reads."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not self.ended.wait(0.02):
                self.wfile.write(b"x")
        except OSError:
            """The probe went away, as it should."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def server(elsewhere: str = "") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    asked: list[tuple[str, str]] = []
    ended = threading.Event()
    handler = type("Own", (Answers,), {"asked": asked, "ended": ended, "elsewhere": elsewhere})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}", asked
        finally:
            ended.set()
            running.shutdown()
            thread.join()


def test_a_good_answer_has_its_status_and_its_body_on_one_line() -> None:
    with server() as (address, _):
        probe = http_probe("green1", f"{address}/fine")
    assert (probe.slot, probe.ok, probe.said) == ("green1", True, "200 OK: all is [31m well")
    assert 0 < probe.seconds < 5


def test_a_bad_answer_says_what_it_was() -> None:
    with server() as (address, _):
        assert http_probe("g", f"{address}/broken").said == (
            "503 Service Unavailable: the database is away"
        )
        missing = http_probe("g", f"{address}/nowhere")
    assert (missing.ok, missing.said) == (False, "404 Not Found")


def test_only_the_beginning_of_a_body_is_read() -> None:
    with server() as (address, _):
        assert len(http_probe("g", f"{address}/long").said) < 400


def test_a_redirect_within_the_address_is_followed() -> None:
    with server() as (address, asked):
        assert http_probe("g", f"{address}/near").ok
        assert [path for path, _ in asked] == ["/near", "/fine"]
        assert http_probe("g", f"{address}/round").said == "3 redirects in a row"


def test_another_address_is_never_asked() -> None:
    with server() as (other, asked_there):
        elsewhere = other.removeprefix("http://")
        with server(elsewhere) as (address, _):
            probe = http_probe("g", f"{address}/far")
    assert not probe.ok
    assert probe.said == f"302 Found to another address ({elsewhere})"
    assert asked_there == []


def test_the_name_that_users_know_can_be_asked_for() -> None:
    with server() as (address, asked):
        http_probe("g", f"{address}/fine", host="shop.example.com")
    assert asked == [("/fine", "shop.example.com")]


def test_nobody_listening_is_a_refused_connection() -> None:
    probe = http_probe("g", f"http://127.0.0.1:{free_port()}/")
    assert (probe.ok, probe.said) == (False, "connection refused")


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    with server() as (address, _):
        probe = http_probe("g", f"{address}/drips", deadline_seconds=0.3)
    assert (probe.ok, probe.said) == (False, "no answer within 0.3 s")
    assert probe.seconds < 3


def test_an_address_that_is_none_is_a_bad_answer() -> None:
    assert not http_probe("g", "http://127.0.0.1:99999/").ok
    assert not http_probe("g", "http://[::1/").ok
