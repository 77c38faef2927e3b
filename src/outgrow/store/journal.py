"""The journal of long operations: written before each step, read at the next start.

A step that is `started` may have happened or not, so whoever goes on looks at the world before
doing it again. Everything an operation needs to go on or to be undone lies in its facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from outgrow.errors import InputError
from outgrow.store.errors import LeaseLost, Unfinished
from outgrow.store.leases import Lease, check_token
from outgrow.store.owner import Owner
from outgrow.store.records import Facts, Operation, Outcome, PlannedStep, Step, StepState
from outgrow.store.store import Store
from outgrow.store.tables import operations, steps

_AnyRow = Row[Any]


class Journal:
    """The operations that a state database knows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self,
        kind: str,
        subject: str,
        environment: str,
        plan: Sequence[PlannedStep],
        owner: Owner,
        facts: Facts | None = None,
        lease: Lease | None = None,
    ) -> Operation:
        """Return a new operation with the steps of `plan`.

        Under a `lease` it is written to only while that lease holds. Raises Unfinished while
        another operation of the same subject and environment is neither finished nor undone.
        """
        values = {
            "kind": kind, "subject": subject, "environment": environment,
            "facts": dict(facts or {}), "generation": 1, "reason": "", "begun": self._store.now(),
            "who": owner.who, "host": owner.host, "pid": owner.pid,
            "lease": lease.name if lease else None, "token": lease.token if lease else None,
        }  # fmt: skip
        with self._store.writing() as connection:
            if lease is not None:
                check_token(connection, lease.name, lease.token)
            try:
                made = connection.execute(insert(operations).values(values))
            except IntegrityError:
                raise _unfinished(subject, environment) from None
            assert made.inserted_primary_key is not None
            number: int = made.inserted_primary_key[0]
            _append(connection, number, 0, plan)
            return _operation(connection, number)

    def append(self, operation: Operation, plan: Sequence[PlannedStep]) -> Operation:
        """Add steps that became known only under way; return the operation with them."""
        with self._store.writing() as connection:
            _check(connection, operation)
            count = select(func.count()).where(steps.c.operation == operation.id)
            _append(connection, operation.id, connection.execute(count).scalar_one(), plan)
            return _operation(connection, operation.id)

    def start(self, operation: Operation, position: int) -> None:
        """Note that a step is about to be done; call it BEFORE anything changes."""
        attempts = steps.c.attempts + 1
        self._mark(
            operation, position, state=StepState.STARTED, started=self._store.now(),
            attempts=attempts, ended=None,
        )  # fmt: skip

    def note(self, operation: Operation, position: int, found: Facts) -> None:
        """Keep what was found so far of a started step, such as how many rows are copied."""
        self._mark(operation, position, found=dict(found))

    def done(self, operation: Operation, position: int, found: Facts | None = None) -> None:
        """Note that a step has been done, with what was found when there is something."""
        self._end(operation, position, StepState.DONE, found)

    def undone(self, operation: Operation, position: int) -> None:
        """Note that what a step did is no more."""
        self._end(operation, position, StepState.UNDONE, None)

    def finish(self, operation: Operation, outcome: Outcome, reason: str = "") -> None:
        """End an operation; its subject is free for the next."""
        with self._store.writing() as connection:
            _check(connection, operation)
            values = {"outcome": outcome.value, "reason": reason, "finished": self._store.now()}
            connection.execute(_of(operation.id).values(values))

    def adopt(self, operation: Operation, owner: Owner, lease: Lease | None = None) -> Operation:
        """Return an unfinished operation that `owner` goes on with, under a lease of its own.

        From here on, the process that had it before can write nothing more to it: its own value
        of the operation is of an older generation.
        """
        with self._store.writing() as connection:
            row = _unended(connection, operation.id)
            if lease is not None:
                check_token(connection, lease.name, lease.token)
            values = {
                "generation": row.generation + 1,
                "who": owner.who, "host": owner.host, "pid": owner.pid,
                "lease": lease.name if lease else None, "token": lease.token if lease else None,
            }  # fmt: skip
            connection.execute(_of(operation.id).values(values))
            return _operation(connection, operation.id)

    def unfinished(self, subject: str, environment: str) -> Operation | None:
        """Return the operation of a subject that was begun and has not ended."""
        query = select(operations.c.id).where(
            operations.c.subject == subject,
            operations.c.environment == environment,
            operations.c.outcome.is_(None),
        )
        return next(iter(self._read(query)), None)

    def all_unfinished(self) -> tuple[Operation, ...]:
        """Return every operation that has not ended, oldest first."""
        return self._read(select(operations.c.id).where(operations.c.outcome.is_(None)))

    def history(self, subject: str, environment: str) -> tuple[Operation, ...]:
        """Return every operation of a subject, oldest first."""
        return self._read(
            select(operations.c.id).where(
                operations.c.subject == subject, operations.c.environment == environment
            )
        )

    def of_kind(self, kind: str, environment: str) -> tuple[Operation, ...]:
        """Return every operation of a kind in an environment, oldest first."""
        return self._read(
            select(operations.c.id).where(
                operations.c.kind == kind, operations.c.environment == environment
            )
        )

    def of_subject(self, subject: str) -> tuple[Operation, ...]:
        """Return every operation of a subject in whatever environment, oldest first."""
        return self._read(select(operations.c.id).where(operations.c.subject == subject))

    def read(self, number: int) -> Operation:
        """Return an operation by its number; raise InputError when there is none."""
        with self._store.reading() as connection:
            return _operation(connection, number)

    def _read(self, query: Select[Any]) -> tuple[Operation, ...]:
        with self._store.reading() as connection:
            numbers = connection.execute(query.order_by(operations.c.id)).scalars().all()
            return tuple(_operation(connection, one) for one in numbers)

    def _end(
        self, operation: Operation, position: int, state: StepState, found: Facts | None
    ) -> None:
        values = {} if found is None else {"found": dict(found)}
        self._mark(operation, position, state=state, ended=self._store.now(), **values)

    def _mark(self, operation: Operation, position: int, **values: object) -> None:
        with self._store.writing() as connection:
            _check(connection, operation)
            here = (steps.c.operation == operation.id, steps.c.position == position)
            marked = connection.execute(update(steps).where(*here).values(values))
            if marked.rowcount != 1:
                raise InputError(f"operation {operation.id} has no step {position}")


