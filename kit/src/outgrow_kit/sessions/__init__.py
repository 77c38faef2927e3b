"""Sessions on the server, in Redis or PostgreSQL, by an opaque id in a cookie."""

from __future__ import annotations

from outgrow_kit.sessions.blocking import BlockingSessions
from outgrow_kit.sessions.choice import session_middleware, sessions_for
from outgrow_kit.sessions.cookies import SessionCookie
from outgrow_kit.sessions.middleware import (
    SessionMiddleware,
    log_in,
    log_out,
    session_of,
    user_of_session,
)
from outgrow_kit.sessions.service import SessionInfo, Sessions
from outgrow_kit.sessions.store import SessionStore
from outgrow_kit.sessions.values import Changes, JsonValue, Record, Session

__all__ = [
    "BlockingSessions",
    "Changes",
    "JsonValue",
    "Record",
    "Session",
    "SessionCookie",
    "SessionInfo",
    "SessionMiddleware",
    "SessionStore",
    "Sessions",
    "log_in",
    "log_out",
    "session_middleware",
    "session_of",
    "sessions_for",
    "user_of_session",
]
