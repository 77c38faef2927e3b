"""The application: `uvicorn app.main:app`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.parts import Parts, parts_for
from app.routes import router
from outgrow_kit import ReadYourWrites, Settings, rate_limit_middleware, session_middleware
from outgrow_kit.limits import Callers
from outgrow_kit.observe import observe
from outgrow_kit.observe.errors import start_errors
from outgrow_kit.observe.telemetry import start_telemetry
from outgrow_kit.sessions import user_of_session
from outgrow_kit.web import web_middleware


def application(settings: Settings, environ: Mapping[str, str]) -> FastAPI:
    """Return the application for what a phase offers."""
    parts = parts_for(settings, environ)
    start_errors(settings)
    app = FastAPI(title="Projects", lifespan=_life, middleware=_middleware(parts))
    app.state.parts = parts
    app.include_router(router)
    app.router.routes.extend(parts.health.routes())
    observe(app, parts.metrics)
    return app


def _middleware(parts: Parts) -> list[Middleware]:
    settings = parts.settings
    return web_middleware(
        settings.http,
        session_middleware(settings),
        *rate_limit_middleware(settings, callers=Callers(user=user_of_session)),
        Middleware(ReadYourWrites, database=parts.data.main, secure=settings.http.secure),
    )


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    telemetry = start_telemetry(parts.settings)
    try:
        yield
    finally:
        parts.health.drain()
        await parts.close()
        if telemetry is not None:
            telemetry.close()


app = application(Settings.from_environment(), os.environ)
