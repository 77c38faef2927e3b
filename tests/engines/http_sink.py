"""A fake of a service that takes what is sent to it over HTTP, and keeps it for the test."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FakeHttpSink:
    """Stands in for Sentry or an OTLP backend, neither of which can be had here."""

    port: int
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, path: str, count: int = 1, seconds: float = 15) -> list[bytes]:
        """Return the bodies sent to paths that end with `path`, once there are `count`."""

        def bodies() -> list[bytes]:
            return [body for where, _, body in self.received if where.endswith(path)]

        with self.arrived:
            assert self.arrived.wait_for(lambda: len(bodies()) >= count, seconds), self.received
            return bodies()


@contextmanager
def http_sink() -> Iterator[FakeHttpSink]:
    """Yield a server on loopback that answers 200 to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            with sink.arrived:
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.received.append((self.path, headers, body))
                sink.arrived.notify_all()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        sink = FakeHttpSink(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
