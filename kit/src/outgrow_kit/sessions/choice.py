"""Where sessions are kept, from what the phase has."""

from __future__ import annotations

from starlette.middleware import Middleware

from outgrow_kit.clock import WallClock, wall
from outgrow_kit.errors import InvalidSettings
from outgrow_kit.sessions.cookies import SessionCookie
from outgrow_kit.sessions.middleware import SessionMiddleware
from outgrow_kit.sessions.service import DAY_SECONDS, Sessions
from outgrow_kit.sessions.store import SessionStore
from outgrow_kit.settings import Settings

# Longer than a cache may take: here an answer that comes late is better than none.
DEADLINE_SECONDS = 0.25


def sessions_for(
    settings: Settings,
    *,
    idle_seconds: float = 7 * DAY_SECONDS,
    absolute_seconds: float = 30 * DAY_SECONDS,
    deadline_seconds: float = DEADLINE_SECONDS,
    clock: WallClock = wall,
) -> Sessions:
    """Return sessions in Redis where the phase's cache is there, otherwise in PostgreSQL.

    Raises InvalidSettings in a phase that has neither.
    """
    return Sessions(
        _store(settings, deadline_seconds),
        idle_seconds=idle_seconds,
        absolute_seconds=absolute_seconds,
        clock=clock,
    )


def session_middleware(settings: Settings, sessions: Sessions | None = None) -> Middleware:
    """Return the middleware for `web_middleware`, its cookie as the settings want it."""
    cookie = SessionCookie(is_secure=settings.http.secure)
    return Middleware(SessionMiddleware, sessions=sessions or sessions_for(settings), cookie=cookie)


def _store(settings: Settings, deadline_seconds: float) -> SessionStore:
    cache = settings.cache
    if cache.shared == "redis" and cache.redis_url is not None:
        from outgrow_kit.sessions.redis_store import RedisSessions
        from outgrow_kit.stores.redis import RedisStore

        store = RedisStore(cache.redis_url, deadline_seconds=deadline_seconds)
        return RedisSessions(store, cache.namespace)
    if settings.database is None:
        raise InvalidSettings(
            ["sessions need a store: give the phase a database, or a cache that is redis"]
        )
    from outgrow_kit.sessions.postgres_store import SESSIONS_TABLE, PostgresSessions
    from outgrow_kit.stores.postgres import PostgresStore

    return PostgresSessions(
        PostgresStore(settings.database, SESSIONS_TABLE, deadline_seconds=deadline_seconds)
    )
