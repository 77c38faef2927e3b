"""Count and time every request of an application of Starlette or FastAPI.

`observe(app, metrics)` adds the middleware, `GET /metrics`, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.observe.endpoints import METHODS, Endpoints
from outgrow_kit.observe.metrics import Metrics

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

# What an API usually answers beside the success of each route; others appear when they occur.
_FAILURES = ("400", "401", "403", "404", "409", "422", "429", "500", "503")
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def observe(app: Starlette, metrics: Metrics, *, path: str = "/metrics") -> None:
    """Count the requests of `app` and show the metrics at `path`; keep that path private."""

    async def show(_: Request) -> Response:
        metrics.carry()
        # Adding up many series over many workers takes a tenth of a second.
        text = await asyncio.to_thread(metrics.carried)
        return Response(text, media_type=_CONTENT_TYPE)

    # First, because an application that is mounted at `/` takes every path after it.
    app.router.routes.insert(0, Route(path, show, include_in_schema=False))
    app.add_middleware(RequestMetrics, metrics=metrics, application=app, unseen=(path,))


class RequestMetrics:
    """The middleware: `http_requests_total` and `http_request_duration_seconds`.

    `endpoint` is the route's template (`/users/{id}`), never the path that was asked for:
    callers would otherwise make a series each.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, application: Starlette, unseen: tuple[str, ...] = ()
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._application = application
        self._unseen = unseen
        self._endpoints: Endpoints | None = None
        self._requests: Counter = metrics.counter(
            "http_requests_total",
            "Requests that were answered.",
            {"method": (), "endpoint": (), "status": ()},
        )
        self._seconds: Histogram = metrics.histogram(
            "http_request_duration_seconds",
            "The time until the last byte of an answer.",
            {"method": (), "endpoint": ()},
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then count it."""
        if self._endpoints is None:
            self._endpoints = self._begin()
        if scope["type"] != "http" or scope["path"] in self._unseen:
            await self._app(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(scope, self._endpoints.of(scope), status, time.perf_counter() - began)

    def _note(self, scope: Scope, endpoint: str, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        counter = self._counters.get((method, endpoint, status))
        if counter is None:
            counter = self._requests.labels(method, endpoint, str(status))
            self._counters[method, endpoint, status] = counter
        counter.inc()
        histogram = self._histograms.get((method, endpoint))
        if histogram is None:
            histogram = self._seconds.labels(method, endpoint)
            self._histograms[method, endpoint] = histogram
        histogram.observe(seconds)
        self._metrics.carry_when_due()

    def _begin(self) -> Endpoints:
        """Return the endpoints, after beginning every series of each at 0."""
        endpoints = Endpoints(self._application.routes)
        for endpoint in endpoints.all:
            if not endpoint.is_public or endpoint.template in self._unseen:
                continue
            for method in endpoint.methods:
                self._seconds.labels(method, endpoint.template)
                for status in (str(endpoint.success), *_FAILURES):
                    self._requests.labels(method, endpoint.template, status)
        return endpoints
