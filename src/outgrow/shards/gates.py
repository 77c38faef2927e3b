"""The gate of a database, changed under the locks that sessions hold while they are inside.

Each change names the move that makes it: a process that was stopped and woke up after another
took over changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.shards.facts import Subject
from outgrow.shards.ports import Session, TakenOver
from outgrow.shards.schema import GATE, LOCK

_KEY_LOCK = 1869048677
_SHARD_LOCK = 1869050728
_READY = "select to_regprocedure('outgrow_shard_enter(integer,text)') is not null"


@dataclass(frozen=True, slots=True)
class Token:
    """The right to change gates: of one move, in the run of one process."""

    move: str
    run: int

    def __str__(self) -> str:
        return f"{self.move}:{self.run}"


def make_gate(session: Session) -> None:
    """Make the tables and functions of the gate where they are missing."""
    session.rows(LOCK)
    if not session.rows(_READY)[0][0]:
        session.run(GATE)


def state_of(session: Session, subject: Subject) -> str | None:
    """Return the gate's state for `subject`; None when it was never moved from or to here."""
    if not session.rows(_READY)[0][0]:
        return None
    rows = session.rows(
        "select state from outgrow_shard_gate where kind = %s and name = %s",
        (subject.kind, subject.name),
    )
    return rows[0][0] if rows else None


def claim(session: Session, subject: Subject, token: Token, first_state: str) -> str:
    """Make the gate ours; return its state. Raises TakenOver when another move has it."""
    session.run(
        "insert into outgrow_shard_gate (kind, name, state) values (%s, %s, %s)"
        " on conflict do nothing",
        (subject.kind, subject.name, first_state),
    )
    # A run only ever follows a lower one: a process that woke up late cannot take it back.
    rows = session.rows(
        "update outgrow_shard_gate set move = %s where kind = %s and name = %s and (move = ''"
        " or split_part(move, ':', 1) = %s and split_part(move, ':', 2)::bigint <= %s)"
        " returning state",
        (str(token), subject.kind, subject.name, token.move, token.run),
    )
    if not rows:
        raise _taken(subject)
    state: str = rows[0][0]
    return state


def check_ours(session: Session, subject: Subject, token: Token) -> str:
    """Return the state, and keep the gate ours until the transaction ends."""
    rows = session.rows(
        "select state from outgrow_shard_gate where kind = %s and name = %s and move = %s"
        " for share",
        (subject.kind, subject.name, str(token)),
    )
    if not rows:
        raise _taken(subject)
    state: str = rows[0][0]
    return state


def lock_out(session: Session, subject: Subject) -> None:
    """Wait until nobody is inside, and let nobody in until the transaction ends."""
    if subject.kind == "key":
        session.rows("select pg_advisory_xact_lock(%s, hashtext(%s))", (_KEY_LOCK, subject.name))
    else:
        session.rows("select pg_advisory_xact_lock(%s, %s)", (_SHARD_LOCK, subject.shard))


def change(session: Session, subject: Subject, token: Token, state: str) -> None:
    """Set the state of a gate that is ours."""
    _noted(session, subject)
    _change(session, subject, token, "state = %s, until = null", (state,))


def fence(session: Session, subject: Subject, token: Token, seconds: float) -> None:
    """Refuse everyone for at most so long: if we die, the gate opens by itself."""
    _noted(session, subject)
    until = "state = 'fenced', until = clock_timestamp() + make_interval(secs => %s)"
    _change(session, subject, token, until, (seconds,))


def close(session: Session, subject: Subject, token: Token) -> bool:
    """Refuse everyone for good; return False when the fence has opened by itself before."""
    _noted(session, subject)
    return bool(
        session.run(
            "update outgrow_shard_gate set state = 'moved', until = null where kind = %s and"
            " name = %s and move = %s and state = 'fenced' and until > clock_timestamp()",
            (subject.kind, subject.name, str(token)),
        )
    )


def release(session: Session, subject: Subject, token: Token, state: str | None = None) -> None:
    """End our right to a gate, with a last change of its state when one is given."""
    if state is not None:
        _noted(session, subject)
    session.run(
        "update outgrow_shard_gate set move = '', until = null, state = coalesce(%s, state)"
        " where kind = %s and name = %s and move = %s",
        (state, subject.kind, subject.name, str(token)),
    )


def _change(
    session: Session, subject: Subject, token: Token, what: str, values: tuple[object, ...]
) -> None:
    changed = session.run(
        f"update outgrow_shard_gate set {what} where kind = %s and name = %s and move = %s",
        (*values, subject.kind, subject.name, str(token)),
    )
    if not changed:
        raise _taken(subject)


def _noted(session: Session, subject: Subject) -> None:
    # Transactions with an older snapshot fail at this row instead of not seeing the change.
    session.run(
        "update outgrow_shard_slot set changes = changes + 1 where slot = %s",
        (subject.shard % 256,),
    )


def _taken(subject: Subject) -> TakenOver:
    return TakenOver(
        f"another process moves {subject.shown}, or went on with this move",
        "Let it end. If its journal lies elsewhere, set OUTGROW_STATE_URL to that.",
    )
