"""What happened, the newest first, and counts of what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from sqlalchemy import func, select, tuple_

from app.bodies import EventOut, EventPage, Summary
from app.models import Event, File, Project, Task
from app.parts import Here, Reader

router = APIRouter(tags=["events"])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@router.get("/events")
async def page(
    here: Here,
    who: Reader,
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> EventPage:
    """Return the events before a place (the newest without one).

    The place holds the time: PostgreSQL then looks only into the parts of the table that matter.
    """
    wanted = select(Event).where(Event.organization_id == who.organization_id)
    if before is not None:
        created_at, number = _place(before)
        wanted = wanted.where(tuple_(Event.created_at, Event.id) < tuple_(created_at, number))
    newest_first = wanted.order_by(Event.created_at.desc(), Event.id.desc()).limit(limit)
    async with here.data.reading(who.organization_id) as session:
        found = list(await session.scalars(newest_first))
    after = f"{(found[-1].created_at - _EPOCH) // _MICROSECOND}-{found[-1].id}" if found else None
    return EventPage(
        events=[EventOut.model_validate(event) for event in found],
        next=after if len(found) == limit else None,
    )


def _place(text: str) -> tuple[datetime, int]:
    microseconds, _, number = text.partition("-")
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND, int(number)
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, "before is the `next` of another page.") from error


@router.get("/summary")
async def summary(here: Here, who: Reader) -> Summary:
    """Return counts of what an organisation has."""
    async with here.data.reading(who.organization_id) as session:
        states = await session.execute(
            select(Task.state, func.count())
            .where(Task.organization_id == who.organization_id)
            .group_by(Task.state)
        )
        counts = {
            table.__tablename__: await session.scalar(
                select(func.count()).where(table.organization_id == who.organization_id)
            )
            for table in (Project, File, Event)
        }
        return Summary.model_validate({"tasks": dict(states.tuples().all()), **counts})
