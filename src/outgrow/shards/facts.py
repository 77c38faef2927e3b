"""What a move knows of tables, and which of their rows it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Kind = Literal["key", "logical"]


def ident(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def logical_shard(key: str, logical: int) -> int:
    """Return the logical shard of a key: the first 7 bytes of its SHA-256 modulo `logical`."""
    return int.from_bytes(sha256(key.encode()).digest()[:7], "big") % logical


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose rows move: those of one key, or of one logical shard without `placed` keys."""

    kind: Kind
    name: str
    logical: int
    placed: tuple[str, ...] = ()

    @property
    def shard(self) -> int:
        """Return the logical shard that it is, or is part of."""
        return int(self.name) if self.kind == "logical" else logical_shard(self.name, self.logical)

    @property
    def shown(self) -> str:
        """Return it as a person says it."""
        return f"key {self.name}" if self.kind == "key" else f"logical shard {self.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `sequence` is what numbers it, when one does."""

    name: str
    type: str
    required: bool
    generated: bool
    sequence: str | None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from a table of the move to any table."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows belong to keys, which stand in column `by`."""

    name: str
    by: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def sql(self) -> str:
        """Return its name in SQL."""
        return ident(self.name)

    @property
    def copied(self) -> str:
        """Return the columns that are copied, as a list in SQL."""
        return ", ".join(ident(one.name) for one in self.columns if not one.generated)

    @property
    def key_types(self) -> tuple[str, ...]:
        """Return the types of the primary key's columns."""
        types = {one.name: one.type for one in self.columns}
        return tuple(types[name] for name in self.key)

    @property
    def key_sql(self) -> str:
        """Return the primary key's columns as a list in SQL."""
        return ", ".join(f"t.{ident(name)}" for name in self.key)

    def key_row(self, values: Sequence[str]) -> str:
        """Return one value of the primary key as a row in SQL."""
        typed = (f"{literal(v)}::{t}" for v, t in zip(values, self.key_types, strict=True))
        return f"({', '.join(typed)})"

    def rows_of(self, subject: Subject) -> str:
        """Return the condition that a row `t` belongs to `subject`."""
        by = f"t.{ident(self.by)}"
        if subject.kind == "key":
            kind = next(one.type for one in self.columns if one.name == self.by)
            return f"{by} = {literal(subject.name)}::{kind}"
        # Written out, because the target of a plan may not have outgrow_shard_logical yet.
        digest = f"encode(substr(sha256(convert_to({by}::text, 'UTF8')), 1, 7), 'hex')"
        number = f"('x' || {digest})::bit(56)::bigint"
        found = f"mod({number}, {subject.logical}) = {int(subject.name)}"
        if subject.placed:
            found += f" and {by}::text <> all ({_array(subject.placed)})"
        return found

    def among(self, keys: Sequence[Sequence[str]]) -> str:
        """Return what a table `k` of these primary keys is, and how a row `t` meets one."""
        arrays = ", ".join(_array([one[n] for one in keys]) for n in range(len(self.key)))
        names = ", ".join(f"c{n}" for n in range(len(self.key)))
        return f"unnest({arrays}) as k({names})"

    @property
    def meets(self) -> str:
        """Return the condition that a row `t` is the one of a primary key `k`."""
        return " and ".join(
            f"t.{ident(name)} = k.c{n}::{kind}"
            for n, (name, kind) in enumerate(zip(self.key, self.key_types, strict=True))
        )


def _array(texts: Sequence[str]) -> str:
    return f"array[{', '.join(literal(one) for one in texts)}]::text[]"
