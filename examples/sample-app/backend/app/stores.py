"""The two stores: PostgreSQL holds the notes, Redis the queue of those to be counted."""

from __future__ import annotations

import redis
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from app.settings import Settings

QUEUE = "notes:uncounted"


def open_pool(settings: Settings) -> ConnectionPool:
    """Return connections to PostgreSQL; it keeps trying while the database is away."""
    return ConnectionPool(
        settings.database_url,
        min_size=1,
        max_size=settings.pool_size,
        timeout=5,
        kwargs={"row_factory": dict_row, "client_encoding": "utf8"},
        open=True,
    )


def open_redis(settings: Settings) -> redis.Redis:
    """Return a client of Redis; it connects when it is first used."""
    return redis.Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=10)
