"""What counting and timing a request costs, with one process and with several."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time

_ROUNDS = 20_000
_BATCH = 100


async def microseconds() -> dict[str, tuple[float, float]]:
    """Return p50 and p99 of what the middleware adds to a request, averaged over batches."""
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

    from outgrow_kit.observe import Metrics
    from outgrow_kit.observe.web import RequestMetrics
    from outgrow_kit.settings import MetricsSettings

    app = FastAPI()

    @app.get("/users/{user_id}")
    def user(user_id: int) -> int:
        return user_id

    async def inner(scope: Scope, _: Receive, send: Send) -> None:
        scope["endpoint"] = user
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(_: object = None) -> None:
        return None

    metrics = Metrics(MetricsSettings(latency_thresholds_seconds=(0.2, 0.5)))
    counted = RequestMetrics(inner, metrics, app)
    taken = {}
    await counted({"type": "http", "path": "/users/1", "method": "GET"}, nothing, nothing)
    for name, called in (("bare", inner), ("counted", counted)):
        batches = []
        for _ in range(_ROUNDS // _BATCH):
            scopes = [{"type": "http", "path": "/users/1", "method": "GET"} for _ in range(_BATCH)]
            began = time.perf_counter_ns()
            for scope in scopes:
                await called(scope, nothing, nothing)
            batches.append((time.perf_counter_ns() - began) / 1000 / _BATCH)
        cuts = statistics.quantiles(batches, n=100)
        taken[name] = (cuts[49], cuts[98])
    return taken


def row(title: str) -> str:
    """Return a row of the table, measured in this process."""
    taken = asyncio.run(microseconds())
    middle, high = (taken["counted"][at] - taken["bare"][at] for at in (0, 1))
    return f"| {title} | {middle:.1f} | {high:.1f} |"


def main() -> None:
    """Print the section; values of several workers need a process of their own."""
    if len(sys.argv) > 1:
        print(row(sys.argv[1]))
        return
    print("## Metrics: what the middleware adds to a request\n")
    print("| | p50 us | p99 us |\n| --- | ---: | ---: |")
    print(row("one process"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": folder}
        done = subprocess.run(
            [sys.executable, __file__, "several workers"],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    print(done.stdout, end="")


if __name__ == "__main__":
    main()
