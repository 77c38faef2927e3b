"""What is sent of a request, and how long the end of a process waits for it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import httpx
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette

from outgrow_kit.observe.telemetry import Telemetry, TracedRequests


def test_methods_that_nobody_knows_make_one_series_and_one_name() -> None:
    spans, sums = InMemorySpanExporter(), InMemoryMetricReader()
    tracer = TracerProvider(shutdown_on_exit=False)
    tracer.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = Telemetry(tracer, MeterProvider([sums], shutdown_on_exit=False))
    app = Starlette()
    traced = TracedRequests(app, telemetry, app)

    async def ask() -> None:
        transport = httpx.ASGITransport(traced)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            for number in range(20):
                await client.request(f"SCAN{number}", "/")

    asyncio.run(ask())
    data = cast(Any, sums.get_metrics_data())
    (point,) = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    assert (point.count, point.attributes["http.request.method"]) == (20, "_OTHER")
    assert {one.name for one in spans.get_finished_spans()} == {"_OTHER unmatched"}
    telemetry.close()


def test_the_end_does_not_wait_for_a_backend_that_does_not_answer() -> None:
    answer = threading.Event()

    class Backend:
        asked = 0

        def shutdown(self) -> None:
            self.asked += 1
            assert answer.wait(30)

    tracer, meter = Backend(), Backend()
    telemetry = Telemetry(cast(Any, tracer), cast(Any, meter), close_seconds=0.01)
    telemetry.close()
    assert (tracer.asked, meter.asked) == (1, 1)
    answer.set()
