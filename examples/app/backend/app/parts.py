"""What the application is made of, put together from what its phase offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException, Request, Response
from sqlalchemy import text

from app.data import Data
from app.figures import Figures
from app.lists import CACHED_TYPES, Lists
from app.sign_in import Accounts, SignIn
from app.storage import Storage, storage_from
from outgrow_kit import Cache, Settings
from outgrow_kit.observe import Check, Health, Metrics
from outgrow_kit.observe.stores import StoreTimings
from outgrow_kit.sessions import session_of

# For as long as this cookie lives, its browser's lists pass the cache by.
CHANGED_COOKIE = "just_changed"
_CHANGED_SECONDS = 2


@dataclass(frozen=True)
class Parts:
    """One of everything, for all requests of this process."""

    settings: Settings
    data: Data
    cache: Cache
    lists: Lists
    storage: Storage
    sign_in: SignIn
    accounts: Accounts
    metrics: Metrics
    figures: Figures
    health: Health

    async def close(self) -> None:
        """Close every connection."""
        await self.cache.aclose()
        await self.data.close()


def parts_for(settings: Settings, environ: Mapping[str, str]) -> Parts:
    """Return the parts; nothing connects before the first request."""
    if settings.database is None:
        raise SystemExit("This phase has no database: set DATABASE_URL, or use outgrow env exec.")
    # First, because it must come before anything else that counts.
    metrics = Metrics(settings.metrics, workers=settings.workers)
    data = Data(settings.database)
    StoreTimings(metrics).watch_engine(data.main.engine)
    cache = Cache(settings.cache, database=settings.database, types=CACHED_TYPES)
    return Parts(
        settings=settings,
        data=data,
        cache=cache,
        lists=Lists(cache, data),
        storage=storage_from(environ),
        sign_in=SignIn(settings, environ),
        accounts=Accounts(data),
        metrics=metrics,
        figures=Figures(metrics),
        health=Health([Check("database", _asks(data)), Check("cache", _up(cache), required=False)]),
    )


def _asks(data: Data) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        async with data.main.engine.connect() as connection:
            await connection.execute(text("select 1"))

    return ask


def _up(cache: Cache) -> Callable[[], Awaitable[None]]:
    async def ask() -> None:
        await cache.aget("health")
        if not cache.metrics.shared_up:
            raise ConnectionError("the shared cache does not answer")

    return ask


def parts_of(request: Request) -> Parts:
    """Return the parts of the application that a request came to."""
    return cast(Parts, request.app.state.parts)


@dataclass(frozen=True)
class Member:
    """Who asks, and whether they changed something a moment ago."""

    account_id: int
    organization_id: int
    name: str
    organization: str
    has_just_changed: bool


async def member_of(request: Request) -> Member:
    """Return who is signed in; raises HTTPException 401."""
    session = await session_of(request)
    if session.user_id is None:
        raise HTTPException(401, "Sign in first.")
    return Member(
        account_id=int(session.user_id),
        organization_id=int(str(session["organization_id"])),
        name=str(session["name"]),
        organization=str(session["organization"]),
        has_just_changed=CHANGED_COOKIE in request.cookies,
    )


async def changing_member(
    response: Response, member: Annotated[Member, Depends(member_of)]
) -> Member:
    """Return who is signed in and about to change something, and note that in a cookie."""
    response.set_cookie(
        CHANGED_COOKIE, "1", max_age=_CHANGED_SECONDS, httponly=True, samesite="lax"
    )
    return member


Here = Annotated[Parts, Depends(parts_of)]
Reader = Annotated[Member, Depends(member_of)]
Writer = Annotated[Member, Depends(changing_member)]
