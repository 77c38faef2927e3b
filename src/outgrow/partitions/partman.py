"""pg_partman, where it is installed: it then makes the partitions ahead as well.

It stands beside `outgrow partitions apply`: both use the same bounds and names, so whichever
comes first makes a partition and the other finds it. Dropping what is old stays with outgrow,
which keeps it elsewhere first.
"""

from __future__ import annotations

from outgrow.partitions.conversion import Conversion
from outgrow.partitions.names import TableName, ident, literal
from outgrow.partitions.patience import patiently
from outgrow.partitions.ports import BATCH, SHORT, Database, Pause, Session

_INTERVALS = {"month": "monthly", "week": "weekly", "day": "daily"}


def hand_over(database: Database, pause: Pause, one: Conversion, schema: str) -> None:
    """Let pg_partman, in `schema`, look after a table that was just split."""
    patiently(database, pause, SHORT, lambda session: _hand_over(session, one, schema))


def maintain(database: Database, pause: Pause, table: TableName, schema: str) -> None:
    """Let pg_partman make what it finds missing."""
    name = literal(f"{table.schema}.{table.name}")
    call = f"select {ident(schema)}.run_maintenance({name}, p_analyze := false, p_jobmon := false)"
    patiently(database, pause, BATCH, lambda session: session.run(call))


def _hand_over(session: Session, one: Conversion, schema: str) -> None:
    name = f"{one.table.schema}.{one.table.name}"
    known = f"select 1 from {ident(schema)}.part_config where parent_table = %s"
    if session.rows(known, [name]):
        return
    session.run(
        f"select {ident(schema)}.create_parent(%s, %s, 'native', %s, p_jobmon := false,"
        " p_inherit_fk := false, p_start_partition := (current_date)::text)",
        [name, one.column, _INTERVALS[one.every]],
    )
    # It makes a default partition. A row in there would block a partition of its dates.
    session.run(f"drop table if exists {one.table.beside('_default')}")
    session.run(
        f"update {ident(schema)}.part_config set infinite_time_partitions = true,"
        " retention = null where parent_table = %s",
        [name],
    )
