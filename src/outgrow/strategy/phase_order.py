"""The ways between phases where the file writes none: each phase leads to the next one written."""

from __future__ import annotations

from itertools import pairwise

from outgrow.strategy.phases import Transition
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
