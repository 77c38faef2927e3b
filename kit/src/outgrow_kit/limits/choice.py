"""Which store counts, from what the phase has."""

from __future__ import annotations

from starlette.middleware import Middleware

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.limits.callers import Callers
from outgrow_kit.limits.counts import Algorithm, Counts
from outgrow_kit.limits.limiter import RateLimiter
from outgrow_kit.limits.local import LocalCounts
from outgrow_kit.limits.middleware import RateLimitMiddleware
from outgrow_kit.settings import Settings


def rate_limit_middleware(
    settings: Settings,
    *,
    callers: Callers | None = None,
    algorithm: Algorithm = "sliding_window",
) -> list[Middleware]:
    """Return the middleware that limits requests; nothing in a phase without rules."""
    if not settings.rate_limits:
        return []
    limiter = RateLimiter(
        settings.rate_limits,
        counts_for(settings, algorithm),
        callers=callers,
        algorithm=algorithm,
    )
    return [Middleware(RateLimitMiddleware, limiter=limiter)]


def counts_for(settings: Settings, algorithm: Algorithm = "sliding_window") -> Counts:
    """Return counts in Redis or PostgreSQL as the phase's cache is, otherwise in this process.

    Each request waits at most `cache.deadline_seconds` for them. Raises InvalidSettings.
    """
    cache = settings.cache
    if cache.shared == "redis":
        if cache.redis_url is None:
            raise InvalidSettings(["cache/shared is redis, and cache/url_from names no address"])
        from outgrow_kit.limits.redis_counts import RedisCounts
        from outgrow_kit.stores.redis import RedisStore

        store = RedisStore(cache.redis_url, deadline_seconds=cache.deadline_seconds)
        return RedisCounts(store, cache.namespace, algorithm)
    if cache.shared == "postgres":
        return _in_postgres(settings, algorithm)
    return LocalCounts(algorithm)


def _in_postgres(settings: Settings, algorithm: Algorithm) -> Counts:
    if settings.database is None:
        raise InvalidSettings(["cache/shared is postgres, and there is no database"])
    from outgrow_kit.limits.postgres_counts import PostgresCounts, table_of
    from outgrow_kit.stores.postgres import PostgresStore

    store = PostgresStore(
        settings.database,
        table_of(algorithm),
        deadline_seconds=settings.cache.deadline_seconds,
    )
    return PostgresCounts(store, settings.cache.namespace, algorithm)
