"""`outgrow shards`."""

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
from outgrow.cli.views.shards_view import (
    print_forgotten,
    print_list,
    print_moved,
    print_plan,
    print_spread,
)
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, InputError, Interrupted
from outgrow.operations.opened import open_strategy
from outgrow.operations.sharding.moved import forget_moved, move, undo
from outgrow.operations.sharding.planned import (
    Asked,
    list_shards,
    plan_move,
    plan_spread,
    under_way,
)
from outgrow.operations.sharding.targets import Targets, Wish, find_targets
from outgrow.shards.move import Pace


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """How `move` goes about it."""

    batch_rows: int
    dry_run: bool
    yes: bool
    as_json: bool


def run_list(path: str | None, wish: Wish, *, as_json: bool) -> int:
    """Print what lies where."""
    listed = list_shards(find_targets(open_strategy(path), wish))
    if as_json:
        print_json("shards list", listed)
    else:
        print_list(out(), listed)
    return EXIT_DONE


def run_spread(path: str | None, wish: Wish, *, as_json: bool) -> int:
    """Print which moves would even out the databases."""
    moves = plan_spread(find_targets(open_strategy(path), wish))
    if as_json:
        print_json("shards plan", moves)
    else:
        print_spread(out(), moves)
    return EXIT_DONE


def run_plan(path: str | None, wish: Wish, asked: Asked, *, as_json: bool) -> int:
    """Print what a move would do; return 1 when it cannot be done as it is."""
    plan = plan_move(find_targets(open_strategy(path), wish), asked)
    if as_json:
        print_json("shards plan", plan)
    else:
        print_plan(out(), plan)
    return EXIT_ANSWER_IS_NO if plan.refusals else EXIT_DONE


def run_move(path: str | None, wish: Wish, asked: Asked, options: MoveOptions) -> int:
    """Print the plan, ask, and carry it out; or go on with what was begun."""
    targets = _announced(path, wish, "shards move")
    begun = under_way(targets)
    if begun is None:
        plan = plan_move(targets, asked)
        if not options.as_json:
            print_plan(out(), plan)
        if options.dry_run:
            if options.as_json:
                print_json("shards plan", plan)
            return EXIT_ANSWER_IS_NO if plan.refusals else EXIT_DONE
        if plan.refusals:
            raise InputError(f"{plan.what} stays: " + "; ".join(plan.refusals))
        if not plan.nothing_to_do:
            _confirm(f"Move {plan.what} to {plan.target}?", targets, options)
    elif options.dry_run:
        raise InputError(
            f"the move of {begun.move} has not ended", "Run it again, or take it back: --undo."
        )
    else:
        _confirm(f"Go on with {begun.move}?", targets, options)
    with _long_run(), progress_on_stderr() as progress:
        moved = move(targets, asked, progress, Pace(options.batch_rows))
    if options.as_json:
        print_json("shards move", moved)
    else:
        print_moved(out(), moved)
    return EXIT_DONE


def run_undo(path: str | None, wish: Wish, options: MoveOptions) -> int:
    """Take back the move that has not ended."""
    targets = _announced(path, wish, "shards move --undo")
    begun = under_way(targets)
    if begun is not None:
        _confirm(f"Take back {begun.move}?", targets, options)
    with _long_run(), progress_on_stderr() as progress:
        undone = undo(targets, progress)
    if options.as_json:
        print_json("shards move", {"undone": undone})
    else:
        out().print(f"taken back: {undone or 'nothing'}", markup=False)
    return EXIT_DONE


def run_forget(path: str | None, wish: Wish, asked: Asked, options: MoveOptions) -> int:
    """Delete what a move left behind."""
    targets = _announced(path, wish, "shards move --forget")
    what = asked.name if asked.kind == "key" else f"logical shard {asked.name}"
    _confirm(f"Delete the old rows of {what} in {asked.to}?", targets, options)
    with _long_run(), progress_on_stderr() as progress:
        forgotten = forget_moved(targets, asked, progress, Pace(options.batch_rows))
    if options.as_json:
        print_json("shards move", forgotten)
    else:
        print_forgotten(out(), forgotten)
    return EXIT_DONE


def _announced(path: str | None, wish: Wish, what: str) -> Targets:
    """Say which environment is about to be changed; return what is meant in it."""
    opened = open_strategy(path)
    targets = find_targets(opened, wish)
    print_target(opened.strategy.name, targets.environment, targets.rules, what)
    return targets


def _confirm(question: str, targets: Targets, options: MoveOptions) -> None:
    confirm(question, targets.environment, targets.rules, yes=options.yes)


@contextmanager
def _long_run() -> Iterator[None]:
    """Let a run of hours clear its memory, and say after Ctrl-C how it goes on."""
    gc.enable()  # `cli/main.py` turns it off, for commands of half a second
    try:
        with ended_like_interrupted():
            yield
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; what was done is in the journal",
            "Run the command again: it goes on from there. Or take it back: --undo.",
        ) from None
