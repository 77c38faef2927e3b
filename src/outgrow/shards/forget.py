"""Deletes the rows that stayed behind when they moved away."""

from __future__ import annotations

from outgrow.errors import InputError
from outgrow.shards import gates
from outgrow.shards.copying import erase
from outgrow.shards.facts import Subject, Table
from outgrow.shards.gates import Token
from outgrow.shards.move import unwatch_unused
from outgrow.shards.ports import BATCH, Database, Pause, Progress


def forget(
    database: Database,
    subject: Subject,
    tables: tuple[Table, ...],
    home: str,
    token: Token,
    progress: Progress,
    pause: Pause,
    batch_rows: int,
) -> int:
    """Delete the rows of `subject` in `database`, which it left for `home`; return how many.

    Raises InputError unless it has moved away from there and been verified.
    """
    with database.transaction(BATCH) as session:
        state = gates.state_of(session, subject)
    if home == database.name or state not in {"moved", "forgotten"}:
        raise InputError(
            f"{subject.shown} has not moved away from {database.name}",
            "Only what a move has copied, compared and left behind is deleted.",
        )
    with database.transaction(BATCH) as session:
        gates.claim(session, subject, token, "moved")
    progress.step(f"delete {subject.shown} in {database.name}")
    gone = erase(database, subject, tables, batch_rows, token)
    with database.transaction(BATCH) as session:
        gates.release(session, subject, token, "forgotten")
    unwatch_unused(database, tables, pause)
    return gone
