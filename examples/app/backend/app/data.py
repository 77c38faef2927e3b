"""Sessions by organisation, and ids. Where the rows lie is the phase's business, not a route's."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from outgrow_kit.databases import AsyncDatabase
from outgrow_kit.settings import DatabaseSettings
from sqlalchemy.ext.asyncio import AsyncSession


class Data:
    """The databases of this phase."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.main = AsyncDatabase(settings, application_name="projects")

    def writing(self, organization_id: int) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session that changes rows of an organisation; its end commits."""
        return self.main.write()

    def reading(self, organization_id: int) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session that reads rows of an organisation, where that is cheapest."""
        return self.main.read()

    def counting(self, organization_id: int) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session for long reads, that may be behind."""
        return self.main.read(analytics=True)

    @asynccontextmanager
    async def filling(self, organization_id: int) -> AsyncIterator[AsyncSession]:
        """Yield a session for what a cache will keep: on the primary.

        A replica may lag behind the change that emptied the cache, and what it says would then
        be kept for everybody.
        """
        async with self.main.write() as session:
            yield session

    async def new_id(self, organization_id: int | None = None) -> int:
        """Return an id that grows with time and that nobody else is given."""
        return (time.time_ns() // 1_000_000) << 22 | secrets.randbits(22)

    async def close(self) -> None:
        """Close every connection."""
        await self.main.close()
