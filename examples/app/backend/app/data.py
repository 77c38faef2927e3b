"""Sessions by organisation, and ids. Where the rows lie is the phase's business, not a route's."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncSession

from outgrow_kit.databases import AsyncDatabase
from outgrow_kit.settings import DatabaseSettings
from outgrow_kit.shards import AsyncShards


class Data:
    """The databases of this phase: `main` has the accounts, `shards` everything they own."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.main = AsyncDatabase(settings, application_name="projects")
        self.shards = AsyncShards(settings, main=self.main)

    def writing(self, organization_id: int) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session that changes rows of an organisation; its end commits."""
        return self.shards.session(organization_id)

    def reading(self, organization_id: int) -> AbstractAsyncContextManager[AsyncSession]:
        """Return a session that reads rows of an organisation, where that is cheapest."""
        return self.shards.session(organization_id, read_only=True)

    async def new_id(self, key: int | str) -> int:
        """Return an id for a row of an organisation: it grows with time and is given once."""
        return await self.shards.new_id(key)

    async def close(self) -> None:
        """Close every connection."""
        await self.shards.close()
        await self.main.close()
