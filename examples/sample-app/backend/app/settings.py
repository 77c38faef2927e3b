"""What the application is told by its environment; it is the same in every phase."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the stores are, and how many connections one process may open."""

    database_url: str
    redis_url: str
    pool_size: int


def read_settings() -> Settings:
    """Return the settings; a missing address ends the program with the key's name."""
    return Settings(
        database_url=_required("DATABASE_URL"),
        redis_url=_required("REDIS_URL"),
        pool_size=int(os.environ.get("POOL_SIZE", "5")),
    )


def _required(key: str) -> str:
    value = os.environ.get(key)
    if not value:
        raise SystemExit(f"{key} is not set")
    return value
