"""`outgrow partitions plan`: what is there, what is wanted, and what lies between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from outgrow.clients.clock import now
from outgrow.operations.opened import Opened
from outgrow.operations.partitioning.journaled import under_way
from outgrow.operations.partitioning.targets import NotYet, Targets, Wish, connected, find_targets
from outgrow.partitions.bounds import can_split_by
from outgrow.partitions.facts import Dates, Table
from outgrow.partitions.plan import Plan, plan_table
from outgrow.partitions.policy import Policy
from outgrow.partitions.ports import LONG, Database
from outgrow.partitions.reading import read_dates, read_table
from outgrow.store.records import Operation


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Something that was begun on a table and not ended; `next_step` is where it goes on."""

    kind: str
    by: str
    next_step: str | None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """The plan of a table, and what was begun on it before."""

    plan: Plan
    under_way: UnderWay | None


@dataclass(frozen=True, slots=True)
class Planned:
    """The plans of all tables of a database."""

    environment: str
    component: str
    database: str
    tables: tuple[TablePlan, ...]
    waiting: tuple[NotYet, ...]


def plan_partitions(opened: Opened, wish: Wish) -> tuple[Planned, Targets]:
    """Return what is to be done. It only reads.

    Raises InputError for names that are not there, OutsideError when the database refuses.
    """
    targets = find_targets(opened, wish)
    today = now().date()
    with connected(targets) as database:
        plans = tuple(_planned(database, targets, one, today) for one in targets.policies)
        shown = database.shown
    return (
        Planned(targets.environment, targets.component, shown, plans, targets.waiting),
        targets,
    )


def read_and_plan(database: Database, policy: Policy, today: date) -> tuple[Table, Plan]:
    """Return a table as it is now, and what to do about it."""
    with database.transaction(LONG, snapshot=True) as session:
        table = read_table(session, policy.table)
        column = table.structure.column(policy.column)
        dates = Dates(None, None, missing=False, out_of_range=False)
        if table.kind == "r" and column is not None and can_split_by(column.type):
            dates = read_dates(session, policy.table, policy.column)
    return table, plan_table(table, policy, dates, today)


def _planned(database: Database, targets: Targets, policy: Policy, today: date) -> TablePlan:
    _, plan = read_and_plan(database, policy, today)
    return TablePlan(plan, _under_way(under_way(targets, policy)))


def _under_way(operation: Operation | None) -> UnderWay | None:
    if operation is None:
        return None
    step = operation.next_step
    return UnderWay(operation.kind, str(operation.owner), step.name if step else None)
