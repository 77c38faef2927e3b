"""The versions of the state database: each migration takes it one version further.

To change the tables, change `tables.py`, and append a migration that brings an existing
database there. Migrations run in one transaction, and never backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, select, text, update

from outgrow.store.errors import StateUnreadable
from outgrow.store.tables import leases, operations, steps, version_table

Migration = Callable[[Connection], None]

REMEDY = (
    "If it is damaged, restore it from a backup, or move it away to begin with an empty one: "
    "operations that were under way are then forgotten. Nothing was overwritten."
)

# Any number does that no other program uses for the same purpose.
_ADVISORY_LOCK = 7_406_881_142


def _first_tables(connection: Connection) -> None:
    for table in (operations, steps, leases):
        table.create(connection)


MIGRATIONS: tuple[Migration, ...] = (_first_tables,)


def migrate(connection: Connection, place: str, migrations: Sequence[Migration]) -> None:
    """Bring the database behind `connection` to the newest version, in its transaction.

    Raises StateUnreadable for a newer database, and for one that is not outgrow's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    version = _version(connection, place)
    if version > len(migrations):
        raise StateUnreadable(
            f"{place}: the state has version {version}; this outgrow knows {len(migrations)}",
            "Use the newer outgrow that wrote it. Nothing was changed.",
        )
    for migration in migrations[version:]:
        migration(connection)
    if version < len(migrations):
        connection.execute(update(version_table).values(version=len(migrations)))


def _version(connection: Connection, place: str) -> int:
    tables = set(inspect(connection).get_table_names())
    if version_table.name in tables:
        versions = connection.execute(select(version_table.c.version)).scalars().all()
        if len(versions) != 1 or versions[0] < 1:
            raise StateUnreadable(f"{place}: the state names no version", REMEDY)
        return int(versions[0])
    ours = sorted(name for name in tables if name.startswith("outgrow_"))
    if ours or (tables and connection.dialect.name == "sqlite"):
        raise StateUnreadable(f"{place}: this is a database of something else", REMEDY)
    version_table.create(connection)
    connection.execute(insert(version_table).values(version=0))
    return 0
