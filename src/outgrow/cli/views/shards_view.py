"""What lies in which database, and moves, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from outgrow.operations.sharding.moved import Forgotten, Moved
from outgrow.operations.sharding.planned import Asked, Held, Listed, MovePlan

_SHOWN = 8


def print_list(console: Console, listed: Listed) -> None:
    """Print what each database holds."""
    state = f"generation {listed.generation}" if listed.generation else "nothing was moved yet"
    _say(
        console,
        f"{listed.component} in {listed.environment}: {listed.logical} logical shards, {state}",
    )
    for one in listed.databases:
        _say(console, _held(one))
    if listed.under_way is not None:
        step = listed.under_way.next_step or "the end"
        _say(console, f"  under way: {listed.under_way.move}, at {step} ({listed.under_way.by})")


def print_spread(console: Console, moves: Sequence[Asked]) -> None:
    """Print the moves after which all databases hold as much."""
    if not moves:
        _say(console, "the logical shards are spread evenly; nothing to move")
    for one in moves:
        _say(console, f"outgrow shards move --logical {one.name} --to {one.to}")


def print_plan(console: Console, plan: MovePlan) -> None:
    """Print what a move would do."""
    if plan.nothing_to_do:
        _say(console, f"{plan.what} is in {plan.target} already")
        return
    _say(console, f"move {plan.what} from {plan.source} to {plan.target}")
    for one in plan.tables:
        _say(console, f"  {one.table} (by {one.by}): {one.rows:,} rows")
    for reason in plan.refusals:
        _say(console, f"  REFUSED: {reason}")


def print_moved(console: Console, moved: Moved | None) -> None:
    """Print what was moved."""
    if moved is None:
        _say(console, "nothing to do")
        return
    _say(
        console,
        f"{moved.what} is in {moved.target}; it was held still for {moved.held_seconds:.3f} s",
    )
    _say(console, f"The old rows are in {moved.source} until --forget {moved.source}.")


def print_forgotten(console: Console, one: Forgotten) -> None:
    """Print what was deleted."""
    _say(console, f"{one.what}: {one.rows:,} old rows deleted in {one.database}")


def _held(one: Held) -> str:
    parts = [f"  {one.name}: {len(one.logical)} logical shards"]
    if one.keys:
        parts.append(f"keys {_listed(one.keys)}")
    if one.left_behind:
        parts.append(f"old rows of {_listed(one.left_behind)}")
    return ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
