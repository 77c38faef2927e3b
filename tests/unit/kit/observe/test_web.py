"""What is counted of the requests of an application."""

from __future__ import annotations

import asyncio
import re
import threading

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from outgrow_kit import KitError
from outgrow_kit.observe import Metrics, observe
from outgrow_kit.settings import MetricsSettings


def ask(app: Starlette, *asked: tuple[str, str]) -> str:
    """Send requests, then return the metrics."""

    async def send() -> str:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            for method, path in asked:
                await client.request(method, path)
            return (await client.get("/metrics")).text

    return asyncio.run(send())


def counted(text: str, endpoint: str, status: str, method: str = "GET") -> float | None:
    labels = f'endpoint="{endpoint}",method="{method}",status="{status}"'
    found = re.search(rf"^http_requests_total{{{re.escape(labels)}}} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


async def page(_: Request) -> Response:
    return PlainTextResponse("ok")


async def broken(_: Request) -> Response:
    raise RuntimeError("a fault")


def plain() -> Starlette:
    inner = Starlette(routes=[Route("/files/{name}", page)])
    app = Starlette(
        routes=[Route("/", page), Route("/broken", broken), Mount("/static", inner)],
    )
    observe(app, Metrics())
    return app


def fastapi() -> FastAPI:
    inner = APIRouter(prefix="/users")

    @inner.get("/{user_id}")
    async def one(user_id: int) -> int:
        return user_id

    @inner.post("", status_code=201)
    async def new() -> str:
        return "made"

    outer = APIRouter(prefix="/v1")
    outer.include_router(inner)
    app = FastAPI()
    app.include_router(outer, prefix="/api")
    app.include_router(inner, prefix="/old")
    observe(app, Metrics())
    return app


def test_requests_are_counted_by_template_and_never_by_path() -> None:
    text = ask(plain(), ("GET", "/static/files/a"), ("GET", "/static/files/b"), ("GET", "/other"))
    assert counted(text, "/static/files/{name}", "200") == 2
    assert counted(text, "unmatched", "404") == 1
    assert "/other" not in text


def test_included_routers_count_under_their_whole_path() -> None:
    text = ask(fastapi(), ("GET", "/api/v1/users/3"), ("GET", "/old/users/4"))
    assert counted(text, "/api/v1/users/{user_id}", "200") == 1
    assert counted(text, "/old/users/{user_id}", "200") == 1


def test_every_route_begins_at_zero_with_its_own_success_and_the_usual_failures() -> None:
    text = ask(fastapi())
    assert counted(text, "/api/v1/users", "201", "POST") == 0
    assert counted(text, "/api/v1/users/{user_id}", "500") == 0
    assert 'http_request_duration_seconds_count{endpoint="/api/v1/users",method="POST"} 0' in text


def test_a_fault_of_the_application_counts_as_500() -> None:
    assert counted(ask(plain(), ("GET", "/broken")), "/broken", "500") == 1


def test_methods_that_nobody_knows_make_one_series() -> None:
    text = ask(plain(), ("BREW", "/"), ("BREW2", "/"))
    assert counted(text, "/", "405", "OTHER") == 2


def test_looking_at_the_metrics_is_not_counted() -> None:
    app = plain()
    ask(app)
    assert 'endpoint="/metrics"' not in ask(app)


def test_the_strategys_metrics_begin_at_zero_for_each_label_set() -> None:
    settings = MetricsSettings(metrics={"tasks_created_total": ("counter", ("user_type",))})
    metrics = Metrics(settings)
    assert metrics.missing() == ("tasks_created_total",)
    metrics.counter("tasks_created_total", "Tasks.", {"user_type": ("free", "paid")})
    text = metrics.exposition().decode()
    assert 'tasks_created_total{user_type="paid"} 0.0' in text
    assert metrics.missing() == ()


def test_a_metric_of_another_kind_than_the_strategy_says_is_refused() -> None:
    settings = MetricsSettings(metrics={"active_users": ("gauge", ())})
    with pytest.raises(KitError, match="gauge"):
        Metrics(settings).counter("active_users", "Users.")


def test_a_metric_is_made_once() -> None:
    metrics = Metrics()
    metrics.gauge("active_users", "Users.")
    with pytest.raises(KitError, match="twice"):
        metrics.gauge("active_users", "Users.")


def test_an_application_that_is_mounted_at_the_root_does_not_hide_the_metrics() -> None:
    app = Starlette(routes=[Mount("/", Starlette(routes=[Route("/page", page)]))])
    observe(app, Metrics())
    assert counted(ask(app, ("GET", "/page")), "/page", "200") == 1


def test_the_event_loop_goes_on_while_the_metrics_are_added_up() -> None:
    threads = []

    class Noted(Metrics):
        def carried(self) -> bytes:
            threads.append(threading.current_thread())
            return super().carried()

    app, metrics = Starlette(), Noted()
    observe(app, metrics)
    metrics.before_reading(lambda: threads.append(threading.current_thread()))
    assert "http_requests_total" in ask(app)
    first, second = threads
    assert first is threading.main_thread(), "what counts in the loop is read in the loop"
    assert second is not first
