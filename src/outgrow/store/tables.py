"""The tables of the state database, and the types of their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    _Moment = TypeDecorator[datetime]
else:
    _Moment = TypeDecorator


class Moment(_Moment):
    """A moment in UTC: aware in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; raise ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> datetime | None:
        """Return what was stored, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

# One row: which version of these tables the database holds.
version_table = Table("outgrow_schema", metadata, Column("version", Integer, nullable=False))

operations = Table(
    "outgrow_operations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(100), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("environment", String(200), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("lease", String(400)),
    Column("token", Integer),
    Column("who", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("begun", Moment, nullable=False),
    Column("finished", Moment),
    Column("outcome", String(40)),
    Column("reason", Text, nullable=False),
)

# At most one unfinished operation of a subject, whoever begins it.
Index(
    "outgrow_operations_unfinished",
    operations.c.environment,
    operations.c.subject,
    unique=True,
    sqlite_where=operations.c.outcome.is_(None),
    postgresql_where=operations.c.outcome.is_(None),
)

steps = Table(
    "outgrow_steps",
    metadata,
    Column("operation", ForeignKey(operations.c.id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("planned", JSON, nullable=False),
    Column("found", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
)

# A row stays when its lease is given back, so that its token only ever grows.
leases = Table(
    "outgrow_leases",
    metadata,
    Column("name", String(400), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
)
