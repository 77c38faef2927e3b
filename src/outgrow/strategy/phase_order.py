"""The ways between phases, and what lies beyond which.

Where the file writes no way at all, each phase leads to the next one written.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from outgrow.strategy.phases import Phase, Transition
from outgrow.strategy.strategy import Strategy


def in_written_order(strategy: Strategy) -> Strategy:
    """Return `strategy` with each phase leading to the next, unless it has a `next` anywhere.

    A phase that serves nothing and is there for another environment stays out of the row.
    """
    if any(phase.next for phase in strategy.phases.values()):
        return strategy
    phases = dict(strategy.phases)
    for name, following in pairwise(_row(strategy)):
        phases[name] = phases[name].model_copy(update={"next": {following: Transition()}})
    return strategy.model_copy(update={"phases": phases})


def _row(strategy: Strategy) -> list[str]:
    elsewhere = {
        setting.phase
        for name, setting in strategy.environments.items()
        if name != strategy.production
    }
    kept = {strategy.start, strategy.current}
    return [
        name
        for name, phase in strategy.phases.items()
        if phase.serves or phase.weeks or name in kept or name not in elsewhere
    ]


def is_reached(strategy: Strategy, phase: str, since: str | None) -> bool:
    """Return whether what begins with the phase `since` (None: with the first) is in `phase`.

    It is where the ways up lead from `since` to `phase`; where they join neither to the
    other, the order in which the phases are written decides.
    """
    if since is None or phase == since:
        return True
    ways = in_written_order(strategy).phases
    if phase in _beyond(ways, since):
        return True
    written = list(strategy.phases)
    return since not in _beyond(ways, phase) and written.index(phase) > written.index(since)


def _beyond(phases: Mapping[str, Phase], start: str) -> set[str]:
    """Return the phases to which ways up lead from `start`."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        ways = phases[waiting.pop()].next.items()
        fresh = {name for name, way in ways if way.direction != "down"} - found
        found |= fresh
        waiting += fresh
    return found
