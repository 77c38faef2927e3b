"""A few connections to PostgreSQL for single statements, asked under a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import LiteralString

from psycopg import AsyncConnection, Error, OperationalError
from psycopg.errors import UndefinedTable
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from outgrow_kit.breaker import Breaker
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.settings.model import DatabaseSettings
from outgrow_kit.stores.address import libpq_address
from outgrow_kit.stores.guard import Guard

Rows = list[TupleRow]
_SCHEMA_SECONDS = 5.0
_CONNECT_SECONDS = 2.0


class PostgresStore:
    """Statements that each commit by themselves, on at most `connections` connections.

    They come on top of the application's own pool; see the pool budget. `schema` creates the
    tables the statements need: it runs when a statement misses one, so a role that may not
    create tables needs them from a migration. Belongs to one event loop. Raises InvalidSettings
    for an address that cannot be read.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        schema: LiteralString,
        *,
        deadline_seconds: float = 0.05,
        connections: int = 2,
        breaker: Breaker | None = None,
    ) -> None:
        self._schema = schema
        self.connections = connections
        self.deadline_seconds = deadline_seconds
        self._guard = Guard("PostgreSQL", deadline_seconds, breaker or Breaker())
        # A pooler may give each statement another server, which knows no prepared ones.
        prepare_threshold = 5 if settings.pool.pooler == "none" else None
        self._pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
            libpq_address(settings.url),
            min_size=0,
            max_size=connections,
            timeout=deadline_seconds,
            open=False,
            kwargs={"autocommit": True, "prepare_threshold": prepare_threshold},
        )

    async def rows(self, statement: LiteralString, values: Mapping[str, object]) -> Rows:
        """Return the rows of one statement; raises StoreUnavailable.

        The statement may be sent twice when a connection breaks under it.
        """
        try:
            return await self._asked(statement, values)
        except UndefinedTable:
            await self.create_tables()
            return await self._asked(statement, values)

    async def connect(self) -> None:
        """Open a first connection, with more patience than a request has.

        Raises StoreUnavailable.
        """
        try:
            if self._pool.closed:
                await self._pool.open()
            async with self._pool.connection(_CONNECT_SECONDS):
                return
        except (Error, OSError) as error:
            raise StoreUnavailable(
                f"PostgreSQL gave no connection within {_CONNECT_SECONDS:g} s"
            ) from error

    async def create_tables(self) -> None:
        """Create the tables unless they exist; several processes may do it at once.

        Raises StoreUnavailable, also when the role may not create them.
        """
        try:
            async with asyncio.timeout(_SCHEMA_SECONDS):
                await self._created()
        except (Error, OSError, TimeoutError) as error:
            raise StoreUnavailable(
                "PostgreSQL has no tables of the kit, and they could not be created; "
                "create them in a migration"
            ) from error

    async def _created(self) -> None:
        if self._pool.closed:
            await self._pool.open()
        async with self._pool.connection(_SCHEMA_SECONDS) as connection, connection.transaction():
            # CREATE ... IF NOT EXISTS fails when two sessions do it at the same moment.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('outgrow_kit'))")
            await connection.execute(self._schema)

    async def _asked(self, statement: LiteralString, values: Mapping[str, object]) -> Rows:
        return await self._guard.abandoned_late(
            self._executed(statement, values), (OperationalError, PoolTimeout, OSError)
        )

    async def _executed(self, statement: LiteralString, values: Mapping[str, object]) -> Rows:
        if self._pool.closed:
            await self._pool.open()
        # After a restart of the server every pooled connection is broken, each found by its use.
        for attempts_left in range(self.connections, -1, -1):
            try:
                return await self._once(statement, values)
            except PoolTimeout:
                raise
            except OperationalError:
                if not attempts_left:
                    raise
        raise AssertionError("unreachable")

    async def _once(self, statement: LiteralString, values: Mapping[str, object]) -> Rows:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall() if cursor.description else []

    async def close(self) -> None:
        """Close every connection."""
        await self._guard.close()
        await self._pool.close(timeout=1)
