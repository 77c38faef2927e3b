"""Rows of users or organisations in one database, and later in several, with the same code."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outgrow_kit.shards.async_shards import AsyncShards
    from outgrow_kit.shards.errors import NoIds, ShardMoving, ShardsUnavailable, UnknownShard
    from outgrow_kit.shards.gathering import Gathered
    from outgrow_kit.shards.ids import IdParts, first_id_at, id_parts
    from outgrow_kit.shards.placement import logical_shard
    from outgrow_kit.shards.shards import Shards

_HOMES = {
    "AsyncShards": "async_shards",
    "Gathered": "gathering",
    "IdParts": "ids",
    "NoIds": "errors",
    "ShardMoving": "errors",
    "Shards": "shards",
    "ShardsUnavailable": "errors",
    "UnknownShard": "errors",
    "first_id_at": "ids",
    "id_parts": "ids",
    "logical_shard": "placement",
}
__all__ = [
    "AsyncShards",
    "Gathered",
    "IdParts",
    "NoIds",
    "ShardMoving",
    "Shards",
    "ShardsUnavailable",
    "UnknownShard",
    "first_id_at",
    "id_parts",
    "logical_shard",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
