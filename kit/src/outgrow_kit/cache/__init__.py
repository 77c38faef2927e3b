"""Caching in the process, and behind it in Redis or PostgreSQL, with invalidation that holds."""

from __future__ import annotations

from outgrow_kit.cache.cache import Cache
from outgrow_kit.cache.decorated import Cached
from outgrow_kit.cache.errors import Undecodable, Unkeyable, Unstorable
from outgrow_kit.cache.metrics import CacheMetrics, Counts

__all__ = [
    "Cache",
    "CacheMetrics",
    "Cached",
    "Counts",
    "Undecodable",
    "Unkeyable",
    "Unstorable",
]
