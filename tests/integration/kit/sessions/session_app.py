"""The application that the tests of sessions run in processes of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request

from outgrow_kit import Settings
from outgrow_kit.sessions import Session, log_in, log_out, session_middleware, session_of
from outgrow_kit.sessions.choice import sessions_for
from outgrow_kit.web import web_middleware

settings = Settings.from_environment()
sessions = sessions_for(settings, deadline_seconds=2)
app = FastAPI(middleware=web_middleware(settings.http, session_middleware(settings, sessions)))
Current = Annotated[Session, Depends(session_of)]


@app.get("/free")
async def free() -> str:
    """Answer without a session."""
    return "free"


@app.get("/me")
async def me(session: Current) -> dict[str, object]:
    """Answer with what the session holds."""
    return {"user": session.user_id, **session}


@app.post("/login/{user}")
async def login(request: Request, user: str) -> None:
    """Log in."""
    await log_in(request, user)


@app.post("/count/{key}")
async def count(key: str, session: Current) -> None:
    """Write a value."""
    session[key] = True


@app.post("/logout")
async def logout(request: Request) -> None:
    """Log out."""
    await log_out(request)


@app.post("/logout-everywhere")
async def logout_everywhere(session: Current) -> int:
    """End every other session of the user."""
    assert session.user_id is not None
    return await sessions.revoke_user(session.user_id, keep=session)
