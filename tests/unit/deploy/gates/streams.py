"""Requests that are made up: their results, in the order in which they reach both versions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from outgrow.deploy.gates.evidence import Trials


@dataclass(frozen=True, slots=True)
class Traffic:
    """How often both versions fail (0 to 1), and the share of requests that the new one gets."""

    new_fails: float
    old_fails: float
    share_new: float


def looks(traffic: Traffic, seed: int, most_new: int) -> Iterator[tuple[Trials, Trials]]:
    """Yield what was counted of the new and the old version after every single request."""
    chance = random.Random(seed)
    new = old = new_errors = old_errors = 0
    while new < most_new:
        if chance.random() < traffic.share_new:
            new += 1
            new_errors += chance.random() < traffic.new_fails
        else:
            old += 1
            old_errors += chance.random() < traffic.old_fails
        yield Trials(new, new_errors), Trials(old, old_errors)
