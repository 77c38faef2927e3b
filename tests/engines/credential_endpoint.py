"""An HTTP endpoint on loopback that takes one credential, redirects, or answers slowly.

It stands in for Daytona's API, which no test may reach. It keeps every header that it was sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class StandInEndpoint:
    """What it takes and does: `redirects` maps a path to where it leads."""

    port: int
    accepted: set[str] = field(default_factory=set)
    redirects: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    drips: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://localhost:{self.port}/api"

    @property
    def credentials(self) -> list[str]:
        """Return every credential that it was sent."""
        return [headers["authorization"] for _, headers in self.asked if "authorization" in headers]


@contextmanager
def credential_endpoint(*accepted: str) -> Iterator[StandInEndpoint]:
    """Yield an endpoint that answers 200 to the credentials `accepted`, and 401 to others."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.asked.append((self.path, headers))
            if endpoint.drips:
                self._drip()
                return
            given = headers.get("authorization", "").removeprefix("Bearer ")
            status = endpoint.status or (200 if given in endpoint.accepted else 401)
            onward = endpoint.redirects.get(self.path)
            self.send_response(307 if onward else status)
            if onward:
                self.send_header("Location", onward)
            body = f"you sent {given}".encode()
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            """Send a header a byte at a time, so that no single read takes long."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not endpoint.over.wait(0.05):
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("localhost", 0), Handler) as server:
        server.daemon_threads = True
        endpoint = StandInEndpoint(server.server_address[1], set(accepted))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.over.set()
            server.shutdown()
            thread.join()
