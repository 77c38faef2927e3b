"""What is to be done about one table: decided from what is there and what is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from outgrow.partitions.bounds import (
    can_split_by,
    partition_name,
    partly_covered,
    uncovered,
)
from outgrow.partitions.facts import Dates, Existing, Table
from outgrow.partitions.losses import Loss, losses_of, refusals_of
from outgrow.partitions.names import TableName
from outgrow.partitions.periods import Period, count_between, period_of, periods_between, shifted
from outgrow.partitions.policy import Policy

# Planning a query takes longer with every partition; beyond this it shows.
MOST_PARTITIONS = 1000


class State(StrEnum):
    """What a table is, as far as partitions go."""

    PLAIN = "plain"
    PARTITIONED = "partitioned"


@dataclass(frozen=True, slots=True)
class NewPartition:
    """A partition that will be made."""

    name: TableName
    period: Period


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` and `archive` will do to one table, in this order.

    With a `refusal` nothing is done at all. `losses` are what cannot be kept and has to be
    accepted; `notices` what one should know. `convert` says that the table is split first.
    """

    policy: Policy
    state: State
    rows: int | None
    bytes: int
    convert: bool
    create: tuple[NewPartition, ...]
    archive: tuple[Existing, ...]
    losses: tuple[Loss, ...]
    notices: tuple[str, ...]
    refusals: tuple[str, ...]

    @property
    def nothing_to_apply(self) -> bool:
        """Return whether the table is as it should be."""
        return not self.convert and not self.create


def plan_table(table: Table, policy: Policy, dates: Dates, today: date) -> Plan:
    """Return what to do about `table`; `dates` is the span of its column."""
    if table.kind == "p":
        return _plan_partitioned(table, policy, today)
    refusals = refusals_of(table, policy, dates)
    wanted = () if refusals else wanted_periods(policy, dates, today)
    if len(wanted) > MOST_PARTITIONS:
        refusals, wanted = (*refusals, _too_many(policy, wanted)), ()
    create = _new(policy, wanted)
    return Plan(
        policy=policy,
        state=State.PLAIN,
        rows=table.rows,
        bytes=table.bytes,
        convert=not refusals,
        create=create,
        archive=(),
        losses=losses_of(table.structure, policy),
        notices=_notices_of_conversion(table, policy),
        refusals=(*refusals, *_taken_names(table, create)),
    )


def wanted_periods(policy: Policy, dates: Dates, today: date) -> tuple[Period, ...]:
    """Return every period from the oldest row to the newest, or to what exists ahead.

    Far dates are cut where they would ask for more partitions than anybody wants.
    """
    ahead = shifted(period_of(today, policy.every), policy.every, policy.create_ahead)
    first = min(today, dates.first or today)
    last = max(ahead.first, dates.last or today)
    if count_between(first, last, policy.every) > 2 * MOST_PARTITIONS:
        last = shifted(period_of(first, policy.every), policy.every, MOST_PARTITIONS).first
    return periods_between(first, last, policy.every)


def ahead_periods(policy: Policy, today: date) -> tuple[Period, ...]:
    """Return the present period and those that have to exist ahead of it."""
    now = period_of(today, policy.every)
    return periods_between(
        now.first, shifted(now, policy.every, policy.create_ahead).first, policy.every
    )


def old_partitions(table: Table, policy: Policy, today: date) -> tuple[Existing, ...]:
    """Return the partitions of which the last day is older than what stays, oldest first."""
    if policy.keep is None or not policy.archive:
        return ()
    kept = shifted(period_of(today, policy.every), policy.every, -policy.keep)
    found = [one for one in table.partitions if one.bounds and one.bounds.after <= kept.first]
    return tuple(sorted(found, key=lambda one: (one.bounds is None, one.bounds, one.name)))


