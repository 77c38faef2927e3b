"""Errors, traces and metrics on their way to backends that are played by a fake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.engines.http_sink import http_sink
from tests.engines.processes import answers, free_port, running

_APP = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
from outgrow_kit import Settings
from outgrow_kit.observe.telemetry import TracedRequests, start_telemetry
settings = Settings.from_environment()
telemetry = start_telemetry(settings)

@asynccontextmanager
async def lifespan(app):
    yield
    telemetry.close()

app = FastAPI(lifespan=lifespan)

@app.get("/users/{user_id}")
def user(user_id: int) -> int:
    return user_id

@app.get("/livez")
def livez() -> str:
    return "ok"

app.add_middleware(TracedRequests, telemetry=telemetry, application=app, thresholds_seconds=(0.2,))
"""
_FAULT = """
import os
import sentry_sdk
from outgrow_kit import Settings
from outgrow_kit.observe.errors import start_errors
assert start_errors(Settings.from_environment())
api_key = os.environ["PLANTED_KEY"]
try:
    url = os.environ["PLANTED_URL"]
    raise ConnectionError(f"cannot reach {url}")
except ConnectionError as error:
    sentry_sdk.capture_exception(error, tags={"plain": "shown"})
query = os.environ["PLANTED_QUERY"]
with sentry_sdk.start_transaction(name="reset", op="http.server"):
    with sentry_sdk.start_span(op="http.client", name=f"GET http://mail/reset?{query}") as span:
        span.set_data("http.query", query)
sentry_sdk.flush(10)
"""

_ERRORS = {
    "version": 1,
    "version_of_service": "1.4.0",
    "tracing": {"sentry_dsn_from": "SENTRY_DSN", "traces_sample_share": 1.0},
}


def test_an_error_reaches_sentry_with_its_place_and_without_secrets(repository: Path) -> None:
    with http_sink() as fake_sentry:
        done = subprocess.run(
            [sys.executable, "-c", _FAULT],
            env={
                **os.environ,
                "PYTHONPATH": str(repository / "kit" / "src"),
                "SENTRY_DSN": f"http://key@127.0.0.1:{fake_sentry.port}/1",
                "OUTGROW_KIT": json.dumps(_ERRORS),
                "PLANTED_QUERY": "page=shown&reset_token=hunter2&password=hunter2#end",
                "PLANTED_KEY": "hunter2",
                "PLANTED_URL": "postgresql://app:hunter2@db/app",
            },
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        text = b"".join(fake_sentry.wait_for("/envelope/")).decode()
    assert "page=shown&reset_token=[hidden]&password=[hidden]#end" in text
    assert "ConnectionError" in text
    assert '"release":"1.4.0"' in text.replace(" ", "")
    assert "shown" in text
    assert "postgresql://app:[hidden]@db/app" in text
    assert "hunter2" not in text


def test_a_request_becomes_a_span_and_a_measurement_over_otlp(
    tmp_path: Path, repository: Path
) -> None:
    (tmp_path / "traced.py").write_text(_APP)
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "traced:app", "--port", str(port),
        "--log-level", "warning",
    ]  # fmt: skip
    with http_sink() as fake_backend:
        settings = (
            '{"version": 1, "service": "api", "environment": "staging", "tracing": {'
            f'"otlp_endpoint": "http://127.0.0.1:{fake_backend.port}", '
            '"otlp_headers_from": "OTLP_HEADERS", "traces_sample_share": 1.0}}'
        )
        environment = {
            "PYTHONPATH": f"{repository / 'kit' / 'src'}:{tmp_path}",
            "OUTGROW_KIT": settings,
            "OTLP_HEADERS": "Api-Key=planted%20key",
        }
        with running(command, tmp_path, lambda: answers(port), environment):
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            base = f"http://127.0.0.1:{port}"
            assert httpx.get(f"{base}/users/7", headers={"traceparent": parent}).text == "7"
            httpx.get(f"{base}/livez")
        # The server has ended by now, and sent what was left.
        traces = ExportTraceServiceRequest.FromString(fake_backend.wait_for("/v1/traces")[0])
        sums = ExportMetricsServiceRequest.FromString(fake_backend.wait_for("/v1/metrics")[-1])
        headers = [one[1] for one in fake_backend.received]
    (span,) = (one for r in traces.resource_spans for s in r.scope_spans for one in s.spans)
    assert (span.name, span.trace_id.hex()) == (
        "GET /users/{user_id}", "0af7651916cd43dd8448eb211c80319c",
    )  # fmt: skip
    (measured,) = (one for r in sums.resource_metrics for s in r.scope_metrics for one in s.metrics)
    assert measured.name == "http.server.request.duration"
    (point,) = measured.histogram.data_points
    assert point.count == 1
    assert 0.2 in list(point.explicit_bounds)
    assert {one["api-key"] for one in headers} == {"planted key"}
