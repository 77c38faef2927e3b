"""What can be asked of the application."""

from __future__ import annotations

from fastapi import APIRouter

from app.routes import events, files, projects, session, tasks

router = APIRouter(prefix="/api")
for part in (session, projects, tasks, files, events):
    router.include_router(part.router)