def _plan_partitioned(table: Table, policy: Policy, today: date) -> Plan:
    wanted = ahead_periods(policy, today)
    refusals = list(_refused_partitioned(table, policy))
    half = partly_covered(wanted, table.partitions)
    if half:
        refusals.append(
            f"{half[0].first} to {half[0].after} is covered in part only: the partitions that "
            f"are there are not {policy.every}s. Say the `every` that they have."
        )
    create = () if refusals else _new(policy, uncovered(wanted, table.partitions))
    return Plan(
        policy=policy,
        state=State.PARTITIONED,
        rows=table.rows,
        bytes=table.bytes,
        convert=False,
        create=create,
        archive=() if refusals else old_partitions(table, policy, today),
        losses=(),
        notices=tuple(_notices_of_partitioned(table, policy)),
        refusals=(*refusals, *_taken_names(table, create)),
    )


def _refused_partitioned(table: Table, policy: Policy) -> list[str]:
    refusals = []
    quoted = policy.column if policy.column.islower() else f'"{policy.column}"'
    if table.split_by.replace('"', "") != f"RANGE ({policy.column})":
        refusals.append(
            f"{table.name.shown} is split by {table.split_by}, not by a range of {quoted}"
        )
    column = table.structure.column(policy.column)
    if column is not None and not can_split_by(column.type):
        refusals.append(f"{policy.column} is a {column.type}; it has to be a date or a timestamp")
    return refusals


def _notices_of_partitioned(table: Table, policy: Policy) -> list[str]:
    notices = []
    for one in table.partitions:
        if one.pending:
            notices.append(f"{one.name.shown} is half detached; `archive` ends that")
        elif one.written == "DEFAULT":
            notices.append(
                f"{one.name.shown} is a default partition: a new one is only made when it holds "
                "no row of its dates, and each time the whole of it is read for that"
            )
        elif one.bounds is None:
            notices.append(f"{one.name.shown} has other bounds than whole days; it is left alone")
    if policy.archive and policy.keep is None:
        notices.append("`archive` is on but `keep` is not set, so nothing ever gets old")
    if table.partman_keeps:
        notices.append("pg_partman looks after this table; its maintenance is run first")
    return notices


def _notices_of_conversion(table: Table, policy: Policy) -> tuple[str, ...]:
    key, by = table.structure.key, policy.column
    notices = []
    if key and by not in key:
        one = ", ".join(key)
        notices.append(
            f"the primary key becomes ({one}, {by}): PostgreSQL then no longer sees to it that "
            f"({one}) alone is unique, and `on conflict ({one})` has to be written "
            f"`on conflict ({one}, {by})`"
        )
    column = table.structure.column(by)
    if column is not None and not column.required:
        notices.append(f"{by} becomes required: rows without a date are refused from now on")
    if table.structure.foreign_keys:
        notices.append("foreign keys are enforced from the swap on and proven afterwards")
    notices.append(
        f"afterwards a row with a date beyond the last partition is refused, so run "
        f"`outgrow partitions apply` at least once a {policy.every}"
    )
    notices.append(
        "it needs about the table's size again on the disk; the old table stays beside the new "
        "one until it is dropped"
    )
    return tuple(notices)


def _new(policy: Policy, periods: tuple[Period, ...]) -> tuple[NewPartition, ...]:
    return tuple(
        NewPartition(partition_name(policy.table, one, policy.every), one) for one in periods
    )


def _taken_names(table: Table, create: tuple[NewPartition, ...]) -> tuple[str, ...]:
    # A conversion that was begun has made some of them itself; those lie under its own parent.
    taken = sorted(one.name.name for one in create if one.name.name in table.taken_names)
    return tuple(f"there is something called {name} already" for name in taken)


def _too_many(policy: Policy, wanted: tuple[Period, ...]) -> str:
    return (
        f"the dates in {policy.column} reach from {wanted[0].first} to {wanted[-1].after} or "
        f"further, which would be more than {MOST_PARTITIONS} partitions. Correct rows with dates "
        "that are far off, or split by a longer period."
    )
