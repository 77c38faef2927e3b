"""PyMongo's clients for threads and for asyncio, with the settings of a pool.

PyMongo's own asyncio client replaces Motor, which is no longer developed.
"""

from __future__ import annotations

from typing import Any, TypedDict

from pymongo import AsyncMongoClient, MongoClient

from outgrow_kit.settings.model import MongoSettings, PoolSettings

# A document as PyMongo returns it.
Document = dict[str, Any]


class ClientOptions(TypedDict, total=False):
    """The options of a client as PyMongo names them; times are milliseconds."""

    appname: str
    maxPoolSize: int
    minPoolSize: int
    maxConnecting: int
    maxIdleTimeMS: int
    waitQueueTimeoutMS: int
    connectTimeoutMS: int
    serverSelectionTimeoutMS: int
    timeoutMS: int


def client_options(pool: PoolSettings, application_name: str = "outgrow-kit") -> ClientOptions:
    """Return the options that keep one process within `pool`.

    `statement_timeout_seconds` is the time of a whole operation: waiting for a connection,
    choosing a server, retries and the answer. PyMongo then leaves `timeout_seconds` for the
    wait aside; without it (0), each step has its own limit only.
    """
    options = ClientOptions(
        appname=application_name,
        maxPoolSize=max(pool.maximum, 1),  # 0 would be no limit
        minPoolSize=min(pool.minimum, max(pool.maximum, 1)),
        maxConnecting=2,  # after a restart, connections come back by twos and not all at once
        maxIdleTimeMS=_ms(pool.recycle_seconds),
        waitQueueTimeoutMS=_ms(pool.timeout_seconds),
        connectTimeoutMS=_ms(pool.connect_timeout_seconds),
        serverSelectionTimeoutMS=_ms(pool.timeout_seconds),
    )
    if pool.statement_timeout_seconds:
        options["timeoutMS"] = _ms(pool.statement_timeout_seconds)
    return options


def _ms(seconds: float) -> int:
    return max(round(seconds * 1000), 1)


def mongo_client(
    settings: MongoSettings, application_name: str = "outgrow-kit"
) -> MongoClient[Document]:
    """Return a client for threads, for the life of the process. It connects when first used."""
    return MongoClient(
        settings.url.reveal(), connect=False, **client_options(settings.pool, application_name)
    )


def async_mongo_client(
    settings: MongoSettings, application_name: str = "outgrow-kit"
) -> AsyncMongoClient[Document]:
    """Return a client for asyncio, for the life of an event loop. It connects when first used."""
    return AsyncMongoClient(
        settings.url.reveal(), connect=False, **client_options(settings.pool, application_name)
    )
