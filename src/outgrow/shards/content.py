"""What rows hold, as a number that does not depend on their order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from outgrow.shards.facts import Table, ident
from outgrow.shards.ports import Session


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows there are, and the sum of their hashes."""

    rows: int
    total: str


def read_content(session: Session, table: Table, source: str) -> Content:
    """Return the content of the rows `t` that `source` (a `from` clause) yields."""
    columns = ", ".join(f"t.{ident(one.name)}::text" for one in table.columns if not one.generated)
    # An array's text tells null from empty and one column from the next.
    digest = f"encode(sha256(convert_to((array[{columns}])::text, 'UTF8')), 'hex')"
    # 60 bits of it fit a bigint: written once, so hashed once for a row, and summed exactly.
    number = f"('x' || left({digest}, 15))::bit(60)::bigint"
    (row,) = session.rows(f"select count(*), coalesce(sum({number}), 0)::text {source}")
    return Content(row[0], row[1])


def read_both(one: Session, other: Session, table: Table, source: str) -> tuple[Content, Content]:
    """Return the content of the same rows in two databases, which count at the same time."""
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(read_content, other, table, source)
        return read_content(one, table, source), reading.result()
