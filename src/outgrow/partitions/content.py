"""How the rows of two tables are compared: by count, and by a hash that no order changes.

Each row's text is hashed twice with different seeds, and the hashes are added up. A row that is
lost, doubled or changed changes the sums. The texts follow the session's settings, which
`clients/postgres.py` fixes (UTC, ISO dates, every digit of a float).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outgrow.partitions.names import idents
from outgrow.partitions.ports import Session


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows, and the sums of their hashes as text."""

    rows: int
    hash: str


def content_query(source: str, columns: Sequence[str], condition: str = "") -> str:
    """Return the query for the content of `source`, which is called `t` in `condition`."""
    row = f"row({idents(columns, 't.')})::text"
    where = f" where {condition}" if condition else ""
    return (
        "select count(*), coalesce(sum(a), 0)::text || ':' || coalesce(sum(b), 0)::text from ("
        f"select hashtextextended({row}, 0)::numeric a, hashtextextended({row}, 1)::numeric b"
        f" from {source} t{where}) hashed"
    )


def read_content(
    session: Session, source: str, columns: Sequence[str], condition: str = ""
) -> Content:
    """Return the content of `source`, a table or a query in parentheses."""
    return Content(*session.rows(content_query(source, columns, condition))[0])
