"""Questions to all shards at once: what each is asked, and how the answers become one."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, and_, cast, func, or_, text

from outgrow_kit.shards.directory import Directory

_GATES = text("SELECT kind, name FROM outgrow_shard_gate")
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows of all shards in their order; `missing` names the databases that did not answer."""

    rows: tuple[Any, ...]
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Return whether every database answered."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Question:
    """A statement for every shard, the column that holds the key, and the order of the rows."""

    statement: Select[Any]
    by: Any
    order: Callable[[Any], Any] | None
    descending: bool
    limit: int

    def for_database(self, name: str, directory: Directory, connection: Connection) -> Select[Any]:
        """Return the statement without rows that lie in this database and live in another.

        There are such while a move copies, and until it is forgotten.
        """
        gates = [(row.kind, row.name) for row in connection.execute(_GATES)]
        return self._limited().where(*_elsewhere(name, directory, self.by, gates))

    def alone(self) -> Select[Any]:
        """Return the statement for the only database there is."""
        return self._limited()

    def _limited(self) -> Select[Any]:
        return self.statement.limit(self.limit)

    def merged(self, answers: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
        """Return the first rows of all answers, each of which is in order itself."""
        rows: Iterable[Any]
        if self.order is None:
            rows = (row for answer in answers for row in answer)
        else:
            rows = heapq.merge(*answers, key=self.order, reverse=self.descending)
        return tuple(islice(rows, self.limit))


def _elsewhere(
    name: str, directory: Directory, by: Any, gates: Iterable[tuple[str, str]]
) -> list[ColumnElement[bool]]:
    keys = {one for kind, one in gates if kind == "key"}
    shards = sorted(int(one) for kind, one in gates if kind == "logical")
    key_column = cast(by, String)
    foreign_keys = sorted(one for one in keys if directory.place(one)[0] != name)
    foreign_shards = [one for one in shards if directory.assigned[one] != name]
    found: list[ColumnElement[bool]] = []
    if foreign_keys:
        found.append(key_column.not_in(foreign_keys))
    if foreign_shards:
        here = sorted(key for key, database in directory.placed.items() if database == name)
        other = func.outgrow_shard_logical(key_column, directory.logical).not_in(foreign_shards)
        found.append(or_(other, key_column.in_(here)) if here else other)
    return [and_(*found)] if found else []
