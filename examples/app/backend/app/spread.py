"""`python -m app.spread`: before the first organisation, lay shards into all databases alike.

An application that has rows already leaves this out: its organisations lie in the main database,
and `outgrow shards move` moves them one at a time.
"""

from __future__ import annotations

import asyncio

from app.data import Data
from outgrow_kit import Settings


async def spread(settings: Settings) -> None:
    """Make the directory of the shards; nothing in a phase without shards."""
    if settings.database is None:
        raise SystemExit("This phase has no database: set DATABASE_URL, or use outgrow env exec.")
    data = Data(settings.database)
    try:
        await data.shards.prepare(spread=True)
    finally:
        await data.close()


if __name__ == "__main__":
    asyncio.run(spread(Settings.from_environment()))