def _of(number: int) -> Any:
    return update(operations).where(operations.c.id == number)


def _unended(connection: Connection, number: int) -> _AnyRow:
    query = select(operations).where(operations.c.id == number).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(f"the journal has no operation {number}")
    if row.outcome is not None:
        raise InputError(f"operation {number} has ended: {row.outcome}")
    return row


def _check(connection: Connection, operation: Operation) -> None:
    row = _unended(connection, operation.id)
    if row.generation != operation.generation:
        raise LeaseLost(
            f"{row.who} on {row.host} (process {row.pid}) goes on with operation {row.id}",
            "Let it end; look there before you run it again.",
        )
    if row.lease is not None:
        check_token(connection, row.lease, row.token)


def _append(
    connection: Connection, operation: int, first: int, plan: Sequence[PlannedStep]
) -> None:
    rows = [
        {
            "operation": operation, "position": position, "name": one.name,
            "planned": dict(one.facts), "found": {}, "state": StepState.PLANNED.value,
            "attempts": 0,
        }
        for position, one in enumerate(plan, first)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(steps), rows)


def _operation(connection: Connection, number: int) -> Operation:
    row = connection.execute(select(operations).where(operations.c.id == number)).one_or_none()
    if row is None:
        raise InputError(f"the journal has no operation {number}")
    query = select(steps).where(steps.c.operation == number).order_by(steps.c.position)
    return Operation(
        id=row.id, generation=row.generation, kind=row.kind, subject=row.subject,
        environment=row.environment, facts=row.facts,
        owner=Owner(row.who, row.host, row.pid), begun=row.begun, finished=row.finished,
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason, steps=tuple(_step(one) for one in connection.execute(query)),
    )  # fmt: skip


def _step(row: _AnyRow) -> Step:
    return Step(
        row.position, row.name, row.planned, row.found, StepState(row.state), row.attempts,
        row.started, row.ended,
    )  # fmt: skip


def _unfinished(subject: str, environment: str) -> Unfinished:
    return Unfinished(
        f"an operation on {subject} in {environment} has not ended",
        "Run the command that began it again: it goes on where it stopped.",
    )
