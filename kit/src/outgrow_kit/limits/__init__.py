"""Rate limits by the rules of the settings, on the algorithms of the `limits` library."""

from __future__ import annotations

from outgrow_kit.limits.callers import Callers, Identify, user_of
from outgrow_kit.limits.choice import counts_for, rate_limit_middleware
from outgrow_kit.limits.counts import Algorithm, Count, Counts
from outgrow_kit.limits.limiter import Limit, RateLimiter, Verdict
from outgrow_kit.limits.local import LocalCounts, LocalStorage
from outgrow_kit.limits.middleware import RateLimitMiddleware

__all__ = [
    "Algorithm",
    "Callers",
    "Count",
    "Counts",
    "Identify",
    "Limit",
    "LocalCounts",
    "LocalStorage",
    "RateLimitMiddleware",
    "RateLimiter",
    "Verdict",
    "counts_for",
    "rate_limit_middleware",
    "user_of",
]
