"""Names in a parsed statement, written as they would be in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pglast.stream import RawStream, maybe_double_quote_name


def written(node: Any) -> str:
    """Return a node as SQL, without a semicolon."""
    text: str = RawStream()(node)
    return text.rstrip("; \n")


def quoted(name: str) -> str:
    """Return an identifier, in quotes where it needs them."""
    text: str = maybe_double_quote_name(name)
    return text


def table_name(relation: Any) -> str:
    """Return `schema.table`, or `table` when no schema is written."""
    return ".".join(part for part in (relation.schemaname, relation.relname) if part)


def table_sql(relation: Any) -> str:
    """Return the same for SQL."""
    parts = (relation.schemaname, relation.relname)
    return ".".join(quoted(part) for part in parts if part)


def of_list(names: Sequence[Any] | None) -> str:
    """Return the name that a list of nodes of strings makes: `schema.index`."""
    return ".".join(str(one.sval) for one in names or ())


def shortened(name: str) -> str:
    """Return a name that PostgreSQL does not cut off: at most 63 bytes."""
    return name.encode()[:63].decode(errors="ignore")
