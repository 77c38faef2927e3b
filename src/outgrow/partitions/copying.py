"""Fills the new table and keeps it equal to the old one, as far as that is not locked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from outgrow.errors import OutsideError
from outgrow.partitions.bounds import partition_name
from outgrow.partitions.conversion import (
    Conversion,
    begin_again,
    copy_batch,
    equal_again,
    new_partition,
)
from outgrow.partitions.names import TableName
from outgrow.partitions.patience import patiently
from outgrow.partitions.periods import count_between, periods_between
from outgrow.partitions.plan import MOST_PARTITIONS, NewPartition
from outgrow.partitions.ports import (
    BATCH,
    Database,
    Limits,
    NoPartition,
    Pause,
    Progress,
    Session,
)
from outgrow.partitions.reading import read_dates

# So many noted rows are made equal under the lock, at most.
FEW = 200
_ROUNDS_WITHOUT_GAIN = 20
_TIMES_DATES_MAY_SURPRISE = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard the copy works: it aims at batches of `batch_seconds` and rests in between.

    `rest_share` is the rest, as a share of the time that the batch took.
    """

    first_rows: int = 2_000
    most_rows: int = 20_000
    batch_seconds: float = 0.1
    rest_share: float = 0.5


class Copying:
    """The copy of one conversion."""

    def __init__(
        self,
        one: Conversion,
        database: Database,
        progress: Progress,
        pause: Pause,
        pace: Pace,
    ) -> None:
        self._one = one
        self._database = database
        self._progress = progress
        self._pause = pause
        self._pace = pace

    def copy(self) -> None:
        """Copy every row once, from where an earlier run stopped."""
        rows, over, about = self._pace.first_rows, False, self._about()
        while not over:
            began = self._pause.seconds()
            copied, over = self.with_partitions(BATCH, partial(self._batch, rows))
            self._progress.rows(copied, about)
            rows = self._rested(rows, self._pause.seconds() - began)

    def _about(self) -> int | None:
        """Return how many rows the server believes there are; None before it has counted."""
        query = "select nullif(reltuples, -1)::bigint from pg_class where oid = to_regclass(%s)"
        with self._database.transaction(BATCH) as session:
            found: int | None = session.rows(query, [str(self._one.table)])[0][0]
        return found

    def _batch(self, rows: int, session: Session) -> tuple[int, bool]:
        """Copy up to `rows`; return how many there are by now, and whether that is all."""
        copied, over = session.rows(f"select og_copied, og_over from {self._one.reached}")[0]
        if over:
            return copied, True
        read = session.rows(copy_batch(self._one, first=copied == 0), [rows])[0][0]
        if read < rows:
            session.run(f"update {self._one.reached} set og_over = true")
        return copied + read, read < rows

    def _rested(self, rows: int, seconds: float) -> int:
        """Rest; return how many rows to copy next, so that a batch takes what it should."""
        self._pause.wait(seconds * self._pace.rest_share)
        wanted = int(rows * self._pace.batch_seconds / max(seconds, 0.001))
        return max(self._pace.first_rows // 4, min(wanted, 2 * rows, self._pace.most_rows))

    def settle(self) -> None:
        """Make equal what was noted, until only a few rows are left."""
        least, rounds = None, 0
        while (left := self._round()) > FEW:
            rounds = 0 if least is None or left < least else rounds + 1
            least = left if least is None else min(left, least)
            if rounds >= _ROUNDS_WITHOUT_GAIN:
                raise OutsideError(
                    f"{self._one.table.shown} is written to faster than it can be followed: "
                    f"{left} rows wait",
                    "Run it again when less is written; it goes on from here.",
                )

    def _round(self) -> int:
        """Make some of the noted rows equal; return how many are left."""
        most = self._pace.most_rows
        left = self.with_partitions(BATCH, lambda session: self._round_in(session, most))
        if left is not None:
            return left
        self._progress.note("the table was emptied meanwhile: the copy begins again")
        self.copy()
        return FEW + 1

    def _round_in(self, session: Session, most: int) -> int | None:
        if emptied(session, self._one):
            for statement in begin_again(self._one):
                session.run(statement)
            return None
        equalise(session, self._one, most)
        return noted(session, self._one)

    def with_partitions(self, limits: Limits, work: Callable[[Session], T]) -> T:
        """Return what `work` returns; a partition that it misses is made, and it is repeated."""
        for _ in range(_TIMES_DATES_MAY_SURPRISE):
            try:
                return patiently(self._database, self._pause, limits, work)
            except NoPartition:
                self.make_missing_partitions()
        raise OutsideError(
            f"rows of {self._one.table.shown} keep getting dates for which there is no partition",
            "Find what writes them, then run this again.",
        )

    def make_missing_partitions(self) -> None:
        """Make partitions for dates that were written since the plan was made."""
        patiently(self._database, self._pause, BATCH, self._make_missing)

    def _make_missing(self, session: Session) -> None:
        one = self._one
        dates = read_dates(session, one.table, one.column)
        if dates.first is None or dates.last is None:
            return
        count = count_between(dates.first, dates.last, one.every)
        if count > MOST_PARTITIONS or dates.out_of_range:
            raise OutsideError(
                f"rows of {one.table.shown} now reach from {dates.first} to {dates.last} or beyond",
                "Correct the ones that are far off, then run this again.",
            )
        there = set(partitions_of(session, one.new))
        for period in periods_between(dates.first, dates.last, one.every):
            made = NewPartition(partition_name(one.table, period, one.every), period)
            if made.name not in there:
                for statement in new_partition(one, made):
                    session.run(statement)


def equalise(session: Session, one: Conversion, most: int) -> None:
    """Make up to `most` noted rows of the new table what they are in the old one."""
    make, take, remove, insert = equal_again(one)
    # Without statistics of the keys, the planner would rather read every partition whole.
    for way in ("seqscan", "hashjoin", "mergejoin"):
        session.run(f"set local enable_{way} = off")
    session.run(make)
    session.run(take, [most])
    session.run(remove)
    session.run(insert)


def noted(session: Session, one: Conversion) -> int:
    """Return how many rows were noted and are not equal yet."""
    count: int = session.rows(f"select count(*) from {one.log}")[0][0]
    return count


def emptied(session: Session, one: Conversion) -> bool:
    """Return whether somebody has emptied the table since."""
    query = f"select exists (select from {one.log} where og_emptied)"
    found: bool = session.rows(query)[0][0]
    return found


def exists(session: Session, name: TableName) -> bool:
    """Return whether there is a table or index of this name."""
    found: bool = session.rows("select to_regclass(%s) is not null", [str(name)])[0][0]
    return found


def partitions_of(session: Session, name: TableName) -> list[TableName]:
    """Return the partitions of a table."""
    query = (
        "select n.nspname, c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where i.inhparent = to_regclass(%s) order by c.relname"
    )
    return [TableName(*one) for one in session.rows(query, [str(name)])]
