"""The lists that everybody asks for, kept until a change makes them void."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bodies import FileOut, ProjectOut, TaskOut
from app.data import Data
from app.models import File, Project, Task
from outgrow_kit import Cache

CACHED_TYPES = (ProjectOut, TaskOut)


class Lists:
    """Lists of projects and tasks. Their lifetimes are the strategy's, below `caching`.

    `fresh` passes the cache by, for somebody who has changed something a moment ago: other
    workers hear of it within milliseconds, and the change itself must not be missed.
    """

    def __init__(self, cache: Cache, data: Data) -> None:
        self._cache = cache
        self._data = data

        @cache.cached(name="projects", seconds=30, tags=["projects:{organization_id}"])
        async def projects(organization_id: int) -> list[ProjectOut]:
            async with data.reading(organization_id) as session:
                return await _projects(session, organization_id)

        @cache.cached(name="tasks", seconds=30, tags=["tasks:{project_id}"])
        async def tasks(organization_id: int, project_id: int) -> list[TaskOut]:
            async with data.reading(organization_id) as session:
                return await _tasks(session, organization_id, project_id)

        self._projects: Callable[[int], Awaitable[list[ProjectOut]]] = projects
        self._tasks: Callable[[int, int], Awaitable[list[TaskOut]]] = tasks

    async def projects(self, organization_id: int, *, fresh: bool) -> list[ProjectOut]:
        """Return the projects of an organisation, the oldest first."""
        if not fresh:
            return await self._projects(organization_id)
        async with self._data.reading(organization_id) as session:
            return await _projects(session, organization_id)

    async def tasks(self, organization_id: int, project_id: int, *, fresh: bool) -> list[TaskOut]:
        """Return the tasks of a project, the oldest first."""
        if not fresh:
            return await self._tasks(organization_id, project_id)
        async with self._data.reading(organization_id) as session:
            return await _tasks(session, organization_id, project_id)

    async def files(self, organization_id: int, project_id: int) -> list[FileOut]:
        """Return the files of a project, the oldest first."""
        async with self._data.reading(organization_id) as session:
            rows = await session.scalars(
                select(File)
                .where(File.organization_id == organization_id, File.project_id == project_id)
                .order_by(File.id)
            )
            return [FileOut.model_validate(row) for row in rows]

    async def projects_changed(self, organization_id: int) -> None:
        """Make the list of projects void; call it after the commit."""
        await self._cache.ainvalidate_tag(f"projects:{organization_id}")

    async def tasks_changed(self, project_id: int) -> None:
        """Make the list of tasks void; call it after the commit."""
        await self._cache.ainvalidate_tag(f"tasks:{project_id}")


async def _projects(session: AsyncSession, organization_id: int) -> list[ProjectOut]:
    rows = await session.scalars(
        select(Project).where(Project.organization_id == organization_id).order_by(Project.id)
    )
    return [ProjectOut.model_validate(row) for row in rows]


async def _tasks(session: AsyncSession, organization_id: int, project_id: int) -> list[TaskOut]:
    rows = await session.scalars(
        select(Task)
        .where(Task.organization_id == organization_id, Task.project_id == project_id)
        .order_by(Task.id)
    )
    return [TaskOut.model_validate(row) for row in rows]
