"""Traces and metrics over OTLP, which Datadog, New Relic and Grafana Cloud all take.

Nothing is wrapped twice: the spans and the two measurements of a request come from one small
middleware. Workers are told apart by `service.instance.id`, so the backend adds them up.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.observe.buckets import latency_buckets
from outgrow_kit.observe.endpoints import METHODS, UNMATCHED, Endpoints
from outgrow_kit.secret import Secret
from outgrow_kit.settings.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

_EXPORT_MILLISECONDS = 15_000
# A backend that does not answer must not hold memory or the end of the process for long.
_TIMEOUT_SECONDS = 5


class Telemetry:
    """What sends traces and metrics; `close()` sends what is left and ends its threads."""

    def __init__(
        self,
        tracer: TracerProvider,
        meter: MeterProvider,
        close_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self.tracer = tracer
        self.meter = meter
        self._close_seconds = close_seconds

    def close(self) -> None:
        """Send what is left, for at most `close_seconds` (5)."""
        # Each by itself waits for every batch that is left, and knows no time for all of them.
        ending = [Thread(target=one.shutdown, daemon=True) for one in (self.tracer, self.meter)]
        for one in ending:
            one.start()
        ends_at = time.monotonic() + self._close_seconds
        for one in ending:
            one.join(max(0.0, ends_at - time.monotonic()))


def start_telemetry(
    settings: Settings, *, export_every_milliseconds: int = _EXPORT_MILLISECONDS
) -> Telemetry | None:
    """Start sending over OTLP (HTTP, protobuf); None where the phase has no endpoint.

    Call it in each worker, after the server has forked. Raises InvalidSettings for headers
    that are not `name=value,name=value`.
    """
    endpoint = settings.tracing.otlp_endpoint
    if endpoint is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

    headers = _headers(settings.tracing.otlp_headers)
    base = endpoint.rstrip("/")
    resource = _resource(settings)
    tracer = TracerProvider(
        resource=resource,
        sampler=ParentBasedTraceIdRatio(settings.tracing.traces_sample_share),
        shutdown_on_exit=False,
    )
    spans = OTLPSpanExporter(f"{base}/v1/traces", headers=headers, timeout=_TIMEOUT_SECONDS)
    tracer.add_span_processor(BatchSpanProcessor(spans))
    sums = OTLPMetricExporter(f"{base}/v1/metrics", headers=headers, timeout=_TIMEOUT_SECONDS)
    reader = PeriodicExportingMetricReader(
        sums, export_interval_millis=float(export_every_milliseconds)
    )
    meter = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    return Telemetry(tracer, meter)


def _resource(settings: Settings) -> Resource:
    """Return who sends, by OpenTelemetry's semantic conventions for resources."""
    from opentelemetry.sdk.resources import Resource

    return Resource.create(
        {
            "service.name": settings.service,
            "service.version": settings.version,
            "service.instance.id": f"{os.getpid()}-{uuid.uuid4().hex[:8]}",
            "deployment.environment.name": settings.environment,
            "cloud.region": settings.region,
            "outgrow.phase": settings.phase,
        }
    )


def _headers(written: Secret | None) -> dict[str, str]:
    """Return headers from `name=value,name=value`, as OTEL_EXPORTER_OTLP_HEADERS has them."""
    if written is None:
        return {}
    pairs = [one.partition("=") for one in written.reveal().split(",") if one.strip()]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise InvalidSettings(
            ["tracing: the OTLP headers are not of the form name=value,name=value"]
        )
    return {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}


class TracedRequests:
    """The middleware: one span and one measurement of duration for each request.

    Names follow OpenTelemetry's conventions: `http.server.request.duration` in seconds, and
    spans called `GET /users/{id}`. A `traceparent` of the caller is taken up.
    """

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        application: Starlette,
        thresholds_seconds: tuple[float, ...] = (),
        unseen: frozenset[str] = frozenset({"/metrics", "/livez", "/readyz"}),
    ) -> None:
        self._app = app
        self._application = application
        self._unseen = unseen
        self._endpoints: Endpoints | None = None
        self._tracer = telemetry.tracer.get_tracer("outgrow_kit")
        self._seconds = telemetry.meter.get_meter("outgrow_kit").create_histogram(
            "http.server.request.duration",
            unit="s",
            description="The time until the last byte of an answer.",
            explicit_bucket_boundaries_advisory=list(latency_buckets(thresholds_seconds)),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within a span."""
        if scope["type"] != "http" or scope["path"] in self._unseen:
            await self._app(scope, receive, send)
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, Status, StatusCode

        status = 500
        began = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # `_OTHER` is OpenTelemetry's word for what is no method of HTTP.
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with self._tracer.start_as_current_span(
            method,
            context=extract(_carried(scope)),
            kind=SpanKind.SERVER,
            # What an exception says may hold a secret; Sentry gets it without them.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, noting)
            finally:
                endpoint = self._endpoint(scope)
                span.update_name(f"{method} {endpoint}")
                attributes = {
                    "http.request.method": method,
                    "http.route": endpoint,
                    "http.response.status_code": status,
                }
                span.set_attributes(attributes)
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))
                self._seconds.record(time.perf_counter() - began, attributes)

    def _endpoint(self, scope: Scope) -> str:
        if self._endpoints is None:
            self._endpoints = Endpoints(self._application.routes)
        return self._endpoints.of(scope) or UNMATCHED


def _carried(scope: Scope) -> Mapping[str, str]:
    """Return the headers in which a caller hands its trace on."""
    names = (b"traceparent", b"tracestate", b"baggage")
    return {
        name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in names
    }
