"""`outgrow partitions apply`: splits tables, and makes the partitions that are needed ahead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from pydantic import TypeAdapter

from outgrow.clients.clock import now
from outgrow.errors import InputError
from outgrow.operations.journal_record import JournalRecord, RealPause
from outgrow.operations.partitioning.journaled import (
    Desk,
    at_desk,
    opened_state,
)
from outgrow.operations.partitioning.planned import read_and_plan
from outgrow.operations.partitioning.targets import Targets, connected
from outgrow.partitions.conversion import Conversion
from outgrow.partitions.convert import STEPS, Converter
from outgrow.partitions.copying import Pace
from outgrow.partitions.creating import create_ahead, drop_old_table
from outgrow.partitions.facts import Table
from outgrow.partitions.partman import maintain
from outgrow.partitions.plan import Plan, State
from outgrow.partitions.policy import Policy
from outgrow.partitions.ports import Database, Progress
from outgrow.store.records import Outcome

KIND = "convert"
_CONVERSION: TypeAdapter[Conversion] = TypeAdapter(Conversion)


@dataclass(frozen=True, slots=True)
class Terms:
    """How tables are split: which losses are accepted, how hard the copy works."""

    accepted: frozenset[str] = frozenset()
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done to a table; `old` is what it was, kept beside it, when it was split."""

    table: str
    split: bool
    created: tuple[str, ...]
    old: str | None


def apply_partitions(targets: Targets, terms: Terms, progress: Progress) -> tuple[Applied, ...]:
    """Split and create as planned; go on with what an earlier run began.

    Raises InputError for what the plan refuses and for losses that nobody accepted,
    OutsideError when the database refuses: running it again goes on then.
    """
    today = now().date()
    with opened_state(targets) as store, connected(targets) as database:
        done = []
        for policy in targets.policies:
            with at_desk(store, targets, policy) as desk:
                database.hold(f"partitions of {policy.table}")
                done.append(apply_table(database, desk, policy, terms, progress, today))
        return tuple(done)


def undo_partitions(targets: Targets, progress: Progress) -> tuple[str, ...]:
    """Take back every conversion that has not swapped yet; return the tables."""
    undone = []
    with opened_state(targets) as store, connected(targets) as database:
        for policy in targets.policies:
            with at_desk(store, targets, policy) as desk:
                database.hold(f"partitions of {policy.table}")
                if undo_table(database, desk, progress):
                    undone.append(policy.table.shown)
    return tuple(undone)


def undo_table(database: Database, desk: Desk, progress: Progress) -> bool:
    """Take back the conversion of one table; return whether one was under way."""
    found = desk.unfinished(KIND)
    if found is None:
        return False
    conversion = _CONVERSION.validate_python(found.facts)
    record = desk.take_up(found)
    Converter(conversion, database, record, progress, RealPause()).undo()
    record.finish(Outcome.UNDONE, "taken back")
    return True


def drop_old_tables(targets: Targets) -> tuple[str, ...]:
    """Drop what tables were before they were split; return what was dropped."""
    dropped = []
    with opened_state(targets) as store, connected(targets) as database:
        for policy in targets.policies:
            with at_desk(store, targets, policy) as desk:
                desk.unfinished("")
                old = policy.table.beside("_before_partitions")
                if drop_old_table(database, RealPause(), old):
                    dropped.append(old.shown)
    return tuple(dropped)


def check_plan(plan: Plan, accepted: Collection[str]) -> None:
    """Raise InputError when `plan` cannot be carried out, with every reason."""
    name = plan.policy.table.shown
    if plan.refusals:
        raise InputError(f"{name} stays as it is: " + "; ".join(plan.refusals))
    open_losses = [one.name for one in plan.losses if one.name not in accepted]
    if open_losses and "all" not in accepted:
        flags = " ".join(f"--accept-loss {one!r}" for one in open_losses)
        raise InputError(
            f"{name} would lose {', '.join(open_losses)}",
            f"Read the plan. If that is right: {flags}",
        )


def apply_table(
    database: Database,
    desk: Desk,
    policy: Policy,
    terms: Terms,
    progress: Progress,
    today: date,
) -> Applied:
    """Do what `apply` does, to one table."""
    begun = desk.unfinished(KIND)
    split, old = begun is not None, None
    if begun is not None:
        conversion = _CONVERSION.validate_python(begun.facts)
        progress.note(f"going on with what {begun.owner} began")
        _convert(database, desk.take_up(begun), conversion, terms, progress)
        old = conversion.old.shown
    table, plan = read_and_plan(database, policy, today)
    check_plan(plan, terms.accepted)
    if plan.state is State.PLAIN:
        conversion = Conversion(
            policy.table, policy.column, policy.every, table.structure, plan.create, table.partman
        )
        record = desk.begin(KIND, STEPS, _CONVERSION.dump_python(conversion, mode="json"))
        _convert(database, record, conversion, terms, progress)
        split, old = True, conversion.old.shown
        created = tuple(one.name.shown for one in plan.create)
    else:
        created = _create(database, table, plan, progress)
    return Applied(policy.table.shown, split, created, old)


def _convert(
    database: Database,
    record: JournalRecord,
    conversion: Conversion,
    terms: Terms,
    progress: Progress,
) -> None:
    Converter(conversion, database, record, progress, RealPause(), terms.pace).run()
    record.finish(Outcome.DONE)


def _create(database: Database, table: Table, plan: Plan, progress: Progress) -> tuple[str, ...]:
    policy = plan.policy
    if table.partman_keeps and table.partman is not None:
        maintain(database, RealPause(), policy.table, table.partman)
    made = create_ahead(database, RealPause(), progress, table, policy.column, plan.create)
    return tuple(one.name.shown for one in made)
