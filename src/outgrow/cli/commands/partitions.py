"""`outgrow partitions`."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from outgrow.cli.confirm import confirm
from outgrow.cli.console import out
from outgrow.cli.json_view import print_json
from outgrow.cli.target_line import print_target
from outgrow.cli.views.partitions_progress import progress_on_stderr
from outgrow.cli.views.partitions_view import (
    print_applied,
    print_archive,
    print_archived,
    print_plans,
    print_restored,
)
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, InputError, Interrupted
from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.partitioning.applied import (
    Terms,
    apply_partitions,
    check_plan,
    drop_old_tables,
    undo_partitions,
)
from outgrow.operations.partitioning.archived import (
    archive_partitions,
    list_archive,
    restore_partition,
)
from outgrow.operations.partitioning.planned import Planned, plan_partitions
from outgrow.operations.partitioning.targets import Targets, Wish, find_targets
from outgrow.partitions.copying import Pace


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How `apply` goes about it."""

    accepted: frozenset[str]
    rest_share: float
    undo: bool
    drop_old: bool
    dry_run: bool
    yes: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """What `restore` brings back, and from where."""

    partition: str
    place: str | None
    listed: bool
    yes: bool
    as_json: bool


def run_plan(path: str | None, wish: Wish, *, as_json: bool) -> int:
    """Print what is to be done; return 1 when a table cannot be split as it is."""
    planned, _ = plan_partitions(open_strategy(path), wish)
    if as_json:
        print_json("partitions plan", planned)
    else:
        print_plans(out(), planned)
    refused = any(one.plan.refusals for one in planned.tables)
    return EXIT_ANSWER_IS_NO if refused else EXIT_DONE


def run_apply(path: str | None, wish: Wish, options: ApplyOptions) -> int:
    """Print the plan, ask, and carry it out."""
    opened = _announced(path, wish, "partitions apply")
    planned, targets = plan_partitions(opened, wish)
    if not options.as_json:
        print_plans(out(), planned)
    if options.dry_run:
        if options.as_json:
            print_json("partitions plan", planned)
        return EXIT_DONE
    if options.undo:
        return _undo(targets, options)
    if options.drop_old:
        return _drop_old(targets, options)
    for one in planned.tables:
        if one.under_way is None or one.under_way.kind != "convert":
            check_plan(one.plan, options.accepted)
    if _something_to_apply(planned):
        _confirm("Carry this out?", targets, options.yes)
    terms = Terms(options.accepted, Pace(rest_share=options.rest_share))
    with _long_run("apply"), progress_on_stderr() as progress:
        done = apply_partitions(targets, terms, progress)
    if options.as_json:
        print_json("partitions apply", done)
    else:
        print_applied(out(), done)
    return EXIT_DONE


def run_archive(path: str | None, wish: Wish, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Print what is old, ask, and archive it."""
    opened = _announced(path, wish, "partitions archive")
    planned, targets = plan_partitions(opened, wish)
    if not as_json:
        print_archive(out(), planned)
    if dry_run:
        if as_json:
            print_json("partitions plan", planned)
        return EXIT_DONE
    if any(one.plan.archive or one.under_way for one in planned.tables):
        _confirm("Archive these, and drop them from the database?", targets, yes)
    with _long_run("archive"), progress_on_stderr() as progress:
        done = archive_partitions(targets, progress)
    if as_json:
        print_json("partitions archive", done)
    else:
        print_archived(out(), done)
    return EXIT_DONE


def run_restore(path: str | None, wish: Wish, options: RestoreOptions) -> int:
    """Bring a partition back, or list what could be."""
    opened = open_strategy(path) if options.listed else _announced(path, wish, "partitions restore")
    targets = find_targets(opened, wish)
    if options.listed:
        kept = list_archive(targets, options.place)
        if options.as_json:
            print_json("partitions restore", kept)
        else:
            print_archived(out(), kept)
        return EXIT_DONE
    if not options.partition:
        raise InputError(
            "say which partition", "See what there is: outgrow partitions restore --list"
        )
    _confirm(f"Bring {options.partition} back into its table?", targets, options.yes)
    with _long_run(f"restore {options.partition}"), progress_on_stderr() as progress:
        restored = restore_partition(targets, options.partition, options.place, progress)
    if options.as_json:
        print_json("partitions restore", (restored,))
    else:
        print_restored(out(), restored)
    return EXIT_DONE


def _announced(path: str | None, wish: Wish, what: str) -> Opened:
    """Say which environment is about to be changed; return the strategy."""
    opened = open_strategy(path)
    targets = find_targets(opened, wish)
    told = f"{what}, database {targets.component}"
    print_target(opened.strategy.name, targets.environment, targets.rules, told)
    return opened


def _undo(targets: Targets, options: ApplyOptions) -> int:
    _confirm("Take back what has not swapped yet?", targets, options.yes)
    with _long_run("apply --undo"), progress_on_stderr() as progress:
        undone = undo_partitions(targets, progress)
    _print_names("taken back", undone, options)
    return EXIT_DONE


def _drop_old(targets: Targets, options: ApplyOptions) -> int:
    _confirm("Drop the tables as they were before they were split?", targets, options.yes)
    _print_names("dropped", drop_old_tables(targets), options)
    return EXIT_DONE


def _print_names(what: str, names: tuple[str, ...], options: ApplyOptions) -> None:
    if options.as_json:
        print_json("partitions apply", names)
    else:
        out().print(f"{what}: {', '.join(names) or 'nothing'}")


def _something_to_apply(planned: Planned) -> bool:
    return any(one.under_way or not one.plan.nothing_to_apply for one in planned.tables)


def _confirm(question: str, targets: Targets, yes: bool) -> None:
    confirm(question, targets.environment, targets.rules, yes=yes)


@contextmanager
def _long_run(command: str) -> Iterator[None]:
    """Let a run of hours clear its memory, and say after Ctrl-C how it goes on."""
    gc.enable()  # `cli/main.py` turns it off, for commands of half a second
    try:
        with ended_like_interrupted():
            yield
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what was done is in the journal",
            f"Run `outgrow partitions {command}` again: it goes on from there.",
        ) from None
