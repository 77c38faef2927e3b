"""The HTTP API. A note is stored at once; the worker counts its words afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, Field

from app.settings import read_settings
from app.stores import QUEUE, open_pool, open_redis


@asynccontextmanager
async def _stores(application: FastAPI) -> AsyncIterator[None]:
    settings = read_settings()
    application.state.pool = open_pool(settings)
    application.state.redis = open_redis(settings)
    yield
    application.state.pool.close()
    application.state.redis.close()


app = FastAPI(title="Notes", lifespan=_stores)


class NewNote(BaseModel):
    """What a person writes."""

    text: str = Field(min_length=1, max_length=10_000)


class Note(BaseModel):
    """What is stored; `words` is null until the worker has counted them."""

    id: int
    text: str
    words: int | None


@app.get("/healthz")
def alive() -> dict[str, str]:
    """Return that the process answers; it asks no store, so a slow one restarts nothing."""
    return {"status": "ok"}


@app.get("/readyz")
def ready(request: Request, response: Response) -> dict[str, str]:
    """Return whether each store answers; 503 takes the process out of the load balancer."""
    found = {"postgres": _postgres(request), "redis": _redis(request)}
    if set(found.values()) != {"ok"}:
        response.status_code = 503
    return found


def _postgres(request: Request) -> str:
    try:
        with request.app.state.pool.connection(timeout=2) as connection:
            connection.execute("SELECT 1")
    except Exception as error:
        return type(error).__name__
    return "ok"


def _redis(request: Request) -> str:
    try:
        request.app.state.redis.ping()
    except Exception as error:
        return type(error).__name__
    return "ok"


@app.get("/api/notes")
def notes(request: Request) -> list[Note]:
    """Return the newest notes, 50 at the most."""
    with request.app.state.pool.connection() as connection:
        rows = connection.execute("SELECT id, text, words FROM notes ORDER BY id DESC LIMIT 50")
        return [Note(**row) for row in rows.fetchall()]


@app.post("/api/notes", status_code=201)
def add(request: Request, note: NewNote) -> Note:
    """Store a note and ask the worker to count it."""
    with request.app.state.pool.connection() as connection:
        row = connection.execute(
            "INSERT INTO notes (text) VALUES (%s) RETURNING id, text, words", (note.text,)
        ).fetchone()
    request.app.state.redis.lpush(QUEUE, row["id"])
    return Note(**row)
