"""What rows hold, as a number that does not depend on their order."""

from __future__ import annotations

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
    halves = " + ".join(
        f"('x' || substr({digest}, {start}, 15))::bit(60)::bigint::numeric" for start in (1, 16)
    )
    (row,) = session.rows(f"select count(*), coalesce(sum({halves}), 0)::text {source}")
    return Content(row[0], row[1])
