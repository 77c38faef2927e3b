"""`AsyncDatabase`: the same sessions for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.util import await_only

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases.begin import OPTION, Begin
from outgrow_kit.databases.budget import PoolBudget
from outgrow_kit.databases.copies import CopyStatus
from outgrow_kit.databases.engines import Server, make_async_engine
from outgrow_kit.databases.fleet import Asked, Fleet, warned
from outgrow_kit.databases.position import Position
from outgrow_kit.databases.routing import Tolerance
from outgrow_kit.databases.seen import Memory, Seen
from outgrow_kit.databases.sessions import RoutedSession, WritingSession
from outgrow_kit.settings.model import DatabaseSettings


class _Tasks:
    """Engines for asyncio; what they do for the router runs where SQLAlchemy awaits."""

    def make(self, server: Server) -> AsyncEngine:
        return make_async_engine(server)

    def sync(self, engine: AsyncEngine) -> Engine:
        return engine.sync_engine

    def begins_with(self, engine: AsyncEngine, begin: Begin) -> AsyncEngine:
        return engine.execution_options(**{OPTION: begin})

    def pause(self, seconds: float) -> object:
        return await_only(asyncio.sleep(seconds))


class AsyncDatabase:
    """`Database` for asyncio: `async with database.write() as session`.

    It belongs to the event loop that first uses it. A deadline for what runs in a block is
    `within(seconds)`: asyncio.timeout ends a query on a dead network only after ten seconds.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        wait_seconds: float = 0.05,
        deadline_seconds: float = 0.25,
        application_name: str = "outgrow-kit",
        clock: Clock = monotonic,
    ) -> None:
        tolerance = Tolerance(
            allowed_lag_seconds=settings.allowed_lag_seconds,
            wait_seconds=wait_seconds,
            deadline_seconds=deadline_seconds,
        )
        self._fleet = Fleet(settings, _Tasks(), tolerance, application_name, clock)
        self.settings = settings
        self.memory = Memory(settings.allowed_lag_seconds, clock)

    @property
    def engine(self) -> AsyncEngine:
        """Return the primary's engine, for what needs one: migrations, bulk loads."""
        return self._fleet.primary

    @property
    def has_replicas(self) -> bool:
        """Return whether reads may be answered by another server than writes."""
        return self._fleet.router is not None

    @asynccontextmanager
    async def write(
        self, *, isolation: str | None = None, statement_timeout_seconds: float | None = None
    ) -> AsyncIterator[AsyncSession]:
        """Yield a session on the primary; the end of the block commits, an exception rolls back.

        Raises sqlalchemy.exc.OperationalError when the server does not answer.
        """
        asked = Asked(False, isolation, statement_timeout_seconds)
        engine, router = self._fleet.primary_engine(asked), self._fleet.router
        session = (
            AsyncSession(engine, expire_on_commit=False)
            if router is None
            else AsyncSession(
                engine,
                sync_session_class=WritingSession,
                router=router,
                seen=self.memory.here(),
                expire_on_commit=False,
            )
        )
        async with session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def read(
        self,
        *,
        after: Position | None = None,
        analytics: bool = False,
        isolation: str | None = None,
        statement_timeout_seconds: float | None = None,
    ) -> AsyncIterator[AsyncSession]:
        """Yield a session that only reads: from a copy within the allowed lag, or the primary.

        It sees what this request or task has written, and everything up to `after`.
        `analytics` prefers a copy for analytics, however far behind; both do nothing in a
        phase without copies. A cached function that fills reads from the primary, analytics
        excepted. Writing in it raises sqlalchemy.exc.InternalError.
        """
        asked = Asked(True, isolation, statement_timeout_seconds)
        engine, router = self._fleet.primary_engine(asked), self._fleet.router_for(asked)
        session = (
            AsyncSession(engine, expire_on_commit=False)
            if router is None
            else AsyncSession(
                engine,
                sync_session_class=RoutedSession,
                router=router,
                seen=self.memory.here(),
                after=after,
                begin=self._fleet.begin(asked),
                analytics=analytics,
                expire_on_commit=False,
            )
        )
        async with session:
            yield session

    async def check_budget(self) -> PoolBudget:
        """Return whether all processes' pools fit into the server, by its own settings."""
        async with self._fleet.primary_engine(Asked(True)).connect() as connection:
            return await connection.run_sync(self._fleet.live_budget)

    def remembering(self, after: Position | None = None) -> AbstractContextManager[Seen]:
        """Let reads in the block see what was written in it; for what is no web request.

        `after` is what an earlier block had seen (`seen.position`), for example of the request
        that queued this job. Without it, each thread and task remembers what it wrote itself.
        """
        return self.memory.remembering(after)

    def replicas(self) -> tuple[CopyStatus, ...]:
        """Return what this process knows of each replica; nothing is asked for it."""
        return self._fleet.router.status() if self._fleet.router else ()

    async def open(self) -> PoolBudget:
        """Open `pool.minimum` connections, and return the budget by the server's own settings.

        For the start of a process: what does not fit is a warning in the log as well.
        """
        engine = self._fleet.primary
        wanted = min(self.settings.pool.minimum, self.settings.pool.maximum)
        opened = [await engine.connect() for _ in range(wanted)]
        for connection in opened:
            await connection.close()
        return warned(await self.check_budget())

    async def close(self) -> None:
        """Close every connection that no session holds."""
        for engine in self._fleet.engines:
            await engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
