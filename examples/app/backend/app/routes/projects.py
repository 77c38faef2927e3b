"""Projects."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import delete

from app.bodies import ProjectChange, ProjectIn, ProjectOut
from app.changes import happened, owned_project
from app.models import Project
from app.parts import Here, Reader, Writer

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
async def listed(here: Here, who: Reader) -> list[ProjectOut]:
    """Return the projects of one's organisation."""
    return await here.lists.projects(who.organization_id, fresh=who.has_just_changed)


@router.post("", status_code=201)
async def created(wanted: ProjectIn, here: Here, who: Writer) -> ProjectOut:
    """Create a project."""
    project = Project(
        id=await here.data.new_id(who.organization_id),
        organization_id=who.organization_id,
        name=wanted.name,
        description=wanted.description,
    )
    async with here.data.writing(who.organization_id) as session:
        session.add(project)
        await session.flush()
        session.add(await happened(here.data, who, project.id, "project.created", project.name))
        await session.refresh(project)
    await here.lists.projects_changed(who.organization_id)
    here.figures.projects.inc()
    return ProjectOut.model_validate(project)


@router.get("/{project_id}")
async def one(project_id: int, here: Here, who: Reader) -> ProjectOut:
    """Return a project."""
    async with here.data.reading(who.organization_id) as session:
        return ProjectOut.model_validate(await owned_project(session, who, project_id))


@router.patch("/{project_id}")
async def changed(project_id: int, change: ProjectChange, here: Here, who: Writer) -> ProjectOut:
    """Change a project."""
    async with here.data.writing(who.organization_id) as session:
        project = await owned_project(session, who, project_id)
        project.name = change.name or project.name
        if change.description is not None:
            project.description = change.description
        session.add(await happened(here.data, who, project.id, "project.changed", project.name))
    await here.lists.projects_changed(who.organization_id)
    return ProjectOut.model_validate(project)


@router.delete("/{project_id}", status_code=204)
async def deleted(project_id: int, here: Here, who: Writer) -> None:
    """Delete a project with its tasks and the list of its files."""
    async with here.data.writing(who.organization_id) as session:
        project = await owned_project(session, who, project_id)
        session.add(await happened(here.data, who, project.id, "project.deleted", project.name))
        await session.execute(delete(Project).where(Project.id == project_id))
    await here.lists.projects_changed(who.organization_id)
    await here.lists.tasks_changed(project_id)
