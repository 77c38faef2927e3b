"""Moves the rows of a key or of a logical shard while they are read and written.

The steps, each of which may be repeated:

    prepare    gates where they are missing
    watch      triggers on the source that note what changes
    claim      the gates and the directory belong to this move; the target's is closed
    capture    from here on every change of these rows is noted
    copy       in batches, by primary key
    catch up   what was noted, again and again until little is left
    verify     all rows are the same on both sides, and what they refer to is there
    hand over  nobody gets in; the last changes are brought over; the source is closed for good
    open       the target is opened
    switch     the directory names the target
    clear up   nothing of the move is left but the old rows

The fence of `hand over` opens by itself when this process dies, until the source is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from outgrow.errors import OutsideError
from outgrow.shards import directory, gates
from outgrow.shards.content import read_both
from outgrow.shards.copying import (
    Route,
    advance_sequences,
    catch_up,
    check_references,
    copy_table,
    erase,
    pending,
)
from outgrow.shards.facts import Subject, Table
from outgrow.shards.ports import (
    BATCH,
    LONG,
    SHORT,
    Database,
    LockNotGranted,
    Pause,
    Progress,
    Record,
    Session,
)
from outgrow.shards.watching import unwatch, watch

STEPS = (
    "prepare", "watch", "claim", "capture", "copy", "catch up", "verify", "hand over", "open",
    "switch", "clear up",
)  # fmt: skip

_FENCE_SECONDS = 5.0
_FEW = 200
_ROUNDS = 200
_HAND_OVERS = 50
_LOCK_TRIES = 600
_LONGEST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many rows a batch has."""

    batch_rows: int = 5_000


