"""The journal of long operations, on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from tests.commands import clean_environment
from tests.integration.store.conftest import Hands

from outgrow.errors import InputError
from outgrow.store.errors import LeaseLost, Unfinished
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import Owner, this_process
from outgrow.store.records import Operation, Outcome, PlannedStep, StepState
from outgrow.store.store import Store, open_store

ANN = Owner("ann", "laptop", 11)
BOB = Owner("bob", "runner", 22)
PLAN = [
    PlannedStep("create", {"table": "events", "rows": 12, "bounds": ["2026-01-01", None]}),
    PlannedStep("copy"),
    PlannedStep("swap"),
]


def begun(journal: Journal, subject: str = "events") -> Operation:
    return journal.begin("partition", subject, "production", PLAN, ANN, {"by": "created_at"})


def test_an_operation_is_read_back_as_it_was_begun(store: Store, clock: Hands) -> None:
    operation = begun(Journal(store))
    found = Journal(store).unfinished("events", "production")
    assert found == operation
    assert [(one.name, dict(one.planned)) for one in operation.steps] == [
        (one.name, dict(one.facts)) for one in PLAN
    ]
    assert (operation.owner.who, operation.facts) == ("ann", {"by": "created_at"})
    assert operation.begun == clock.now()
    assert operation.begun.utcoffset() is not None


def test_a_step_is_started_before_it_is_done_and_keeps_what_it_found(
    store: Store, clock: Hands
) -> None:
    journal = Journal(store)
    operation = begun(journal)
    journal.start(operation, 0)
    assert journal.read(operation.id).steps[0].state is StepState.STARTED
    journal.note(operation, 0, {"rows": 5})
    clock.pass_seconds(7)
    journal.done(operation, 0)
    step = journal.read(operation.id).steps[0]
    assert (step.state, step.found, step.attempts) == (StepState.DONE, {"rows": 5}, 1)
    assert step.started is not None
    assert step.ended is not None
    assert (step.ended - step.started).total_seconds() == 7


def test_the_next_step_is_the_first_that_is_not_done(store: Store) -> None:
    journal = Journal(store)
    operation = begun(journal)
    journal.done(operation, 0)
    journal.start(operation, 1)
    journal.start(operation, 1)
    step = journal.read(operation.id).next_step
    assert step is not None
    assert (step.name, step.state, step.attempts) == ("copy", StepState.STARTED, 2)


def test_a_second_operation_of_a_subject_waits_for_the_first(store: Store) -> None:
    journal = Journal(store)
    operation = begun(journal)
    with pytest.raises(Unfinished, match="events in production"):
        begun(journal)
    assert begun(journal, "orders").id != operation.id
    journal.finish(operation, Outcome.UNDONE, "taken back")
    begun(journal)
    first, second = journal.history("events", "production")
    assert (first.outcome, first.reason, second.outcome) == (Outcome.UNDONE, "taken back", None)


def test_an_operation_that_has_ended_takes_no_more(store: Store) -> None:
    journal = Journal(store)
    operation = begun(journal)
    journal.finish(operation, Outcome.DONE)
    with pytest.raises(InputError, match="has ended: done"):
        journal.start(operation, 0)
    assert journal.unfinished("events", "production") is None
    assert journal.all_unfinished() == ()


def test_steps_that_become_known_under_way_follow_the_others(store: Store) -> None:
    journal = Journal(store)
    operation = journal.append(begun(journal), [PlannedStep("drop", {"table": "old"})])
    assert [one.name for one in operation.steps] == ["create", "copy", "swap", "drop"]
    assert operation.steps[3].position == 3


def test_a_step_that_is_not_there_is_refused(store: Store) -> None:
    journal = Journal(store)
    operation = begun(journal)
    with pytest.raises(InputError, match="no step 9"):
        journal.start(operation, 9)


def test_a_process_whose_operation_was_adopted_writes_no_more(store: Store) -> None:
    journal = Journal(store)
    operation = begun(journal)
    adopted = journal.adopt(operation, BOB)
    with pytest.raises(LeaseLost, match="bob on runner"):
        journal.start(operation, 0)
    journal.start(adopted, 0)
    assert journal.read(operation.id).owner.who == "bob"


def test_a_journal_under_a_lease_ends_with_the_lease(store: Store, clock: Hands) -> None:
    journal, leases = Journal(store), Leases(store)
    lease = leases.take("events", ANN, 60)
    operation = journal.begin("partition", "events", "production", PLAN, ANN, lease=lease)
    journal.start(operation, 0)
    clock.pass_seconds(61)
    leases.take("events", BOB, 60)
    with pytest.raises(LeaseLost, match="bob on runner"):
        journal.done(operation, 0)
    assert journal.read(operation.id).steps[0].state is StepState.STARTED


def test_a_moment_without_a_zone_is_refused(place: Path | str) -> None:
    with (
        open_store(place, lambda: datetime(2026, 1, 1)) as store,
        pytest.raises(Exception, match="without a time zone"),
    ):
        begun(Journal(store))


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from outgrow.store.journal import Journal
from outgrow.store.owner import this_process
from outgrow.store.records import PlannedStep
from outgrow.store.store import open_store

place = Path(sys.argv[1]) if sys.argv[1].startswith("/") else sys.argv[1]
store = open_store(place, lambda: datetime(2026, 1, 1, tzinfo=UTC))
journal = Journal(store)
steps = [PlannedStep("create"), PlannedStep("copy")]
operation = journal.begin("partition", "events", "production", steps, this_process())
journal.start(operation, 0)
journal.done(operation, 0, {"rows": 3})
journal.start(operation, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_wrote_is_there_at_the_next_start(
    place: Path | str, clock: Hands, tmp_path: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(place)],
        env=clean_environment(tmp_path), timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    with open_store(place, clock.now) as store:
        operation = Journal(store).unfinished("events", "production")
        assert operation is not None
        assert [one.state for one in operation.steps] == [StepState.DONE, StepState.STARTED]
        assert operation.steps[0].found == {"rows": 3}
        assert operation.owner.host == this_process().host
