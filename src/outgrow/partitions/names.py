"""Names in SQL: quoted, and short enough for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

_LONGEST_BYTES = 63


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table in its schema; as text it is quoted where it has to be."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{ident(self.schema)}.{ident(self.name)}"

    @property
    def shown(self) -> str:
        """Return the name as a person would write it."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    def beside(self, suffix: str) -> TableName:
        """Return a name in the same schema, made from this one and `suffix`."""
        return TableName(self.schema, shortened(self.name, suffix))


def table_name(written: str) -> TableName:
    """Return the table that a strategy names as `table` or `schema.table`."""
    schema, dot, name = written.partition(".")
    return TableName(schema, name) if dot else TableName("public", written)


def ident(name: str) -> str:
    """Return `name` quoted."""
    return '"' + name.replace('"', '""') + '"'


def idents(names: Iterable[str], prefix: str = "") -> str:
    """Return `names` quoted and joined, each behind `prefix`."""
    return ", ".join(prefix + ident(one) for one in names)


def literal(text: str) -> str:
    """Return `text` as a literal, whatever `standard_conforming_strings` says."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def shortened(name: str, suffix: str) -> str:
    """Return `name` with `suffix`, cut in the middle when PostgreSQL would cut its end."""
    whole = name + suffix
    if len(whole.encode()) <= _LONGEST_BYTES:
        return whole
    mark = "_" + sha256(name.encode()).hexdigest()[:6]
    room = _LONGEST_BYTES - len((mark + suffix).encode())
    return name.encode()[:room].decode(errors="ignore") + mark + suffix
