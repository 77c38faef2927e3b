"""Splits a table while it is written to: the steps, each of which may be repeated.

`follow` puts the triggers on before `copy` reads a row, so that everything written from then
on is noted. `swap` holds the table for as long as it takes to make the last few rows equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from outgrow.errors import OutsideError
from outgrow.partitions.content import read_content
from outgrow.partitions.conversion import (
    Conversion,
    creation,
    new_index,
    not_noted,
    noting,
    removal,
    swap,
    undoing,
)
from outgrow.partitions.copying import (
    FEW,
    Copying,
    Pace,
    emptied,
    equalise,
    exists,
    noted,
    partitions_of,
)
from outgrow.partitions.names import TableName, ident
from outgrow.partitions.partman import hand_over
from outgrow.partitions.patience import never_free, patiently, pause_after, run_patiently
from outgrow.partitions.ports import (
    BATCH,
    LONG,
    SHORT,
    Database,
    LockNotGranted,
    NoPartition,
    Pause,
    Progress,
    Record,
    Session,
)
from outgrow.partitions.reading import read_table

STEPS = (
    "create", "follow", "require dates", "copy", "index", "settle", "verify", "analyze", "swap",
    "foreign keys", "pg_partman", "clear up",
)  # fmt: skip

_SWAPS = 300


class _NotSettled(Exception):
    """Too much was written since the last round to make it equal under the lock."""


class Converter:
    """Carries out one conversion, from wherever an earlier run left it."""

    def __init__(
        self,
        conversion: Conversion,
        database: Database,
        record: Record,
        progress: Progress,
        pause: Pause,
        pace: Pace | None = None,
    ) -> None:
        self._one = conversion
        self._database = database
        self._record = record
        self._progress = progress
        self._pause = pause
        self._copying = Copying(conversion, database, progress, pause, pace or Pace())
        self._actions: dict[str, Callable[[], None]] = {
            "create": self._create, "follow": self._follow, "require dates": self._require_dates,
            "copy": self._copying.copy, "index": self._index, "settle": self._copying.settle,
            "verify": self._verify, "analyze": self._analyze, "swap": self._swap,
            "foreign keys": self._foreign_keys, "pg_partman": self._partman,
            "clear up": self._clear_up,
        }  # fmt: skip

    def run(self) -> None:
        """Do every step that is not done. Raises OutsideError; another run goes on then."""
        for step in STEPS:
            if not self._record.is_done(step):
                self._progress.step(step)
                self._record.started(step)
                self._actions[step]()
                self._record.done(step)

    def undo(self) -> None:
        """Remove everything that was made. Raises OutsideError after the swap."""
        with self._database.transaction(BATCH) as session:
            swapped = _swapped(session, self._one)
        if swapped:
            raise OutsideError(
                f"{self._one.table.shown} is split already",
                f"What it was lies beside it as {self._one.old.shown}, as of the swap.",
            )
        self._progress.step("undo")
        self._locked(undoing(self._one))
        for step in reversed(STEPS):
            self._record.undone(step)

    def _create(self) -> None:
        with self._database.transaction(BATCH) as session:
            if exists(session, self._one.new):
                _check_ours(session, self._one)
                return
            for statement in creation(self._one):
                session.run(statement)

    def _follow(self) -> None:
        self._locked(noting(self._one))

    def _require_dates(self) -> None:
        one = self._one
        if one.by.required:
            return
        name, by = ident(one.required), ident(one.column)
        check = f"check ({by} is not null) not valid"
        self._locked(
            (
                f"alter table {one.table} drop constraint if exists {name}",
                f"alter table {one.table} add constraint {name} {check}",
            )
        )
        self._unhurried(f"alter table {one.table} validate constraint {name}")

    def _index(self) -> None:
        one = self._one
        for index in one.structure.indexes:
            statement = new_index(one, index)
            name = TableName(one.table.schema, one.temporary(index.name))
            with self._database.transaction(LONG) as session:
                if statement is not None and not exists(session, name):
                    session.run(statement)

    def _verify(self) -> None:
        """Compare all rows whose keys wait in no log, at one moment: they must be the same."""
        self._copying.settle()
        one, columns = self._one, [each.name for each in self._one.structure.columns]
        condition = not_noted(one)
        with self._database.transaction(LONG, snapshot=True) as session:
            old = read_content(session, f"only {one.table}", columns, condition)
            new = read_content(session, str(one.new), columns, condition)
        if old != new:
            raise OutsideError(
                f"the copy of {one.table.shown} is not the same: {old.rows} rows there, "
                f"{new.rows} in the copy. Nothing was swapped.",
                "Take it back with `outgrow partitions apply --undo`, and report this.",
            )
        self._progress.note(f"{old.rows:,} rows are the same in both")

    def _analyze(self) -> None:
        self._database.alone(f"analyze {self._one.new}", LONG)

    def _swap(self) -> None:
        for attempt in range(_SWAPS):
            try:
                with self._database.transaction(SHORT) as session:
                    if _swapped(session, self._one):
                        return
                self._copying.settle()
                with self._database.transaction(SHORT) as session:
                    _swap_in(session, self._one)
                return
            except NoPartition:
                self._copying.make_missing_partitions()
            except (LockNotGranted, _NotSettled):
                self._pause.wait(pause_after(attempt))
        raise never_free()

    def _foreign_keys(self) -> None:
        """Prove on each partition what the old table had proven; then the table has them too."""
        one = self._one
        with self._database.transaction(BATCH) as session:
            partitions = partitions_of(session, one.table)
            there = {key.name for key in read_table(session, one.table).structure.foreign_keys}
        for key in one.foreign_keys:
            if key.name in there:
                continue
            name = ident(key.name)
            for partition in partitions:
                self._unhurried(f"alter table {partition} validate constraint {name}")
            self._locked((f"alter table {one.table} add constraint {name} {key.definition}",))

    def _partman(self) -> None:
        if self._one.partman is not None:
            hand_over(self._database, self._pause, self._one, self._one.partman)

    def _clear_up(self) -> None:
        self._locked(removal(self._one))

    def _locked(self, statements: Iterable[str]) -> None:
        run_patiently(self._database, self._pause, SHORT, statements)

    def _unhurried(self, statement: str) -> None:
        patiently(self._database, self._pause, LONG, lambda session: session.run(statement))


def _swap_in(session: Session, one: Conversion) -> None:
    session.run(f"lock table {one.table} in access exclusive mode")
    if emptied(session, one) or noted(session, one) > 2 * FEW:
        raise _NotSettled
    if read_table(session, one.table).structure != one.structure:
        raise OutsideError(
            f"{one.table.shown} was altered since its conversion began. Nothing was swapped.",
            "Take it back with `outgrow partitions apply --undo`, then begin again.",
        )
    equalise(session, one, 2 * FEW)
    for statement in swap(one, partitions_of(session, one.new)):
        session.run(statement)


def _swapped(session: Session, one: Conversion) -> bool:
    return not exists(session, one.new) and exists(session, one.old)


def _check_ours(session: Session, one: Conversion) -> None:
    query = "select obj_description(to_regclass(%s), 'pg_class')"
    if session.rows(query, [str(one.new)])[0][0] != one.mark:
        raise OutsideError(
            f"there is a table {one.new.shown} that outgrow did not make",
            "Rename it, then run this again.",
        )