class Mover:
    """Carries out one move, from wherever an earlier run left it."""

    def __init__(
        self,
        route: Route,
        main: Database,
        record: Record,
        progress: Progress,
        pause: Pause,
        pace: Pace | None = None,
    ) -> None:
        self._route = route
        self._main = main
        self._record = record
        self._progress = progress
        self._pause = pause
        self._pace = pace or Pace()
        self.fence_seconds = 0.0
        self._actions: dict[str, Callable[[], None]] = {
            "prepare": self._prepare, "watch": self._watch, "claim": self._claim,
            "capture": self._capture, "copy": self._copy, "catch up": self._catch_up,
            "verify": self._verify, "hand over": self._hand_over, "open": self._open,
            "switch": self._switch, "clear up": self._clear_up,
        }  # fmt: skip

    def run(self) -> None:
        """Do every step that is not done. Raises OutsideError; another run goes on then."""
        if self._record.is_done("claim") and not self._record.is_done("clear up"):
            self._claim()  # this run's right to go on
        for step in STEPS:
            if not self._record.is_done(step):
                self._progress.step(step)
                self._record.started(step)
                self._actions[step]()
                self._record.done(step)

    def undo(self) -> None:
        """Give the rows back to the source and delete the copy. Raises OutsideError once the
        directory names the target.
        """
        route = self._route
        with self._main.transaction(BATCH) as session:
            found = directory.read_directory(session)
        if found is not None and found.home(route.subject) == route.target.name:
            raise OutsideError(
                f"{route.subject.shown} is in {route.target.name} already",
                f"Move it back: --to {route.source.name}.",
            )
        self._progress.step("undo")
        # The source first: it must be free even when the target is gone for good. Nobody is
        # led to the target, whatever its gate says.
        self._claim_source()
        self._patiently(self._reopen)
        with route.target.transaction(BATCH) as session:
            gates.make_gate(session)
        self._claim_target()
        with route.target.transaction(BATCH) as session:
            gates.change(session, route.subject, route.token, "incoming")
        erase(route.target, route.subject, route.tables, self._pace.batch_rows, route.token)
        self._forget_notes()
        with route.target.transaction(BATCH) as session:
            gates.release(session, route.subject, route.token, "forgotten")
        with self._main.transaction(BATCH) as session:
            directory.release(session, route.subject, route.token, route.source.name)
        with route.source.transaction(BATCH) as session:
            gates.release(session, route.subject, route.token)
        unwatch_unused(route.source, route.tables, self._pause)
        for step in reversed(STEPS):
            self._record.undone(step)

    def _reopen(self, session: Session) -> None:
        gates.lock_out(session, self._route.subject)
        gates.change(session, self._route.subject, self._route.token, "open")

    def _prepare(self) -> None:
        for one in (self._route.source, self._route.target):
            with one.transaction(BATCH) as session:
                gates.make_gate(session)

    def _watch(self) -> None:
        for table in self._route.tables:
            self._patiently(partial(watch, table=table, logical=self._route.subject.logical))

    def _claim(self) -> None:
        self._claim_source()
        self._claim_target()

    def _claim_source(self) -> None:
        route = self._route
        with self._main.transaction(BATCH) as session:
            found = directory.read_directory(session)
            if found is None or found.home(route.subject) != route.target.name:
                directory.claim(session, route.subject, route.token, route.source.name)
        with route.source.transaction(BATCH) as session:
            gates.make_gate(session)
            gates.claim(session, route.subject, route.token, "open")
            for key in route.subject.placed:  # they stay, whatever becomes of their shard
                session.run(
                    "insert into outgrow_shard_gate (kind, name, state)"
                    " values ('key', %s, 'open') on conflict do nothing",
                    (key,),
                )

    def _claim_target(self) -> None:
        route = self._route
        with route.target.transaction(BATCH) as session:
            state = gates.claim(session, route.subject, route.token, "incoming")
            if not self._record.is_done("claim") and state != "incoming":
                gates.change(session, route.subject, route.token, "incoming")

    def _capture(self) -> None:
        def begin(session: Session) -> None:
            gates.lock_out(session, self._route.subject)
            gates.change(session, self._route.subject, self._route.token, "captured")

        self._forget_notes()
        self._patiently(begin)

    def _copy(self) -> None:
        for table in self._route.tables:
            self._progress.step(f"copy {table.name}")
            copy_table(self._route, table, self._pace.batch_rows, self._progress)

    def _catch_up(self) -> None:
        for _ in range(_ROUNDS):
            changed = catch_up(self._route)
            self._progress.note(f"{changed} rows had changed")
            if changed <= _FEW:
                return
        raise OutsideError(
            f"{self._route.subject.shown} is written to faster than it can be copied",
            "Run the command again at a quieter time: it goes on where it stopped.",
        )

    def _verify(self) -> None:
        self._catch_up()
        route = self._route
        rows = 0
        with (
            route.source.transaction(LONG, snapshot=True) as source,
            route.target.transaction(LONG, snapshot=True) as target,
        ):
            _, changes = pending(source, route)
            waiting = {one.table.name: one.keys for one in changes}
            for table in route.tables:
                where = _without(table, route.subject, waiting.get(table.name, ()))
                there, here = read_both(source, target, table, where)
                if there != here:
                    raise OutsideError(
                        f"the copy of {table.name} is not the same: {there.rows} rows in"
                        f" {route.source.name}, {here.rows} in {route.target.name}",
                        "Nothing was switched. Take it back with --undo, and report this.",
                    )
                rows += here.rows
        self._check_references()
        self._progress.note(f"{rows:,} rows are the same in both")

    def _check_references(self) -> None:
        with self._route.target.transaction(LONG, snapshot=True) as session:
            for table in self._route.tables:
                rows = f"from {table.sql} as t where {table.rows_of(self._route.subject)}"
                check_references(session, self._route, table, rows)

    def _hand_over(self) -> None:
        if self._state() == "moved":  # an earlier run came as far and could not say so
            return
        for attempt in range(_HAND_OVERS):
            self._catch_up()
            if self._closed():
                return
            self._pause.wait(min(0.05 * 2**attempt, _LONGEST_PAUSE_SECONDS))
        raise OutsideError(
            f"{self._route.subject.shown} could not be held still for {_FENCE_SECONDS:.0f} s",
            "Run the command again at a quieter time: it goes on where it stopped.",
        )

    def _closed(self) -> bool:
        """Hold the rows still, bring over the last changes, close the source; False if too slow."""
        route = self._route

        def fence(session: Session) -> None:
            gates.lock_out(session, route.subject)
            gates.fence(session, route.subject, route.token, _FENCE_SECONDS)

        self._patiently(fence)
        began = self._pause.seconds()
        while catch_up(route):
            pass
        advance_sequences(route)
        with route.source.transaction(BATCH) as session:
            gates.lock_out(session, route.subject)
            closed = gates.close(session, route.subject, route.token)
        self.fence_seconds = self._pause.seconds() - began
        return closed

    def _state(self) -> str:
        with self._route.source.transaction(BATCH) as session:
            return gates.check_ours(session, self._route.subject, self._route.token)

    def _open(self) -> None:
        with self._route.target.transaction(BATCH) as session:
            gates.change(session, self._route.subject, self._route.token, "open")

    def _switch(self) -> None:
        route = self._route
        with self._main.transaction(BATCH) as session:
            found = directory.read_directory(session)
            if found is None or found.home(route.subject) != route.target.name:
                directory.switch(session, route.subject, route.token, route.target.name)

    def _clear_up(self) -> None:
        self._forget_notes()
        for one in (self._route.source, self._route.target):
            with one.transaction(BATCH) as session:
                gates.release(session, self._route.subject, self._route.token)

    def _forget_notes(self) -> None:
        subject = self._route.subject
        with self._route.source.transaction(LONG) as session:
            session.run(
                "delete from outgrow_shard_change where kind = %s and name = %s",
                (subject.kind, subject.name),
            )

    def _patiently(self, work: Callable[[Session], None]) -> None:
        patiently(self._route.source, self._pause, work)


def patiently(database: Database, pause: Pause, work: Callable[[Session], None]) -> None:
    """Do `work` under locks that are asked for briefly, so that nobody waits long behind us."""
    for attempt in range(_LOCK_TRIES):
        try:
            with database.transaction(SHORT) as session:
                work(session)
            return
        except LockNotGranted:
            pause.wait(min(0.02 * 2 ** min(attempt, 8), _LONGEST_PAUSE_SECONDS))
    raise OutsideError(
        f"somebody holds locks in {database.name} for minutes",
        "Look for long transactions in pg_stat_activity, and run the command again.",
    )


def unwatch_unused(database: Database, tables: tuple[Table, ...], pause: Pause) -> None:
    """Take the triggers off when no rows are watched or have moved away without being forgotten."""
    with database.transaction(BATCH) as session:
        used = session.rows(
            "select 1 from outgrow_shard_gate where state in ('captured', 'fenced', 'moved')"
            " or move <> '' limit 1"
        )
    if not used:
        for table in tables:
            patiently(database, pause, partial(unwatch, table=table))


def _without(table: Table, subject: Subject, keys: tuple[tuple[str, ...], ...]) -> str:
    found = f"from {table.sql} as t where {table.rows_of(subject)}"
    if keys:
        found += f" and not exists (select from {table.among(keys)} where {table.meets})"
    return found
