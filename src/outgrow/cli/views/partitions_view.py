"""Plans of partitions, and what was done, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from outgrow.operations.partitioning.applied import Applied
from outgrow.operations.partitioning.archived import Archived
from outgrow.operations.partitioning.planned import Planned, TablePlan
from outgrow.partitions.plan import NewPartition, Plan, State

_SHOWN = 4


def print_plans(console: Console, planned: Planned) -> None:
    """Print what `apply` would do to each table, and what `archive` would."""
    _print_place(console, planned)
    for one in planned.tables:
        _print_lines(console, [*_head(one), *_to_do(one.plan), *_words(one.plan)])
    _print_waiting(console, planned)


def print_archive(console: Console, planned: Planned) -> None:
    """Print what `archive` would take out of the database."""
    _print_place(console, planned)
    for one in planned.tables:
        lines = [f"  archive {old.name.shown}: {_size(old.rows, old.bytes)}"
                 for old in one.plan.archive]  # fmt: skip
        policy = one.plan.policy
        where = f"  to {policy.archive_to} as {policy.format}, then drop" if lines else ""
        none = "  nothing is old enough" if not lines else ""
        refused = [f"  REFUSED: {reason}" for reason in one.plan.refusals]
        notes = [f"  note: {text}" for text in one.plan.notices]
        _print_lines(console, [*_head(one), *lines, where, none, *refused, *notes])
    _print_waiting(console, planned)


def print_applied(console: Console, done: Sequence[Applied]) -> None:
    """Print what was split and made."""
    for one in done:
        if one.split:
            console.print(f"{one.table}: split; what it was lies beside it as {one.old}")
            console.print("  Look at it, then: outgrow partitions apply --drop-old")
        elif one.created:
            console.print(f"{one.table}: made {_listed(one.created)}")
        else:
            console.print(f"{one.table}: nothing to do")


def print_archived(console: Console, kept: Sequence[Archived]) -> None:
    """Print what lies in an archive."""
    for one in kept:
        size = f"{one.rows:,} rows, {one.bytes / 2**20:,.1f} MiB"
        console.print(escape(f"{one.partition}: {size} in {one.place}/{one.file}"))
        console.print(f"  sha256 {one.sha256}")
    if not kept:
        console.print("nothing")


def print_restored(console: Console, one: Archived) -> None:
    """Print what was brought back."""
    console.print(f"{one.partition}: {one.rows:,} rows are back in {one.table}, as archived")


def _print_place(console: Console, planned: Planned) -> None:
    console.print(
        escape(f"{planned.component} in {planned.environment}: database {planned.database}")
    )


def _print_waiting(console: Console, planned: Planned) -> None:
    for one in planned.waiting:
        console.print(f"{one.table}: from phase {one.from_phase} on; not now")
    if not planned.tables and not planned.waiting:
        console.print("no tables")


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        if line:
            console.print(escape(line), soft_wrap=True)


def _head(one: TablePlan) -> Iterator[str]:
    plan = one.plan
    kind = "partitioned" if plan.state is State.PARTITIONED else "not partitioned"
    by = f"by {plan.policy.column}, every {plan.policy.every}"
    yield f"{plan.policy.table.shown}: {kind}, {_size(plan.rows, plan.bytes)}; {by}"
    if one.under_way is not None:
        begun = one.under_way
        verb = {"convert": "splitting it"}.get(begun.kind, begun.kind)
        yield f"  under way: {verb}, begun by {begun.by}; goes on at: {begun.next_step or 'end'}"


def _to_do(plan: Plan) -> Iterator[str]:
    if plan.convert:
        yield f"  split into {len(plan.create)}: {_span(plan.create)}"
        yield "  copied in batches beside writers, compared, and swapped in one short transaction"
    elif plan.create:
        yield f"  make {len(plan.create)} ahead: {_span(plan.create)}"
    elif not plan.refusals:
        yield "  nothing to make"
    if plan.archive:
        names = _listed([one.name.shown for one in plan.archive])
        yield f"  old enough for `outgrow partitions archive`: {names}"


def _words(plan: Plan) -> Iterator[str]:
    for loss in plan.losses:
        yield f"  LOST: {loss.name} ({loss.kind.replace('_', ' ')}): {loss.reason}"
        yield f"        instead: {loss.instead}"
    for reason in plan.refusals:
        yield f"  REFUSED: {reason}"
    for text in plan.notices:
        yield f"  note: {text}"


def _span(made: Sequence[NewPartition]) -> str:
    if len(made) <= _SHOWN:
        return ", ".join(one.name.shown for one in made)
    return f"{made[0].name.shown} to {made[-1].name.shown}"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: _SHOWN - 1])} and {len(names) - _SHOWN + 1} more"


def _size(rows: int | None, size: int) -> str:
    count = "unknown number of rows" if rows is None else f"about {rows:,} rows"
    return f"{count}, {size / 2**20:,.1f} MiB"
