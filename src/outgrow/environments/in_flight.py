"""Work that goes on in an environment while another becomes active.

It was begun under the name of its environment and keeps it, so a switch takes nothing from it;
the switch only says what there is. Each engine that begins such work has a `WorkInFlight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Running:
    """One piece of work: what it is, whose it is, and how it is ended or gone on with."""

    what: str
    environment: str
    owner: str
    since: datetime
    remedy: str


class WorkInFlight(Protocol):
    """Something that knows what is unfinished: the journal, a pool of sandboxes."""

    def begun_in(self, environment: str) -> Sequence[Running]:
        """Return what was begun in `environment` and has not ended, oldest first."""


def running_in(environment: str, sources: Iterable[WorkInFlight]) -> tuple[Running, ...]:
    """Return all work that stays with `environment`, oldest first."""
    found = [one for source in sources for one in source.begun_in(environment)]
    return tuple(sorted(found, key=lambda one: one.since))
