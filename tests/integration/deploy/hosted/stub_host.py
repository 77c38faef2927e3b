"""A stub of a managed host on loopback: routes that a test fills, and what was asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json


@dataclass(frozen=True)
class Answer:
    """What is answered: a status, a JSON body, further headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Route = Callable[[Asked], Answer]


@dataclass
class StubHost:
    """Answers by method and path; what has no route is not found."""

    address: str = ""
    routes: dict[tuple[str, str], Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    failing: list[Answer] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def on(self, method: str, path: str, body: Any, status: int = 200) -> None:
        """Answer a request with a body, or with what a function of the request gives."""
        route = body if callable(body) else (lambda _asked: Answer(status, body))
        self.routes[method, path] = route

    def calls(self, method: str, path: str) -> list[Asked]:
        """Return the requests to a path."""
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    def answer(self, asked: Asked) -> Answer:
        """Return what is answered; the next of `failing` comes before any route."""
        self.asked.append(asked)
        if self.failing:
            return self.failing.pop(0)
        route = self.routes.get((asked.method, asked.path))
        return route(asked) if route else Answer(404, {"message": "no such thing"})


@contextmanager
def stub_host() -> Iterator[StubHost]:
    """Yield a stub that answers until the end of the test."""
    stub = StubHost()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            body = json.loads(self.rfile.read(length) or b"{}")
            headers = {key.lower(): value for key, value in self.headers.items()}
            found = stub.answer(Asked(self.command, parts.path, query, headers, body))
            if found.status == 0:  # says nothing until the test ends
                stub.gate.wait(30)
                return
            text = b"" if found.body is None else json.dumps(found.body).encode()
            self.send_response(found.status)
            for key, value in found.headers.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield stub
        finally:
            stub.gate.set()
            server.shutdown()
            thread.join()
