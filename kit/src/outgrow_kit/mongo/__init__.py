"""MongoDB with the pool that a phase allows, on PyMongo's own clients."""

from __future__ import annotations

from outgrow_kit.mongo.clients import (
    Document,
    async_mongo_client,
    client_options,
    mongo_client,
)

__all__ = ["Document", "async_mongo_client", "client_options", "mongo_client"]
