"""The directory in the main database: which database holds what, switched in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outgrow.shards.facts import Subject, logical_shard
from outgrow.shards.gates import Token
from outgrow.shards.ports import Session, TakenOver
from outgrow.shards.schema import DIRECTORY, LOCK

_MOVING = "moving "
_READY = "select to_regclass('outgrow_shard_directory') is not null"


@dataclass(frozen=True, slots=True)
class Directory:
    """One moment of the directory; `moving` names what a move has not ended for."""

    generation: int
    assigned: tuple[str, ...]
    placed: dict[str, str]
    moving: tuple[str, ...] = ()

    @property
    def logical(self) -> int:
        """Return how many logical shards there are."""
        return len(self.assigned)

    def home(self, subject: Subject) -> str:
        """Return the database that holds `subject`."""
        if subject.kind == "key" and subject.name in self.placed:
            return self.placed[subject.name]
        return self.assigned[subject.shard]

    def placed_in(self, shard: int) -> tuple[str, ...]:
        """Return the keys of a logical shard that have a place of their own."""
        return tuple(
            sorted(one for one in self.placed if logical_shard(one, self.logical) == shard)
        )


def make_directory(session: Session, logical: int, first: str) -> None:
    """Make the directory where it is missing, with everything in the database `first`."""
    session.rows(LOCK)
    if not session.rows(_READY)[0][0]:
        session.run(DIRECTORY)
    made = session.run(
        "insert into outgrow_shard_directory (logical, generation) values (%s, 1)"
        " on conflict do nothing",
        (logical,),
    )
    if made:
        session.run(
            "insert into outgrow_shard (logical, database, generation)"
            " select n, %s, 1 from generate_series(0, %s - 1) as n",
            (first, logical),
        )


def read_directory(session: Session) -> Directory | None:
    """Return the directory; None where there is none yet."""
    if not session.rows(_READY)[0][0]:
        return None
    found = session.rows("select generation, logical from outgrow_shard_directory")
    if not found:
        return None
    shards = session.rows("select database, state, logical from outgrow_shard order by logical")
    keys = session.rows("select key, database, state from outgrow_shard_key order by key")
    moving = [f"logical shard {row[2]}" for row in shards if row[1].startswith(_MOVING)]
    moving += [f"key {row[0]}" for row in keys if row[2].startswith(_MOVING)]
    return Directory(
        found[0][0],
        tuple(row[0] for row in shards),
        {row[0]: row[1] for row in keys},
        tuple(moving),
    )


def claim(session: Session, subject: Subject, token: Token, source: str) -> None:
    """Write into the directory that `subject` is being moved. Raises TakenOver."""
    if subject.kind == "key":
        session.run(
            "insert into outgrow_shard_key (key, database, generation) values (%s, %s, 1)"
            " on conflict do nothing",
            (subject.name, source),
        )
    mine = f"{_MOVING}{token.move}"
    changed = session.run(
        f"update {_table(subject)} set state = %s where {_column(subject)} = %s and"
        " (state = 'open' or split_part(state, ':', 1) = %s and"
        " split_part(state, ':', 2)::bigint <= %s)",
        (f"{_MOVING}{token}", _value(subject), mine, token.run),
    )
    if not changed:
        raise _taken(subject)


def switch(session: Session, subject: Subject, token: Token, target: str) -> None:
    """Let everyone find `subject` in `target`, and say so with a new generation."""
    ((generation,),) = session.rows(
        "update outgrow_shard_directory set generation = generation + 1 returning generation"
    )
    changed = session.run(
        f"update {_table(subject)} set database = %s, state = 'open', generation = %s"
        f" where {_column(subject)} = %s and state = %s",
        (target, generation, _value(subject), f"{_MOVING}{token}"),
    )
    if not changed:
        raise _taken(subject)


def release(session: Session, subject: Subject, token: Token, source: str) -> None:
    """Take back the note that `subject` is being moved, and the row that was made for it."""
    if subject.kind == "key":
        shard = f"select database from outgrow_shard where logical = {subject.shard}"
        session.run(
            f"delete from outgrow_shard_key where key = %s and state = %s and database = ({shard})",
            (subject.name, f"{_MOVING}{token}"),
        )
    session.run(
        f"update {_table(subject)} set state = 'open' where {_column(subject)} = %s"
        " and state = %s and database = %s",
        (_value(subject), f"{_MOVING}{token}", source),
    )


def spread(directory: Directory, databases: Sequence[str]) -> list[tuple[int, str]]:
    """Return which logical shards to move where, so that every database holds as many.

    As few as possible move; those with the highest numbers first.
    """
    held: dict[str, list[int]] = {name: [] for name in databases}
    homeless: list[int] = []
    for shard, name in enumerate(directory.assigned):
        held.get(name, homeless).append(shard)
    least, more = divmod(directory.logical, len(databases))
    fullest = sorted(databases, key=lambda name: -len(held[name]))
    wanted = {name: least + (1 if n < more else 0) for n, name in enumerate(fullest)}
    for name in databases:
        while len(held[name]) > wanted[name]:
            homeless.append(held[name].pop())
    moves = []
    for name in databases:
        for _ in range(wanted[name] - len(held[name])):
            moves.append((homeless.pop(), name))
    return sorted(moves)


def _table(subject: Subject) -> str:
    return "outgrow_shard_key" if subject.kind == "key" else "outgrow_shard"


def _column(subject: Subject) -> str:
    return "key" if subject.kind == "key" else "logical"


def _value(subject: Subject) -> str | int:
    return subject.name if subject.kind == "key" else int(subject.name)


def _taken(subject: Subject) -> TakenOver:
    return TakenOver(
        f"another process moves {subject.shown}, or went on with this move",
        "Let it end. If its journal lies elsewhere, set OUTGROW_STATE_URL to that.",
    )
