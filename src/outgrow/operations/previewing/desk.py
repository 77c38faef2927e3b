"""The journal of previews: which live, and one process at a time for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.clock import monotonic_seconds, now, wait_seconds
from outgrow.clients.secrets import variable
from outgrow.deploy.previews.run import STEPS_TO_REMOVE, steps_to_make
from outgrow.deploy.previews.values import Preview, preview_from
from outgrow.operations.journal_record import JournalRecord
from outgrow.store.errors import LeaseTaken
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.records import Operation, Outcome, PlannedStep
from outgrow.store.store import STATE_URL, Store, open_store, state_place

MAKE = "preview"
REMOVE = "preview-remove"
_NUMBERING_SECONDS, _AGAIN_SECONDS = 10.0, 0.05


@dataclass(frozen=True, slots=True)
class Known:
    """A preview that the journal knows; `whole` when the command that made it came to its end."""

    preview: Preview
    whole: bool


@contextmanager
def opened_state(folder: Path) -> Iterator[Store]:
    """Give the state of the strategy in `folder`."""
    with open_store(state_place(folder, variable(STATE_URL)), now) as store:
        yield store


def living(journal: Journal, environment: str) -> tuple[Known, ...]:
    """Return the previews of an environment that were made or begun, and not removed since."""
    found: dict[str, Known] = {}
    operations = [
        *journal.of_kind(MAKE, environment),
        *journal.of_kind(REMOVE, environment),
    ]
    for one in sorted(operations, key=lambda one: one.id):
        preview = preview_from(one.facts)
        if one.kind == MAKE:
            found[preview.name] = Known(preview, one.outcome is Outcome.DONE)
        elif one.outcome is Outcome.DONE:
            found.pop(preview.name, None)
        else:
            found[preview.name] = Known(preview, False)
    return tuple(found.values())


@contextmanager
def numbering(store: Store, environment: str) -> Iterator[None]:
    """Let nobody else choose a number for a preview within the block; it takes milliseconds.

    Two that begin at once choose one after the other. Raises LeaseTaken after some seconds.
    """
    with ExitStack() as stack:
        deadline = monotonic_seconds() + _NUMBERING_SECONDS
        while not _entered(stack, store, environment, last=monotonic_seconds() >= deadline):
            wait_seconds(_AGAIN_SECONDS)
        yield


def _entered(stack: ExitStack, store: Store, environment: str, *, last: bool) -> bool:
    try:
        name = f"numbers of previews in {environment}"
        stack.enter_context(held(Leases(store), name, this_process()))
    except LeaseTaken:
        if last:
            raise
        return False
    return True


@contextmanager
def recorded(store: Store, kind: str, preview: Preview) -> Iterator[JournalRecord]:
    """Give the record of making or removing a preview, by this process alone.

    What another command began with it and did not end is ended first, as undone: every step
    of both may be repeated, so nothing has to be taken back. Raises LeaseTaken while another
    process works on it.
    """
    subject = f"preview {preview.name}"
    journal = Journal(store)
    with held(Leases(store), f"{subject} in {preview.environment}", this_process()) as lease:
        _end_unfinished(journal, subject, preview.environment, lease)
        steps = steps_to_make(preview) if kind == MAKE else STEPS_TO_REMOVE
        operation = journal.begin(
            kind,
            subject,
            preview.environment,
            [PlannedStep(one) for one in steps],
            this_process(),
            preview.facts(),
            lease.lease,
        )
        yield from _carried_out(journal, operation, lease)


def _carried_out(journal: Journal, operation: Operation, lease: Held) -> Iterator[JournalRecord]:
    record = JournalRecord(journal, operation, lease)
    try:
        yield record
    except Exception as error:
        record.finish(Outcome.FAILED, str(error))
        raise
    record.finish(Outcome.DONE)


def _end_unfinished(journal: Journal, subject: str, environment: str, lease: Held) -> None:
    begun = journal.unfinished(subject, environment)
    if begun is not None:
        adopted = journal.adopt(begun, this_process(), lease.lease)
        journal.finish(adopted, Outcome.UNDONE, "begun again")
