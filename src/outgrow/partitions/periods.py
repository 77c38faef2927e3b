"""Days, ISO weeks and months: each begins where the one before it ends.

A period is a range of dates in UTC. Summer time plays no part: a day has 24 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Every = Literal["day", "week", "month"]

LAST_YEAR = 9990  # periods after it must still be dates of Python's


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the start of `first` up to the start of `after`, in UTC."""

    first: date
    after: date

    def holds(self, day: date) -> bool:
        """Return whether `day` lies in it."""
        return self.first <= day < self.after


def day_of(moment: datetime | date) -> date:
    """Return the date of `moment` in UTC; one without a zone is taken as UTC."""
    if isinstance(moment, datetime):
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    return moment


def period_of(day: date, every: Every) -> Period:
    """Return the period that `day` lies in."""
    if every == "day":
        return Period(day, day + timedelta(days=1))
    if every == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(weeks=1))
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1))


def shifted(period: Period, every: Every, count: int) -> Period:
    """Return the period `count` after `period`, or before it when negative."""
    if every == "month":
        months = period.first.year * 12 + period.first.month - 1 + count
        return period_of(date(months // 12, months % 12 + 1, 1), every)
    days = count if every == "day" else 7 * count
    return period_of(period.first + timedelta(days=days), every)


def periods_between(first: date, last: date, every: Every) -> tuple[Period, ...]:
    """Return the periods from that of `first` to that of `last`, none missing."""
    found = [period_of(first, every)]
    while found[-1].after <= last:
        found.append(period_of(found[-1].after, every))
    return tuple(found)


def count_between(first: date, last: date, every: Every) -> int:
    """Return about how many periods lie between two dates, without making them."""
    return (last - first).days // {"day": 1, "week": 7, "month": 30}[every] + 1


def label(period: Period, every: Every) -> str:
    """Return what a partition's name ends with: as pg_partman writes it."""
    day = period.first
    if every == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}w{week:02d}"
    month = f"{day.year:04d}_{day.month:02d}"
    return month if every == "month" else f"{month}_{day.day:02d}"
