"""The application that the tests of rate limits run in processes of its own."""

from __future__ import annotations

from fastapi import FastAPI

from outgrow_kit import Settings
from outgrow_kit.limits import rate_limit_middleware
from outgrow_kit.web import web_middleware

settings = Settings.from_environment()
app = FastAPI(middleware=web_middleware(settings.http, *rate_limit_middleware(settings)))


@app.get("/free")
async def free() -> dict[str, bool]:
    """Answer without any limit."""
    return {"ok": True}


@app.get("/limited/{name}")
async def limited(name: str) -> dict[str, str]:
    """Answer as often as the rules allow."""
    return {"name": name}
