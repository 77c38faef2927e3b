"""Which switches there were: what the journal knows of an active file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from outgrow.clients.clock import now
from outgrow.clients.secrets import variable
from outgrow.environments.in_flight import Running
from outgrow.environments.switching import Live, PastSwitch, SwitchFacts, standing
from outgrow.operations.environments.listing import active_path
from outgrow.operations.environments.profiles import Profiles
from outgrow.store.journal import Journal
from outgrow.store.records import Operation, Outcome
from outgrow.store.store import STATE_URL, open_store, state_place

KIND = "env-switch"
FACTS: TypeAdapter[SwitchFacts] = TypeAdapter(SwitchFacts)


@dataclass(frozen=True, slots=True)
class Past:
    """A switch of the journal; `keys` are the variables that it wrote, without values."""

    operation: int
    at: datetime
    who: str
    environment: str | None
    previous: str | None
    component: str | None
    file: str
    live: Live
    keys: tuple[str, ...]
    rebound: tuple[str, ...]
    undo_of: int | None
    undone: bool
    outcome: Outcome | None
    reason: str


class JournalWork:
    """What the journal knows to be unfinished in an environment, switches apart."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def begun_in(self, environment: str) -> Sequence[Running]:
        """Return the operations that were begun there and have not ended."""
        return [
            Running(
                one.subject, environment, str(one.owner), one.begun,
                "It goes on there: run the command that began it again.",
            )
            for one in self._journal.all_unfinished()
            if one.environment == environment and one.kind != KIND
        ]  # fmt: skip


def switches_of(profiles: Profiles, file: str | None) -> tuple[Past, ...]:
    """Return every switch of an active file, newest first; makes no state where there is none."""
    place = state_place(profiles.folder, variable(STATE_URL))
    if isinstance(place, Path) and not place.exists():
        return ()
    with open_store(place, now) as store:
        subject = subject_of(profiles, active_path(profiles, file))
        found = Journal(store).of_subject(subject)
    stays = {one.number for one in standing(happened(found))}
    return tuple(_past(one, one.id in stays) for one in reversed(found))


def happened(operations: Sequence[Operation]) -> tuple[PastSwitch, ...]:
    """Return those of `operations` that were carried out, as switches."""
    return tuple(
        PastSwitch(one.id, FACTS.validate_python(one.facts))
        for one in operations
        if one.outcome is Outcome.DONE
    )


def subject_of(profiles: Profiles, path: str) -> str:
    """Return what the journal calls an active file: of this machine, where a team shares one."""
    return f"active environment in {path} ({profiles.book.name})"


def _past(operation: Operation, stands: bool) -> Past:
    facts = FACTS.validate_python(operation.facts)
    made = operation.outcome is Outcome.DONE
    return Past(
        operation=operation.id,
        at=operation.begun,
        who=operation.owner.who,
        environment=facts.environment,
        previous=facts.previous,
        component=facts.component,
        file=facts.path,
        live=facts.live,
        keys=tuple(one.key for one in facts.keys),
        rebound=facts.rebound,
        undo_of=facts.undo_of,
        undone=made and facts.undo_of is None and not stands,
        outcome=operation.outcome,
        reason=operation.reason,
    )
