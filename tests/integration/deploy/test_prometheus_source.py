"""Counting two versions in a real Prometheus, which scrapes what outgrow-kit exports."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.engines.processes import free_port, running
from tests.tools import tool

from outgrow.clients.prometheus import PrometheusSource, prometheus_client
from outgrow.deploy.values import Counted, Side
from outgrow.errors import OutsideError
from outgrow_kit.observe import Metrics, observe

DEADLINE_SECONDS = 20
CONFIGURATION = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: api
    static_configs:
      - {{targets: ["127.0.0.1:{port}"], labels: {{version: v1, __metrics_path__: /v1}}}}
      - {{targets: ["127.0.0.1:{port}"], labels: {{version: v2, __metrics_path__: /v2}}}}
"""


async def _work(request: Request) -> Response:
    return PlainTextResponse("", status_code=int(request.query_params.get("status", "200")))


class StandIn:
    """An application of two routes with the metrics of the kit."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        app = Starlette(routes=[Route("/orders", _work), Route("/health", _work)])
        observe(app, self.metrics)
        self._app = app

    def ask(self, count: int, path: str = "/orders", status: int = 200) -> None:
        asyncio.run(self._ask(count, f"{path}?status={status}"))

    async def _ask(self, count: int, path: str) -> None:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as users:
            for _ in range(count):
                await users.get(path)


@dataclass
class Scraped:
    """What Prometheus scrapes: the metrics of each version, at a path of its own."""

    port: int = 0
    versions: dict[str, StandIn] = field(default_factory=dict)


@contextmanager
def scraped() -> Iterator[Scraped]:
    found = Scraped()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            version = found.versions.get(self.path.strip("/"))
            self.send_response(200 if version else 404)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            with suppress(OSError):  # Prometheus waits 200 ms, and no longer
                self.wfile.write(version.metrics.exposition() if version else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def prometheus(folder: Path, scraped_port: int) -> Iterator[str]:
    (folder / "prometheus.yml").write_text(CONFIGURATION.format(port=scraped_port))
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        tool("prometheus"),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with closing(prometheus_client(address)) as http:

        def ready() -> bool:
            try:
                return http.get("/-/ready").is_success
            except httpx.HTTPError:
                return False

        with running(command, folder, ready):
            yield address


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (held := holds()) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    return held


def both(address: str) -> PrometheusSource:
    return PrometheusSource(
        prometheus_client(address),
        {"old": {"job": "api", "version": "v1"}, "new": {"job": "api", "version": ["v2", "v3"]}},
        unseen=("/health",),
    )


def test_requests_errors_and_latencies_of_both_versions_are_counted_exactly(
    tmp_path: Path,
) -> None:
    with scraped() as apps, prometheus(tmp_path, apps.port) as address:
        source = both(address)
        with closing(source.http):
            apps.versions["v1"] = StandIn()
            apps.versions["v1"].ask(10)
            source.begin()
            # What was before the beginning has to be known to Prometheus before it begins.
            assert until(lambda: samples(source, "v1") == 10)
            source.begin()
            apps.versions["v1"].ask(29)
            apps.versions["v1"].ask(1, status=503)
            apps.versions["v1"].ask(7, "/health")
            new = StandIn()
            new.ask(5)
            new.ask(3, status=500)
            new.ask(2, status=404)
            apps.versions["v2"] = new

            def counted(side: Side) -> Counted:
                return source.read().get(side, Counted())

            assert until(lambda: counted("old").requests == 30 and counted("new").requests == 10)
            assert counted("old").errors == 1
            assert counted("new").errors == 3
            assert counted("new").slower_than[0.0] == 10
            assert counted("new").slower_than[30.0] == 0
            restarted = StandIn()
            restarted.ask(2, status=500)
            apps.versions["v2"] = restarted
            assert until(lambda: counted("new").requests == 12)
            assert counted("new").errors == 5


def samples(source: PrometheusSource, version: str) -> float:
    query = f"sum(http_requests_total{{version={json.dumps(version)}}})"
    found = source.http.post("/api/v1/query", data={"query": query}).json()["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


def test_nobody_at_the_address_is_said_without_the_address() -> None:
    source = both(f"http://user:hunter2@127.0.0.1:{free_port()}")
    with closing(source.http), pytest.raises(OutsideError) as caught:
        source.begin()
    assert "Prometheus does not answer (ConnectError)" in caught.value.reason
    assert "hunter2" not in str(caught.value) + caught.value.remedy


def test_something_else_at_the_address_is_said() -> None:
    with scraped() as apps:
        source = both(f"http://127.0.0.1:{apps.port}")
        with closing(source.http), pytest.raises(OutsideError, match="is none"):
            source.begin()
