"""What the phase offers to the application, read once from its environment."""

from __future__ import annotations

from outgrow_kit.settings.model import (
    AuthSettings,
    CacheRule,
    CacheSettings,
    DatabaseSettings,
    HttpSettings,
    MetricsSettings,
    MongoSettings,
    PoolSettings,
    RateRule,
    Replica,
    Shard,
    ShardSettings,
    TracingSettings,
)
from outgrow_kit.settings.settings import Settings

__all__ = [
    "AuthSettings",
    "CacheRule",
    "CacheSettings",
    "DatabaseSettings",
    "HttpSettings",
    "MetricsSettings",
    "MongoSettings",
    "PoolSettings",
    "RateRule",
    "Replica",
    "Settings",
    "Shard",
    "ShardSettings",
    "TracingSettings",
]
