"""What every change has in common: it belongs to an organisation, and leaves an event."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import Data
from app.models import Event, Project
from app.parts import Member


async def owned_project(session: AsyncSession, who: Member, project_id: int) -> Project:
    """Return a project of the caller's organisation; raises HTTPException 404."""
    wanted = select(Project).where(
        Project.id == project_id, Project.organization_id == who.organization_id
    )
    project = (await session.scalars(wanted)).first()
    if project is None:
        raise HTTPException(404, "There is no such project.")
    return project


async def happened(data: Data, who: Member, project_id: int, kind: str, subject: str) -> Event:
    """Return the event of a change, to be stored in the same transaction."""
    return Event(
        id=await data.new_id(who.organization_id),
        created_at=datetime.now(UTC),
        organization_id=who.organization_id,
        project_id=project_id,
        actor=who.name,
        kind=kind,
        subject=subject,
    )
