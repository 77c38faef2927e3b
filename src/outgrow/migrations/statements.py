"""From the text of a migration to its statements, as PostgreSQL's own parser reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pglast
from pglast.parser import ParseError

from outgrow.migrations.findings import Unreadable

_ALLOWS = re.compile(r"--\s*outgrow:\s*allow\s+([a-z-]+(?:\s*,\s*[a-z-]+)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """The SQL of one migration; with `in_transaction` something begins one around it."""

    file: str
    text: str
    in_transaction: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `allows` are the rules that a comment above it lets pass."""

    node: Any
    file: str
    line: int
    text: str
    allows: frozenset[str]


def read_script(script: Script) -> tuple[Statement, ...] | Unreadable:
    """Return the statements of a script, or why it cannot be read."""
    text = script.text
    try:
        parsed = pglast.parse_sql(text)
    except ParseError as error:
        reason, place = (*error.args, 0)[:2]
        return Unreadable(script.file, text[: int(place or 0)].count("\n") + 1, str(reason))
    found: list[Statement] = []
    end = 0
    for one in parsed:
        before, begin = end, one.stmt_location or 0
        end = begin + (one.stmt_len or len(text) - begin)
        found.append(
            Statement(
                node=one.stmt,
                file=script.file,
                line=text[:begin].count("\n") + 1,
                text=text[begin:end].strip(),
                allows=_allowed(_above(text[before:begin], is_first=not found)),
            )
        )
    return tuple(found)


def _above(between: str, *, is_first: bool) -> str:
    """Return what stands above a statement, and not behind the one before it."""
    return between if is_first else between.partition("\n")[2]


def _allowed(piece: str) -> frozenset[str]:
    named = ",".join(found[1] for found in _ALLOWS.finditer(piece))
    return frozenset(word.strip().lower() for word in named.split(",") if word.strip())


@dataclass(frozen=True, slots=True)
class Tables:
    """How many rows tables have; `rows` is None when nobody looked, and then all count as large."""

    rows: Mapping[str, int] | None = None
    large_rows: int = 100_000

    def is_small(self, table: str) -> bool:
        """Return whether a table is known to be small; an unknown one never is."""
        if self.rows is None:
            return False
        known = self.rows.get(table, self.rows.get(f"public.{table}"))
        return known is not None and known < self.large_rows
