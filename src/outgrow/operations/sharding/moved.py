"""`outgrow shards move`: carries a move out, takes it back, or deletes what it left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from outgrow.clients.clock import now
from outgrow.clients.secrets import variable
from outgrow.errors import InputError
from outgrow.operations.journal_record import JournalRecord, RealPause
from outgrow.operations.sharding.planned import (
    Asked,
    Prepared,
    can_be,
    directory_of,
    first_home,
    prepare_move,
    told,
)
from outgrow.operations.sharding.targets import Sides, Targets, connected
from outgrow.shards.copying import Route
from outgrow.shards.directory import make_directory
from outgrow.shards.facts import Subject, Table
from outgrow.shards.forget import forget
from outgrow.shards.gates import Token
from outgrow.shards.move import STEPS, Mover, Pace
from outgrow.shards.ports import BATCH, LONG, Progress
from outgrow.shards.reading import read_tables
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.records import Operation, Outcome, PlannedStep
from outgrow.store.store import STATE_URL, open_store, state_place

KIND = "move shard"
_SUBJECT: TypeAdapter[Subject] = TypeAdapter(Subject)
_TABLES: TypeAdapter[tuple[Table, ...]] = TypeAdapter(tuple[Table, ...])


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that ended; `held_seconds` is how long nobody could get at the rows."""

    what: str
    source: str
    target: str
    held_seconds: float


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Old rows that were deleted."""

    what: str
    database: str
    rows: int


@dataclass(frozen=True, slots=True)
class _Desk:
    """The journal of one component's moves, while this process alone may work on them."""

    journal: Journal
    lease: Held
    targets: Targets

    def unfinished(self) -> Operation | None:
        return self.journal.unfinished(self.targets.subject, self.targets.environment)

    def begin(self, facts: dict[str, Any]) -> Operation:
        return self.journal.begin(
            KIND, self.targets.subject, self.targets.environment,
            [PlannedStep(one) for one in STEPS], this_process(), facts, self.lease.lease,
        )  # fmt: skip

    def take_up(self, operation: Operation) -> Operation:
        return self.journal.adopt(operation, this_process(), self.lease.lease)

    def record(self, operation: Operation) -> JournalRecord:
        return JournalRecord(self.journal, operation, self.lease)


def move(targets: Targets, asked: Asked, progress: Progress, pace: Pace) -> Moved | None:
    """Move as planned, or go on with the move that an earlier run began; None when it is there.

    Raises InputError for what the plan refuses or when another move is unfinished,
    OutsideError when a database refuses: running it again goes on then.
    """
    with _at_work(targets) as (desk, sides):
        begun = desk.unfinished()
        if begun is not None:
            _check_same(begun, asked)
            progress.note(f"going on with what {begun.owner} began")
            operation = desk.take_up(begun)
        else:
            prepared = prepare_move(sides, targets, asked)
            if prepared.plan.nothing_to_do:
                return None
            check_plan(prepared)
            with sides.main.transaction(BATCH) as session:
                make_directory(session, targets.logical, first_home(targets))
            operation = desk.begin(_facts(prepared))
        record = desk.record(operation)
        mover = Mover(_route(operation, sides), sides.main, record, progress, RealPause(), pace)
        mover.run()
        record.finish(Outcome.DONE)
        facts: Any = operation.facts
        return Moved(facts["shown"], facts["source"], facts["target"], mover.fence_seconds)


def undo(targets: Targets, progress: Progress) -> str | None:
    """Take back the move that has not ended; return what it was, None when there is none.

    Raises OutsideError once the directory names the target.
    """
    with _at_work(targets) as (desk, sides):
        begun = desk.unfinished()
        if begun is None:
            return None
        operation = desk.take_up(begun)
        record = desk.record(operation)
        Mover(_route(operation, sides), sides.main, record, progress, RealPause()).undo()
        record.finish(Outcome.UNDONE, "taken back")
        return told(operation).move


def forget_moved(targets: Targets, asked: Asked, progress: Progress, pace: Pace) -> Forgotten:
    """Delete the rows that `asked` left behind in the database `asked.to`.

    Raises InputError unless they moved away from there.
    """
    with _at_work(targets) as (desk, sides):
        if (begun := desk.unfinished()) is not None:
            raise InputError(
                f"the move of {told(begun).move} has not ended", "End it first: run it again."
            )
        found = directory_of(sides, targets)
        bare = Subject(asked.kind, asked.name, found.logical)
        placed = found.placed_in(bare.shard) if asked.kind == "logical" else ()
        subject = Subject(asked.kind, asked.name, found.logical, placed)
        side = sides.named(asked.to)
        with side.transaction(LONG, snapshot=True) as session:
            known = read_tables(session, targets.by, targets.tables).tables
        is_key = subject.kind == "key"
        tables = tuple(one for one in known if not is_key or can_be(side, one, subject.name))
        rows = forget(
            side, subject, tables, found.home(subject), Token("forget", 1), progress,
            RealPause(), pace.batch_rows,
        )  # fmt: skip
        return Forgotten(subject.shown, side.name, rows)


def check_plan(prepared: Prepared) -> None:
    """Raise InputError when a move cannot be carried out, with every reason."""
    if prepared.plan.refusals:
        raise InputError(f"{prepared.plan.what} stays: " + "; ".join(prepared.plan.refusals))


@contextmanager
def _at_work(targets: Targets) -> Iterator[tuple[_Desk, Sides]]:
    """Give the journal and the databases; raise LeaseTaken while another process moves."""
    name = f"{targets.subject} in {targets.environment}"
    with (
        open_store(state_place(targets.folder, variable(STATE_URL)), now) as store,
        held(Leases(store), name, this_process()) as lease,
        connected(targets) as sides,
    ):
        sides.main.hold(targets.subject)
        yield _Desk(Journal(store), lease, targets), sides


def _check_same(begun: Operation, asked: Asked) -> None:
    facts: Any = begun.facts
    subject = _SUBJECT.validate_python(facts["subject"])
    if (subject.kind, subject.name, facts["target"]) != (asked.kind, asked.name, asked.to):
        raise InputError(
            f"the move of {told(begun).move} was begun by {begun.owner} and has not ended",
            "End that first: run it again, or take it back with --undo.",
        )


def _facts(prepared: Prepared) -> dict[str, Any]:
    return {
        "move": uuid4().hex,
        "shown": prepared.plan.what,
        "subject": _SUBJECT.dump_python(prepared.subject, mode="json"),
        "tables": _TABLES.dump_python(prepared.tables, mode="json"),
        "source": prepared.plan.source,
        "target": prepared.plan.target,
    }


def _route(operation: Operation, sides: Sides) -> Route:
    facts: Any = operation.facts
    return Route(
        _SUBJECT.validate_python(facts["subject"]),
        _TABLES.validate_python(facts["tables"]),
        sides.named(facts["source"]),
        sides.named(facts["target"]),
        Token(facts["move"], operation.generation),
    )
