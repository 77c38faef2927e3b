"""`python -m app.seed`: organisations with projects, tasks and a year of events to look at.

Run twice it adds nothing: an organisation that is there already is left alone.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.data import Data
from app.models import Account, Event, Organization, Project, Task
from outgrow_kit import Settings

_WORDS = ("Bridge", "Engine", "Garden", "Harbour", "Library", "Market", "Mill", "Station")
_STEPS = ("Draw", "Measure", "Order", "Build", "Paint", "Inspect", "Open", "Repair")
_STATES = ("open", "doing", "done")
_DAYS = 365


async def seed(data: Data, organizations: int, projects: int, tasks: int) -> int:
    """Add organisations with as many projects of as many tasks each; return how many were new."""
    added = 0
    for number in range(1, organizations + 1):
        organization_id = await _organization(data, f"sample-{number}", f"Sample {number}")
        if organization_id is not None:
            await _fill(data, organization_id, projects, tasks, random.Random(number))
            added += 1
    return added


async def _organization(data: Data, issued_as: str, name: str) -> int | None:
    """Return the id of a new organisation with one account; None when there is one already."""
    async with data.main.write() as session:
        known = select(Organization.id).where(Organization.issued_as == issued_as)
        if await session.scalar(known) is not None:
            return None
        organization_id = await data.new_id(issued_as)
        session.add(Organization(id=organization_id, issued_as=issued_as, name=name))
        await session.flush()
        account_id = await data.new_id(organization_id)
        session.add(
            Account(id=account_id, organization_id=organization_id, subject="ada", name="Ada")
        )
    return organization_id


async def _fill(
    data: Data, organization_id: int, projects: int, tasks: int, chance: random.Random
) -> None:
    for _ in range(projects):
        name = f"{chance.choice(_WORDS)} {chance.randint(1, 99)}"
        async with data.writing(organization_id) as session:
            project = Project(
                id=await data.new_id(organization_id),
                organization_id=organization_id,
                name=name,
                description="",
            )
            session.add(project)
            await session.flush()
            for number in range(tasks):
                title = f"{chance.choice(_STEPS)} part {number + 1}"
                task, event = await _task(data, project, title, chance)
                session.add_all((task, event))


async def _task(
    data: Data, project: Project, title: str, chance: random.Random
) -> tuple[Task, Event]:
    """Return a task, and the event of it on some day of the last year."""
    owner, state = project.organization_id, chance.choice(_STATES)
    at = datetime.now(UTC) - timedelta(days=chance.random() * _DAYS)
    task = Task(
        id=await data.new_id(owner),
        organization_id=owner,
        project_id=project.id,
        title=title,
        state=state,
        created_at=at,
    )
    event = Event(
        id=await data.new_id(owner),
        created_at=at,
        organization_id=owner,
        project_id=project.id,
        actor="Ada",
        kind="task.created" if state == "open" else f"task.{state}",
        subject=title,
    )
    return task, event


async def main() -> None:
    """Read the arguments and the settings, and seed."""
    parser = argparse.ArgumentParser(description="Fill an empty database with samples.")
    parser.add_argument("--organizations", type=int, default=3)
    parser.add_argument("--projects", type=int, default=5, help="for each organisation")
    parser.add_argument("--tasks", type=int, default=20, help="for each project")
    given = parser.parse_args()
    settings = Settings.from_environment()
    if settings.database is None:
        raise SystemExit("This phase has no database: set DATABASE_URL, or use outgrow env exec.")
    if settings.environment.startswith("prod"):
        raise SystemExit("Samples do not belong into production.")
    data = Data(settings.database)
    try:
        added = await seed(data, given.organizations, given.projects, given.tasks)
    finally:
        await data.close()
    print(f"{added} organisations added")


if __name__ == "__main__":
    asyncio.run(main())
