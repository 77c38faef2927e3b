"""Tasks of projects."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bodies import TaskChange, TaskIn, TaskOut
from app.changes import happened, owned_project
from app.models import Task
from app.parts import Here, Member, Reader, Writer

router = APIRouter(tags=["tasks"])


@router.get("/projects/{project_id}/tasks")
async def listed(project_id: int, here: Here, who: Reader) -> list[TaskOut]:
    """Return the tasks of a project; none for one that is not there."""
    return await here.lists.tasks(who.organization_id, project_id, fresh=who.has_just_changed)


@router.post("/projects/{project_id}/tasks", status_code=201)
async def created(project_id: int, wanted: TaskIn, here: Here, who: Writer) -> TaskOut:
    """Create an open task."""
    async with here.data.writing(who.organization_id) as session:
        await owned_project(session, who, project_id)
        task = Task(
            id=await here.data.new_id(who.organization_id),
            organization_id=who.organization_id,
            project_id=project_id,
            title=wanted.title,
            state="open",
        )
        session.add(task)
        await session.flush()
        session.add(await happened(here.data, who, project_id, "task.created", task.title))
        await session.refresh(task)
    await here.lists.tasks_changed(project_id)
    here.figures.tasks.labels("open").inc()
    return TaskOut.model_validate(task)


@router.patch("/tasks/{task_id}")
async def changed(task_id: int, change: TaskChange, here: Here, who: Writer) -> TaskOut:
    """Change a task's title or state."""
    async with here.data.writing(who.organization_id) as session:
        task = await _owned(session, who, task_id)
        task.title = change.title or task.title
        if change.state is not None and change.state != task.state:
            task.state = change.state
            here.figures.tasks.labels(change.state).inc()
        session.add(
            await happened(here.data, who, task.project_id, f"task.{task.state}", task.title)
        )
    await here.lists.tasks_changed(task.project_id)
    return TaskOut.model_validate(task)


@router.delete("/tasks/{task_id}", status_code=204)
async def deleted(task_id: int, here: Here, who: Writer) -> None:
    """Delete a task."""
    async with here.data.writing(who.organization_id) as session:
        task = await _owned(session, who, task_id)
        session.add(await happened(here.data, who, task.project_id, "task.deleted", task.title))
        await session.execute(delete(Task).where(Task.id == task_id))
    await here.lists.tasks_changed(task.project_id)


async def _owned(session: AsyncSession, who: Member, task_id: int) -> Task:
    wanted = select(Task).where(Task.id == task_id, Task.organization_id == who.organization_id)
    task = (await session.scalars(wanted.with_for_update())).first()
    if task is None:
        raise HTTPException(404, "There is no such task.")
    return task
